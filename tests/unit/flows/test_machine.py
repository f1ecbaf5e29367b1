"""The machine ends in the one row that fits and asks nothing that cannot matter."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.content import FlowId, FlowRegion, Row, Slot
from app.domain.turn import FlowState
from app.flows.machine import Ask, Done, FlowError, advance, fill, slot_named
from tests.unit.flows.flow_cases import (
    Values,
    cases,
    decision_trees,
    fitting_rows,
    make_slot,
    outcome,
    partial_cases,
    shipped_flows,
)

FLOWS = shipped_flows()
each_flow = pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())


def interview(flow: FlowRegion, case: Values) -> tuple[Row, list[str]]:
    """Answer every question from the case; return the verdict and the slots that were asked."""
    known: dict[str, str] = {}
    asked: list[str] = []
    while isinstance(step := advance(flow, known), Ask):
        assert step.slot.name not in known, "asked again what it knew"
        asked.append(step.slot.name)
        known[step.slot.name] = case[step.slot.name]
    return step.row, asked


def volunteered(flow: FlowRegion, case: Values, order: tuple[str, ...]) -> Row:
    """Say the slots in this order whatever is asked; return the first verdict."""
    known: dict[str, str] = {}
    for name in order:
        step = advance(flow, known)
        if isinstance(step, Done):
            return step.row
        known[name] = case[name]
    step = advance(flow, known)
    assert isinstance(step, Done), "everything is known and still it asks"
    return step.row


@each_flow
def test_every_case_ends_in_the_one_row_that_fits(flow: FlowRegion) -> None:
    for case in cases(flow):
        rows = fitting_rows(flow, case)
        assert len(rows) == 1, case
        row, asked = interview(flow, case)
        assert outcome(row) == outcome(rows[0]), case
        assert set(rows[0].when) >= set(asked), f"{case}: {asked} is more than the row needs"


@each_flow
def test_the_order_in_which_slots_are_given_does_not_matter(flow: FlowRegion) -> None:
    orders = list(permutations(slot.name for slot in flow.slots))
    for case in cases(flow):
        expected = outcome(fitting_rows(flow, case)[0])
        assert all(outcome(volunteered(flow, case, o)) == expected for o in orders), case


@each_flow
def test_nothing_is_asked_that_cannot_change_the_outcome(flow: FlowRegion) -> None:
    everything = list(cases(flow))
    for known in partial_cases(flow):
        possible = [case for case in everything if known.items() <= case.items()]
        step = advance(flow, known)
        if isinstance(step, Done):
            assert {outcome(fitting_rows(flow, case)[0]) for case in possible} == {
                outcome(step.row)
            }, f"{known}: too early"
            continue
        assert step.slot.name not in known
        assert _can_matter(flow, step.slot, possible), f"{known}: {step.slot.name} does not matter"


@each_flow
def test_everything_that_can_matter_can_be_reached(flow: FlowRegion) -> None:
    reached = {outcome(interview(flow, case)[0]) for case in cases(flow)}
    assert reached == {outcome(row) for row in flow.decide}


def _can_matter(flow: FlowRegion, slot: Slot, possible: Iterable[Values]) -> bool:
    """Tell whether in a possible case another value of this slot alone leads elsewhere."""
    return any(
        outcome(fitting_rows(flow, case)[0])
        != outcome(fitting_rows(flow, {**case, slot.name: choice.value})[0])
        for case in possible
        for choice in slot.choices
    )


class TestAnyTable:
    @given(flow=decision_trees(), data=st.data())
    @settings(deadline=None)
    def test_ends_in_the_row_that_fits(self, flow: FlowRegion, data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(list(cases(flow))))
        order = tuple(data.draw(st.permutations(list(case))))
        expected = outcome(fitting_rows(flow, case)[0])
        assert outcome(interview(flow, case)[0]) == expected
        assert outcome(volunteered(flow, case, order)) == expected

    @given(flow=decision_trees(), data=st.data())
    @settings(deadline=None)
    def test_what_is_asked_can_still_matter(self, flow: FlowRegion, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(list(partial_cases(flow))))
        step = advance(flow, known)
        possible = [case for case in cases(flow) if known.items() <= case.items()]
        outcomes = {outcome(fitting_rows(flow, case)[0]) for case in possible}
        assert isinstance(step, Done) == (len(outcomes) == 1)
        if isinstance(step, Ask):
            assert _can_matter(flow, step.slot, possible)

    @given(flow=decision_trees(), data=st.data())
    @settings(deadline=None)
    def test_unknown_slots_and_their_values_change_nothing(
        self, flow: FlowRegion, data: st.DataObject
    ) -> None:
        known = data.draw(st.sampled_from(list(partial_cases(flow))))
        assert advance(flow, {**known, "of_another_flow": "v0"}) == advance(flow, known)


class TestChangedDefinition:
    """The catalog may change under a live conversation: that is told, never guessed."""

    flow = FlowRegion(
        (make_slot("colour", {"red": (), "blue": ()}),),
        (
            Row({"colour": frozenset({"red"})}, "covered", "r", ()),
            Row({"colour": frozenset({"blue"})}, "covered", "b", ()),
        ),
    )

    def test_a_value_that_no_row_knows_is_an_error(self) -> None:
        with pytest.raises(FlowError):
            advance(self.flow, {"colour": "green"})

    def test_a_slot_that_is_gone_is_an_error(self) -> None:
        with pytest.raises(FlowError, match="size"):
            slot_named(self.flow, "size")
        assert slot_named(self.flow, "colour") is self.flow.slots[0]

    def test_overlapping_rows_still_end(self) -> None:
        first, second = (Row({}, "covered", text, ()) for text in ("a", "b"))
        assert advance(FlowRegion((), (first, second)), {}) == Done(first)


class TestFill:
    state = FlowState(FlowId("f"), {"a": "1"}, asking="b", unclear=2, revision="r")

    def test_a_new_value_joins_and_the_question_counts_as_understood(self) -> None:
        state = fill(self.state, {"b": "2"})
        assert state.slots == {"a": "1", "b": "2"}
        assert (state.unclear, state.asking, state.revision) == (0, "b", "r")

    def test_a_slot_named_again_is_corrected(self) -> None:
        assert fill(self.state, {"a": "9"}).slots == {"a": "9"}

    def test_the_old_state_stays_as_it_was(self) -> None:
        fill(self.state, {"a": "9"})
        assert self.state.slots == {"a": "1"}
