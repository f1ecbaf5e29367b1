"""A flow as a Mermaid flowchart: questions, answers and where they lead."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.flows import UNSAID, FlowRegion, Row
from app.flows.machine import Ask, advance

_VERDICTS = {
    "covered": "可以",
    "not_covered": "不可以",
    "depends": "看情况",
    "not_stated": "文件没有写",
    "info": "说明",
}
_LABEL_CHARS = 40


def mermaid(title: str, flow: FlowRegion, titles: Mapping[str, str] | None = None) -> str:
    """Return the flowchart of one region of a flow, each line of it valid Mermaid.

    Questions in the order in which the machine asks; ways that lead to the same question or end
    are drawn once. Rows that come true only by what a parent volunteers hang on dotted lines.

    Args:
        title: Of the flow.
        flow: The region.
        titles: Intent → title, for readers who do not know ids; those not in it stay ids.
    """
    drawing = _Drawing(flow, titles or {})
    first = drawing.node_for({})
    lines = ["flowchart TD", f"  start([{_quoted(title)}]) --> {first}", *drawing.lines]
    for position, row in enumerate(flow.decide):
        if f"r{position}" not in drawing.drawn:
            lines += [
                drawing.row_line(position, row),
                f"  start -. {_quoted(_condition(flow, row))} .-> r{position}",
            ]
    return "\n".join(lines) + "\n"


class _Drawing:
    def __init__(self, flow: FlowRegion, titles: Mapping[str, str]) -> None:
        self._titles = titles
        self._flow = flow
        self.lines: list[str] = []
        self.drawn: dict[object, str] = {}

    def node_for(self, known: dict[str, str]) -> str:
        """Draw what comes after these answers, once; return its node."""
        step = advance(self._flow, known)
        if not isinstance(step, Ask):
            position = self._flow.decide.index(step.row)
            name = f"r{position}"
            if name not in self.drawn:
                self.drawn[name] = name
                self.lines.append(self.row_line(position, step.row))
            return name
        left = frozenset(
            i
            for i, row in enumerate(self._flow.decide)
            if all(n not in known or known[n] in a for n, a in row.when.items())
        )
        key = (step.slot.name, left)
        if key in self.drawn:
            return self.drawn[key]
        name = self.drawn[key] = f"q{len(self.drawn)}"
        self.lines.append(f"  {name}{{{_quoted(step.slot.ask)}}}")
        ways: dict[str, list[str]] = {}
        for choice in step.slot.choices:
            below = self.node_for({**known, step.slot.name: choice.value})
            ways.setdefault(below, []).append(choice.label)
        for below, labels in ways.items():
            self.lines.append(f"  {name} -- {_quoted(' / '.join(labels))} --> {below}")
        return name

    def row_line(self, position: int, row: Row) -> str:
        """Return the node of a row: what it answers, or its verdict and first line."""
        text = f"回答 {self._titles.get(row.answer, row.answer)}" if row.answer else ""
        if row.answer is None:
            first = row.say.split("\n", 1)[0]
            text = f"{_VERDICTS.get(row.verdict, row.verdict)}：{first}"
        return f"  r{position}[{_quoted(text)}]"


def _condition(flow: FlowRegion, row: Row) -> str:
    """Return what a parent must have said for a row, in words."""
    parts = []
    for slot in flow.slots:
        accepted = row.when.get(slot.name, frozenset())
        if accepted and UNSAID not in accepted:
            labels = (c.label for c in slot.choices if c.value in accepted)
            parts.append(f"{slot.title}={'或'.join(labels)}")
    return "，".join(parts) or "没说别的"


def _quoted(text: str) -> str:
    """Return a label in quotes; what Mermaid would read as a sign becomes an entity."""
    text = " ".join(text.split())
    text = text if len(text) <= _LABEL_CHARS else text[: _LABEL_CHARS - 1] + "…"
    for sign, entity in (
        ("#", "#35;"),
        ('"', "#quot;"),
        ("<", "#lt;"),
        (">", "#gt;"),
        ("`", "#96;"),
    ):
        text = text.replace(sign, entity)
    return f'"{text}"'
