"""How long a text becomes on the phone: WeChat takes 2,048 bytes a reply.

About 600 bytes of them are for related questions, the source line and the expiry notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.content.calendar_checks import calendar_texts
from app.content.placeholders import fill_facts
from app.content.scope import Scope
from app.content.yaml_source import NodePath, YamlSource

MAX_TEXT_BYTES = 1400
"""UTF-8 bytes of one answer after facts are filled in; more would be cut into two messages."""
LONG_TEXT_BYTES = 900
"""From here an answer no longer fits on one phone screen."""


@dataclass(frozen=True, slots=True)
class SourcedText:
    """A text of an answer or flow with the anchors that it rests on."""

    source: YamlSource
    path: NodePath
    region: str
    text: str
    """As written, `{fact.…}` not filled in."""
    anchors: tuple[str, ...]


def sourced_texts(scope: Scope) -> Iterator[SourcedText]:
    """Yield every text that states policy: answers, flows' rows and comparisons, calendars."""
    for intent in scope.files.intents.values():
        for region, answer in intent.value.answers.items():
            path: NodePath = ("answers", region, "text")
            anchors = tuple(answer.source)
            yield SourcedText(intent.source, path, region, answer.text, anchors)
    for flow in scope.files.flows.values():
        for region, part in flow.value.regions.items():
            base: NodePath = ("regions", region)
            if part.compare:
                path = (*base, "compare")
                anchors = tuple(part.compare_source or ())
                yield SourcedText(flow.source, path, region, part.compare, anchors)
            for i, row in enumerate(part.decide):
                if row.say:
                    path = (*base, "decide", i, "say")
                    yield SourcedText(flow.source, path, region, row.say, tuple(row.source or ()))
    for calendar in scope.files.calendars.values():
        region = calendar.value.region
        for told in calendar_texts(calendar.value):
            yield SourcedText(calendar.source, told.path, region, told.text, told.anchors)


def check_lengths(scope: Scope) -> None:
    """Report texts that are too long for one reply, or longer than reads well."""
    for text in sourced_texts(scope):
        filled = fill_facts(text.text, scope.fact_values(text.region))
        size = len(filled.encode())
        if size > LONG_TEXT_BYTES:
            rule, limit = ("C009", MAX_TEXT_BYTES)
            if size <= MAX_TEXT_BYTES:
                rule, limit = ("C010", LONG_TEXT_BYTES)
            message = f"这段文字有 {size} 字节（{len(filled)} 字），超过 {limit} 字节"
            scope.files.problems.add(rule, text.source.key_place(text.path), message)
