"""The machine ends in the one row that fits and asks nothing that cannot matter."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.content.flow_paths import MAX_QUESTIONS
from app.domain.flows import UNSAID, FlowRegion, Row, Slot
from app.domain.names import FlowId
from app.domain.turn import FlowState
from app.flows.machine import Ask, Done, FlowError, advance, fill, in_doubt, slot_named
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
# Strictly, by every case: flows that ask all that matters and are small enough for that.
STRICT = {
    name: flow
    for name, flow in FLOWS.items()
    if not any(UNSAID in accepted for row in flow.decide for accepted in row.when.values())
    and math.prod(len(slot.choices) + 1 for slot in flow.slots) <= 3_000
}
HERE = frozenset({"here"})
each_flow = pytest.mark.parametrize("flow", STRICT.values(), ids=STRICT.keys())


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


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
class TestEveryFlow:
    """What holds for flows of any size, with slots that are only heard."""

    @given(data=st.data())
    @settings(max_examples=60, deadline=None)
    def test_a_full_case_ends_in_the_one_row_that_fits(
        self, flow: FlowRegion, data: st.DataObject
    ) -> None:
        case = {s.name: data.draw(st.sampled_from(s.choices)).value for s in flow.slots}
        rows = fitting_rows(flow, case)
        assert len(rows) == 1
        assert advance(flow, case) == Done(rows[0])

    @given(data=st.data())
    @settings(max_examples=60, deadline=None)
    def test_an_interview_ends_soon_and_in_a_row_that_its_answers_meet(
        self, flow: FlowRegion, data: st.DataObject
    ) -> None:
        known = {
            s.name: data.draw(st.sampled_from(s.choices)).value
            for s in flow.slots
            if data.draw(st.booleans())
        }
        asked = 0
        while isinstance(step := advance(flow, known), Ask):
            assert step.slot.name not in known
            known[step.slot.name] = data.draw(st.sampled_from(step.slot.choices)).value
            asked += 1
        assert asked <= MAX_QUESTIONS
        assert all(known.get(n, UNSAID) in a or n not in known for n, a in step.row.when.items())


class TestUnsaid:
    """A row may take a slot as unsaid: then it is heard, not asked."""

    flow = FlowRegion(
        (make_slot("where", {"here": (), "there": ()}), make_slot("paid", {"yes": (), "no": ()})),
        (
            Row(
                {"where": frozenset({"here"}), "paid": frozenset({"no", UNSAID})},
                "covered",
                "a",
                (),
            ),
            Row({"where": HERE, "paid": frozenset({"yes"})}, "depends", "b", ()),
            Row({"where": frozenset({"there"})}, "not_stated", "c", ()),
        ),
    )

    def test_is_not_asked(self) -> None:
        assert advance(self.flow, {}) == Ask(self.flow.slots[0])
        assert advance(self.flow, {"where": "here"}) == Done(self.flow.decide[0])

    def test_counts_when_it_is_volunteered(self) -> None:
        assert advance(self.flow, {"where": "here", "paid": "yes"}) == Done(self.flow.decide[1])
        assert advance(self.flow, {"paid": "yes"}) == Ask(self.flow.slots[0])

    def test_what_was_said_unclearly_is_asked_after_all(self) -> None:
        assert advance(self.flow, {"where": "here"}, {"paid"}) == Ask(self.flow.slots[1])
        assert advance(self.flow, {"where": "there"}, {"paid"}) == Done(self.flow.decide[2])

    def test_what_was_said_unclearly_is_asked_before_the_rest(self) -> None:
        assert advance(self.flow, {}, {"paid"}) == Ask(self.flow.slots[1])

    def test_stays_in_doubt_until_it_is_answered(self) -> None:
        asked = FlowState(FlowId("f"), {"where": "here"}, "paid")
        assert in_doubt(self.flow, asked) == {"paid"}
        assert in_doubt(self.flow, replace(asked, slots={"where": "here", "paid": "no"})) == set()
        assert in_doubt(self.flow, replace(asked, slots={}, asking="where")) == set()
        assert in_doubt(self.flow, replace(asked, asking="")) == set()


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
