"""How texts look on the phone: WeChat shows Markdown and markup raw."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.content.lengths import sourced_texts
from app.content.scope import Scope
from app.content.yaml_source import NodePath, YamlSource

_MARKDOWN = (
    (re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__"), "加粗"),
    (re.compile(r"(?m)^[ ]*#{1,6}[ ]"), "标题"),
    (re.compile(r"!?\[[^\]\n]*\]\([^)\n]*\)"), "链接"),
    (re.compile(r"(?m)^[ ]*\|.*\|[ ]*$"), "表格"),
    (re.compile(r"`[^`\n]+`|```"), "代码"),
)
_MARKUP = re.compile(r"</?[A-Za-z][^<>\n]*>")
# WeChat renders links in text messages; only the bot's own wording may have them.
_LINK = re.compile(r"</?a(?:\s[^<>\n]*)?>")


def check_wording(scope: Scope) -> None:
    """Report Markdown, markup and literal backslash-n in everything that parents read."""
    for source, path, text in shown_texts(scope):
        for pattern, name in _MARKDOWN:
            for match in pattern.finditer(text):
                shown = match.group().strip()
                place = source.find(path, shown)
                scope.files.problems.add("C015", place, f"Markdown 的{name}：{shown}")
        for match in _MARKUP.finditer(text):
            if path[0] == "texts" and _LINK.fullmatch(match.group()):
                continue
            place = source.find(path, match.group())
            scope.files.problems.add("C015", place, f"网页代码：{match.group()}")
        if "\\n" in text:
            message = "文字里有 \\n，会原样显示"
            scope.files.problems.add("C017", source.find(path, "\\n"), message)


def shown_texts(scope: Scope) -> Iterator[tuple[YamlSource, NodePath, str]]:
    """Yield every text that is sent to parents."""
    for text in sourced_texts(scope):
        yield text.source, text.path, text.text
    for intent in scope.files.intents.values():
        yield intent.source, ("title",), intent.value.title
        yield intent.source, ("about",), intent.value.about
        yield intent.source, ("reply",), intent.value.reply
        for i, reply in enumerate(intent.value.replies):
            yield intent.source, ("replies", i), reply
    for flow in scope.files.flows.values():
        for region, part in flow.value.regions.items():
            for name, slot in part.slots.items():
                base: NodePath = ("regions", region, "slots", name)
                yield flow.source, (*base, "ask"), slot.ask
                yield flow.source, (*base, "confused"), slot.confused
                yield flow.source, (*base, "why"), slot.why
    if scope.files.texts:
        for key, variants in scope.files.texts.value.texts.items():
            for variant in variants:
                yield scope.files.texts.source, ("texts", key), variant
