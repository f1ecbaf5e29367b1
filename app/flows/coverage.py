"""Which branches of the flows have been walked: choices of their own slots, rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.flows import Flow, FlowRegion, Row
from app.domain.names import FlowId, Region
from app.flows.machine import Done, FlowError, advance


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of one region of a flow and which of them were visited."""

    flow: Flow
    region: Region
    visited: int
    total: int
    missing: tuple[str, ...]
    """In Chinese, as operators know them: 选项 and 结论."""

    @property
    def percent(self) -> int:
        """Share of visited branches, rounded down; 100 only where none is missing."""
        return 100 * self.visited // self.total if self.total else 100


@dataclass(slots=True)
class Coverage:
    """Gathers visits; one object for one run of tests."""

    flows: Mapping[FlowId, Flow]
    _seen: dict[tuple[FlowId, Region], set[tuple[str, str]]] = field(default_factory=dict)

    def visit(
        self, flow: FlowId, region: Region, values: Mapping[str, str], *, ended: bool
    ) -> None:
        """Note that a conversation stood here with these slot values, or came to its end."""
        part = self.flows[flow].regions.get(region) if flow in self.flows else None
        if part is None:
            return
        seen = self._seen.setdefault((flow, region), set())
        seen.update((n, v) for n, v in values.items() if n in part.own_slots)
        row = _row_of(part, values) if ended else None
        if row is not None:
            seen.add(("", str(row.origin)))

    def report(self) -> Iterable[Branches]:
        """Yield every region of every flow."""
        for flow in self.flows.values():
            for region, part in flow.regions.items():
                seen = self._seen.get((flow.id, region), set())
                names = _branches(part)
                missing = tuple(text for key, text in names.items() if key not in seen)
                yield Branches(flow, region, len(names) - len(missing), len(names), missing)


def _row_of(part: FlowRegion, values: Mapping[str, str]) -> Row | None:
    try:
        step = advance(part, values)
    except FlowError:
        return None
    return step.row if isinstance(step, Done) else None


def _branches(part: FlowRegion) -> dict[tuple[str, str], str]:
    """Return key → wording of every branch: (slot, value), and ("", row's position)."""
    found = {
        (slot.name, choice.value): f"选项 {slot.name}: {choice.value}（{choice.label}）"
        for slot in part.slots
        if slot.name in part.own_slots
        for choice in slot.choices
    }
    for row in part.decide:
        end = str(row.answer or row.verdict)
        found.setdefault(("", str(row.origin)), f"decide 第 {row.origin + 1} 行（{end}）")
    return found
