"""Repair that every flow has: correct, take back, change one answer, go on after a pause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.dialogue.corrections import Correction
from app.dialogue.flow_steps import FlowSteps
from app.dialogue.offers import position_of
from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.domain.flows import FlowRegion, Slot
from app.domain.turn import Choice, Decision, FlowState
from app.flows import machine
from app.flows.slots import Found
from app.matching.normalise import normalise

FIX = "fix."
"""Menu id of a choice that changes an answer; the slot's name follows."""
_NOTHING = Found({}, frozenset())


class FlowRepair:
    """Changes answers of an open flow, or of one that has just come to its verdict."""

    def __init__(self, replies: Replies, flows: FlowSteps) -> None:
        self._replies = replies
        self._flows = flows

    def correct(self, state: FlowState, said: Correction, now: datetime) -> Outcome | None:
        """Carry out a correction; None where it is about something else."""
        known = self._flows.flow(state)
        if known is None:
            return None
        region = known[1]
        found = self._corrected(region, state, said, now)
        if found is None:
            return None
        if not found.values and not found.contradictory:
            slot = self._titled(region, said)
            if slot is not None and slot.name in state.slots:
                return self.fix(state, slot.name)
            return self.which(state) if not said.right else None
        kept = {k: v for k, v in state.slots.items() if k not in found.contradictory}
        changed = machine.fill(replace(state, slots=kept), found.values)
        clash = self._flows.clash(changed, found)
        if clash is not None:
            return clash
        # A first answer needs no echo, one that was taken back in the same breath does.
        answered = "" if said.before or said.wrong else state.asking
        lead = self._changes(region, answered, found.values)
        outcome = self._flows.go_on(changed, now, lead)
        return replace(outcome, reason=f"更正；{outcome.reason}")

    def supposed(self, state: FlowState, normalised: str, now: datetime) -> Outcome | None:
        """Answer “那大学呢” after a verdict: the same flow with another answer; None if neither."""
        known = self._flows.flow(state)
        if known is None:
            return None
        found = self._flows.values_in(normalised, known[1], "", now)
        if not found.values or found.contradictory:
            return None
        lead = self._changes(known[1], state.asking, found.values)
        outcome = self._flows.go_on(machine.fill(state, found.values), now, lead)
        return replace(outcome, reason=f"换一种情况；{outcome.reason}")

    def which(self, state: FlowState) -> Outcome:
        """Ask which answer was wrong; where there is only one, ask it again at once."""
        known = self._flows.flow(state)
        if known is None or not state.slots:
            return self._asked_again(state)
        filled = [slot for slot in known[1].slots if slot.name in state.slots]
        if len(filled) <= 1:
            return self.fix(state, filled[0].name) if filled else self._asked_again(state)
        choices = tuple(
            Choice(
                label=f"{slot.title}：{_label(slot, state.slots[slot.name])}",
                say=f"改{slot.title}",
                key=f"{FIX}{slot.name}",
            )
            for slot in filled
        )
        reply = self._replies.said(self._replies.text("flow_which"), choices)
        state = replace(state, asking=state.asking or filled[-1].name)
        return Outcome(
            Decision.FLOW,
            reply,
            "问哪一项要改",
            (known[0].topic_in(self._replies.account.region),),
            state,
        )

    def fix(self, state: FlowState, name: str) -> Outcome:
        """Take one answer back and ask it again.

        Raises:
            FlowError: The flow has no such question (any more).
        """
        known = self._flows.flow(state)
        if known is None:
            raise machine.FlowError(f"no flow {state.flow} here")
        flow, region = known
        slot = machine.slot_named(region, name)
        kept = {k: v for k, v in state.slots.items() if k != name}
        state = replace(state, slots=kept, asking=name, unclear=0)
        outcome = self._flows.ask(flow, state, slot, "flow_fix", slot.ask)
        return replace(outcome, reason=f"重新回答 {name}")

    def back(self, state: FlowState) -> Outcome | None:
        """Undo the slot that was filled last and ask it again; None at the first question.

        Raises:
            FlowError: The flow has no such question (any more).
        """
        known = self._flows.flow(state)
        if known is None or not state.slots:
            return None
        flow, region = known
        last = list(state.slots)[-1]
        kept = {name: value for name, value in state.slots.items() if name != last}
        slot = machine.slot_named(region, last)
        state = replace(state, slots=kept, asking=last, unclear=0)
        outcome = self._flows.ask(flow, state, slot, "flow_back", slot.ask)
        return replace(outcome, reason="退回上一步")

    def resume(self, state: FlowState, held: str, now: datetime) -> Outcome | None:
        """Go on with a paused flow; None where it is gone.

        Args:
            state: As it was paused.
            held: What the parent said to its question before being asked whether to go on.
            now: The moment to answer for.
        """
        fresh = self._flows.refreshed(state)
        known = self._flows.flow(state)
        if fresh is None or known is None:
            return None
        if not fresh.asking:
            return self._flows.go_on(fresh, now)
        if self._flows.changed(state):
            return self._flows.ask_current(fresh, "flow_changed", now)
        found = _NOTHING
        if held:
            found = self._flows.values_in(normalise(held), known[1], fresh.asking, now)
        if found.values or found.contradictory:
            return self._flows.step(fresh, found, now)
        return self._flows.ask_current(fresh, "flow_resume", now)

    def _corrected(
        self, region: FlowRegion, state: FlowState, said: Correction, now: datetime
    ) -> Found | None:
        """Return what is so now; None where the words only look like a correction."""
        find = self._flows.values_in
        right = find(said.right, region, "", now)
        if said.wrong:
            wrong = find(said.wrong, region, "", now)
            if not any(right.values.get(k, v) != v for k, v in wrong.values.items()):
                return None
        if not right.values and not right.contradictory and said.right:
            right = self._vaguely(region, state, said.right, now)
        before = find(said.before, region, state.asking, now) if said.before else _NOTHING
        values = {k: v for k, v in before.values.items() if k not in right.contradictory}
        doubtful = right.contradictory | (before.contradictory - right.values.keys())
        return Found({**values, **right.values}, frozenset(doubtful))

    def _vaguely(self, region: FlowRegion, state: FlowState, right: str, now: datetime) -> Found:
        """Read “外地的” or “第二个” for the last answer, then for the question that is open."""
        for name in (*reversed(list(state.slots)), state.asking):
            slot = next((s for s in region.slots if s.name == name), None)
            if slot is None:
                continue
            value = self._flows.values_in(right, region, name, now).values.get(name)
            position = position_of(right, len(slot.choices))
            if value is None and position is not None:
                value = slot.choices[position - 1].value
            if value is not None and value != state.slots.get(name):
                return Found({name: value}, frozenset())
        return _NOTHING

    def _titled(self, region: FlowRegion, said: Correction) -> Slot | None:
        """Return the slot whose title is named: “户籍说错了”."""
        text = f"{said.before}{said.right}"
        for slot in region.slots:
            if slot.title in text or (said.before and said.before in f"{slot.title}{slot.ask}"):
                return slot
        return None

    def _changes(self, region: FlowRegion, asked: str, values: Mapping[str, str]) -> str:
        """Say what is taken to be so now, but for the answer to the question that was asked."""
        labels = [
            _label(slot, values[slot.name])
            for slot in region.slots
            if slot.name in values and slot.name != asked
        ]
        return self._replies.text("flow_corrected", value="、".join(labels)) if labels else ""

    def _asked_again(self, state: FlowState) -> Outcome:
        resumed = self._flows.resume_question(state)
        if resumed is None:
            reply = self._replies.said(self._replies.text("say_again"))
            return Outcome(Decision.COMMAND, reply, "请再说一遍")
        known = self._flows.flow(state)
        topics = (known[0].topic_in(self._replies.account.region),) if known else ()
        return Outcome(Decision.FLOW, resumed, "再问一遍", topics, state)


def _label(slot: Slot, value: str) -> str:
    return next((choice.label for choice in slot.choices if choice.value == value), value)
