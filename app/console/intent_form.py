"""An intent as a form: a text for each field, and back to what was changed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from app.console.content_ports import IntentEdit, IntentFields
from app.errors import ConsoleError

LINES: Mapping[str, tuple[str, str]] = {
    "utterances": ("说法", "家长会怎么问，一行一句。"),
    "not_utterances": ("反例", "看着像、其实不是这个意思的话，一行一句。"),
    "tests": ("测试句", "不在说法里的问法，一行一句，至少三句。"),
    "related": ("接着可能问", "别的问答的英文名，一行一个。"),
}
"""Field with an item a line → label and what it is for."""
ANSWER_FIELDS: Mapping[str, str] = {
    "source": "依据",
    "text": "答案",
    "before": "还没开始时",
    "open": "正在办时",
    "closed": "已经结束时",
    "over": "都过去以后",
    "windows": "和哪些日子有关",
    "windows_if_asked": "问到日子才说的窗口",
}
"""Field of an answer → label."""
HINTS: Mapping[str, str] = {
    "source": "一行一个：文件#标题。",
    "text": "金额、日期写成 {fact.名称}，每句话都要在依据里有。",
    "windows": "一行一个。",
    "windows_if_asked": "一行一个。",
}
"""Field of an answer → what it is for."""
_ALWAYS = ("source", "text")
_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_KEY = re.compile(r"\s*(\w+)\s*:")
_MAX_ID_CHARS = 60
_MAX_CHARS = 60_000
"""Of one field; the longest of the shipped content has 4,000."""

Form = dict[str, str]
"""Name of a field (`title`, `utterances`, `answers/beijing/text` …) → its text."""


def form_of(intent: IntentFields) -> Form:
    """Return what stands in the fields."""
    form = {"title": intent.title}
    form |= {name: "\n".join(getattr(intent, name)) for name in LINES}
    for region, answer in intent.answers.items():
        names = [name for name in ANSWER_FIELDS if name in answer or name in _ALWAYS]
        names += [name for name in answer if name not in ANSWER_FIELDS]
        form |= {f"answers/{region}/{name}": answer.get(name, "") for name in names}
    return form


def read_form(sent: object, known: Form) -> Form:
    """Return what a browser sent for the fields that there are.

    Raises:
        ConsoleError: A field is longer than any text of content.
    """
    if not isinstance(sent, dict):
        return dict(known)
    form = {name: str(sent.get(name, text)) for name, text in known.items()}
    for name, text in form.items():
        if len(text) > _MAX_CHARS:
            raise ConsoleError(f"“{label_of(name)}”太长（{len(text)} 字），最多 {_MAX_CHARS} 字")
    return {name: text.replace("\r\n", "\n") for name, text in form.items()}


def edit_of(before: Form, after: Form) -> IntentEdit:
    """Return what differs between two states of a form; spaces around items do not count."""
    changed = {
        name: text for name, text in after.items() if _value(name, text) != _old(name, before)
    }
    answers = {
        (region, name): text.strip()
        for key, text in changed.items()
        if key.startswith("answers/")
        for _, region, name in [key.split("/", 2)]
    }
    lists = {name: items(changed[name]) for name in LINES if name in changed}
    title = changed["title"].strip() if "title" in changed else None
    return IntentEdit(title=title, answers=answers, **lists)


def _old(name: str, before: Form) -> object:
    return _value(name, before.get(name, ""))


def _value(name: str, text: str) -> object:
    return items(text) if name in LINES else text.strip()


def items(text: str) -> tuple[str, ...]:
    """Return the lines of a text that say something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def label_of(name: str) -> str:
    """Return what a field is called."""
    if name in LINES:
        return LINES[name][0]
    return "标题" if name == "title" else ANSWER_FIELDS.get(name.rpartition("/")[2], name)


def new_intent_text(intent: str, title: str, region: str) -> str:
    """Return the beginning of a new intent file.

    Raises:
        ConsoleError: The id is none, or title or region is missing.
    """
    title = " ".join(title.split())
    if len(intent) > _MAX_ID_CHARS or not _ID.fullmatch(intent):
        raise ConsoleError("英文名用小写字母、数字和下划线，字母开头，例如 fee_standard")
    if not title:
        raise ConsoleError("写上标题：家长点的按钮上的字")
    # JSON's strings are YAML's double-quoted ones, whatever is in them.
    quoted = json.dumps(title, ensure_ascii=False)
    return (
        "# yaml-language-server: $schema=./_schema/intent.schema.json\n"
        f"intent: {intent}\ntitle: {quoted}\nkind: faq\n"
        f"utterances:\n  - {quoted}\n"
        f"answers:\n  {region}:\n    source: todo#TODO\n    text: TODO 照文件写答案\n"
        f"tests:\n  - {quoted}\n"
    )


def field_at(text: str, line: int) -> str:
    """Return the field of a form that a line of an intent file belongs to; `title` for the rest."""
    path: list[str] = []
    lowest: int | None = None
    for row in reversed(text.splitlines()[:line]):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        indent = len(row) - len(row.lstrip())
        if lowest is None:
            lowest = indent + 1
        if indent < lowest and (found := _KEY.match(row)):
            path.insert(0, found[1])
            lowest = indent
        if lowest == 0:
            break
    if path[:1] == ["answers"]:
        return "/".join(path[:3])
    return path[0] if path and lowest == 0 and path[0] in LINES else "title"
