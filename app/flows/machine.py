"""The flow machine: pure functions from state and slot values to the next question or verdict.

It asks a slot only while the answer can still change the outcome: rows that contradict what is
known are out; when all that are left say the same, that is the verdict; otherwise the first slot,
in the operator's order, on which it can depend which of them fits is asked. A row holds as soon as
all its conditions do; one that accepts a slot unsaid does not wait for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from app.domain.flows import UNSAID, FlowRegion, Row, Slot
from app.domain.names import IntentId
from app.domain.turn import FlowState
from app.errors import AppError


class FlowError(AppError):
    """Definition and stored state disagree: the catalog changed under a live conversation."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The flow needs this slot next."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Done:
    """The flow has come to this row."""

    row: Row


def advance(
    flow: FlowRegion, values: Mapping[str, str], doubtful: Collection[str] = ()
) -> Ask | Done:
    """Decide what comes next with these slot values.

    Args:
        flow: The table.
        values: Slot → value, as far as known.
        doubtful: Slots of which something was said that is not clear: they are not unsaid, and
            asked before others while they matter.

    Raises:
        FlowError: No row fits: the definition changed and the table no longer covers the values.
    """
    rows = [row for row in flow.decide if _fits(row, values)]
    if not rows:
        raise FlowError("no row fits the slot values")
    for row in rows:
        if _holds(row, values, doubtful):
            return Done(row)
    slot = _deciding(flow, values, rows, doubtful)
    # Lint proves that rows do not overlap; with a table that does, the first row wins.
    return Done(rows[0]) if slot is None else Ask(slot)


def ends_of(flow: FlowRegion) -> frozenset[IntentId]:
    """Return the intents that a flow may end in."""
    return frozenset(row.answer for row in flow.decide if row.answer is not None)


def _deciding(
    flow: FlowRegion, known: Mapping[str, str], rows: Sequence[Row], doubtful: Collection[str]
) -> Slot | None:
    """Return the first unknown slot on which the outcome can depend, doubtful ones before."""
    rivals = [pair for pair in combinations(rows, 2) if _outcome(pair[0]) != _outcome(pair[1])]
    for slot in sorted(flow.slots, key=lambda slot: slot.name not in doubtful):
        if slot.name not in known and any(_decides(slot.name, a, b) for a, b in rivals):
            return slot
    return None


def fill(state: FlowState, values: Mapping[str, str]) -> FlowState:
    """Return the state with the values added; a slot named again is corrected."""
    return replace(state, slots={**state.slots, **values}, unclear=0)


def has_value(flow: FlowRegion, name: str, value: str) -> bool:
    """Tell whether the flow has a slot of that name that may take the value."""
    return any(
        slot.name == name and any(choice.value == value for choice in slot.choices)
        for slot in flow.slots
    )


def in_doubt(flow: FlowRegion, state: FlowState) -> frozenset[str]:
    """Return the slot that is asked only because two things were said of it or it was taken back.

    Until it is answered it is not unsaid.

    Raises:
        FlowError: No row fits.
    """
    if not state.asking or state.asking in state.slots:
        return frozenset()
    step = advance(flow, state.slots)
    is_due = isinstance(step, Ask) and step.slot.name == state.asking
    return frozenset() if is_due else frozenset({state.asking})


def slot_named(flow: FlowRegion, name: str) -> Slot:
    """Return the slot of that name.

    Raises:
        FlowError: The flow has no such slot (any more).
    """
    for slot in flow.slots:
        if slot.name == name:
            return slot
    raise FlowError(f"no slot {name}")


def _fits(row: Row, values: Mapping[str, str]) -> bool:
    return all(
        name not in values or values[name] in accepted for name, accepted in row.when.items()
    )


def _holds(row: Row, values: Mapping[str, str], doubtful: Collection[str]) -> bool:
    return all(
        values.get(name, UNSAID) in accepted and (name in values or name not in doubtful)
        for name, accepted in row.when.items()
    )


def _outcome(row: Row) -> tuple[object, ...]:
    """Return all that a parent learns from a row."""
    return row.verdict, row.say, row.sources, row.answer


def _decides(name: str, a: Row, b: Row) -> bool:
    """Tell whether two cases that differ in this slot alone can end in these two rows."""
    common = a.when.keys() & b.when.keys()
    return name in common and all(
        not a.when[other].isdisjoint(b.when[other]) for other in common - {name}
    )
