"""Flows inside a conversation: start, step, repair."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.domain.content import Flow, FlowRegion, IntentId, Slot, SlotKind
from app.domain.turn import Choice, Decision, FlowState, Reply
from app.flows import machine, slots
from app.knowledge.day_ranges import days_named
from app.matching.matcher import Matcher

_UNCLEAR_LIMIT = 3
"""Unclear replies in a row after which a person is offered."""


class FlowSteps:
    """Runs flows for one account."""

    def __init__(self, replies: Replies, matcher: Matcher) -> None:
        self._replies = replies
        self._catalog = replies.catalog
        self._region = replies.account.region
        self._matcher = matcher

    def flow(self, state: FlowState) -> tuple[Flow, FlowRegion] | None:
        """Return the definition of an open flow, None where it no longer exists here."""
        flow = self._catalog.flows.get(state.flow)
        region = flow.regions.get(self._region) if flow else None
        return (flow, region) if flow and region else None

    def values_in(self, text: str, region: FlowRegion, asking: str, now: datetime) -> slots.Found:
        """Find slot values of the flow in a normalised message."""

        def days(said: str) -> list[tuple[int, int]]:
            return days_named(said, now.date())

        return slots.find_values(text, region.slots, asking, self._matcher.fold, days)

    def start(self, flow: Flow, normalised: str, now: datetime) -> Outcome:
        """Begin a flow: its topic's facts and the first question, or at once the verdict.

        A flow that its own words start (`Flow.starts`) has no facts to tell first.
        """
        region = flow.regions[self._region]
        topic = flow.topic_in(self._region)
        found = self.values_in(normalised, region, "", now)
        state = FlowState(flow.id, dict(found.values), "", 0, self._catalog.revision)
        step = machine.advance(region, state.slots, found.contradictory)
        if isinstance(step, machine.Done):
            return self._done(flow, step, state, now, first=True, asked=normalised)
        if not self._opens_with_facts(flow):
            state = replace(state, asking=step.slot.name)
            return self._asked(flow, state, step.slot, f"开始流程 {flow.id}")
        answer = self._catalog.intents[topic].answers[self._region]
        text = self._replies.dated(topic, now, normalised)
        facts = self._replies.quoted(text, answer.sources, now)
        question = self._question(step.slot)
        return Outcome(
            Decision.FLOW,
            replace(facts, choices=question.choices, choices_intro=question.text),
            f"开始流程 {flow.id}",
            topics=(topic,),
            flow=replace(state, asking=step.slot.name),
        )

    def start_again(self, state: FlowState, now: datetime) -> Outcome | None:
        """Begin the flow anew after its definition changed; None where it is gone."""
        known = self.flow(state)
        return self.start(known[0], "", now) if known else None

    def step(self, state: FlowState, found: slots.Found, now: datetime) -> Outcome:
        """Take the parent's answer further.

        Raises:
            FlowError: The definition changed under the conversation.
        """
        known = self.flow(state)
        if known is None:
            raise machine.FlowError(f"no flow {state.flow} here")
        flow, region = known
        asked = machine.slot_named(region, state.asking)
        if not found.values:
            if asked.name in found.contradictory:
                return self._ask_again(flow, state, asked, "flow_contradiction", asked.ask)
            return self.unclear(flow, state, asked)
        state = machine.fill(state, found.values)
        step = machine.advance(region, state.slots, found.contradictory)
        if isinstance(step, machine.Done):
            return self._done(flow, step, state, now, first=False)
        return self._asked(flow, replace(state, asking=step.slot.name), step.slot, "问下一项")

    def unclear(self, flow: Flow, state: FlowState, asked: Slot) -> Outcome:
        """Ask more simply; after three times offer a person instead of asking for ever."""
        misses = state.unclear + 1
        if misses >= _UNCLEAR_LIMIT:
            return Outcome(
                Decision.FLOW,
                self._replies.said(self._replies.text("flow_person")),
                "三次没看懂，建议找人",
                topics=self._topics(flow),
                missed=True,
            )
        outcome = self._ask_again(
            flow, replace(state, unclear=misses), asked, "flow_confused", asked.confused, misses - 1
        )
        return replace(outcome, missed=True)

    def ask_current(self, state: FlowState, key: str, now: datetime) -> Outcome:
        """Repeat the open question with the wording `key`; see `_texts.yml`."""
        known = self.flow(state)
        if known is None:
            raise machine.FlowError(f"no flow {state.flow} here")
        flow, region = known
        asked = machine.slot_named(region, state.asking)
        if key == "flow_why":
            text = self._replies.text(key, why=asked.why)
            reply = self._question(asked, f"{text}\n{asked.ask}")
            return Outcome(Decision.COMMAND, reply, "解释为什么问", self._topics(flow), state)
        if key == "compare" and not region.compare:
            key = "flow_resume"
        if key == "compare":
            facts = self._replies.quoted(region.compare, region.compare_sources, now)
            reply = replace(facts, choices=self._question(asked).choices, choices_intro=asked.ask)
            return Outcome(Decision.FLOW, reply, "比较各种方式", self._topics(flow), state)
        return self._ask_again(flow, state, asked, key, asked.ask)

    def back(self, state: FlowState) -> Outcome | None:
        """Undo the slot that was filled last and ask it again; None at the first question."""
        known = self.flow(state)
        if known is None or not state.slots:
            return None
        flow, region = known
        last = list(state.slots)[-1]
        remaining = {name: value for name, value in state.slots.items() if name != last}
        slot = machine.slot_named(region, last)
        state = replace(state, slots=remaining, asking=last, unclear=0)
        return self._asked(flow, state, slot, "退回上一步")

    def resume_question(self, state: FlowState) -> Reply | None:
        """Return the question that waits, as a way back after a digression."""
        known = self.flow(state)
        if known is None or not any(s.name == state.asking for s in known[1].slots):
            return None
        asked = machine.slot_named(known[1], state.asking)
        return self._question(asked, self._replies.text("flow_resume", question=asked.ask))

    def _done(
        self,
        flow: Flow,
        done: machine.Done,
        state: FlowState,
        now: datetime,
        *,
        first: bool,
        asked: str = "",
    ) -> Outcome:
        row = done.row
        topic = row.topic or flow.topic_in(self._region)
        if row.answer is not None:
            reply = self._replies.answer(row.answer, now, asked)
            # A flow that only its own words start is no question by itself: its end is.
            opened = (topic,) if self._opens_with_facts(flow) else ()
            topics = tuple(dict.fromkeys((*opened, row.answer)))
            reason = f"流程 {flow.id} 得出 {row.answer}"
            return Outcome(Decision.FLOW, reply, reason, topics, ended=state)
        related = self._catalog.intents[topic].related
        reply = self._replies.verdict(row, related, now)
        reason = f"流程 {flow.id} 得出 {row.verdict}" + ("（第一句就说全了）" if first else "")
        return Outcome(Decision.FLOW, reply, reason, topics=(topic,), ended=state)

    def _topics(self, flow: Flow) -> tuple[IntentId, ...]:
        return (flow.topic_in(self._region),)

    def _opens_with_facts(self, flow: Flow) -> bool:
        """Tell whether the flow's topic starts it, so that its answer comes before the question."""
        return self._catalog.intents[flow.topic_in(self._region)].flow == flow.id

    def _asked(self, flow: Flow, state: FlowState, slot: Slot, reason: str) -> Outcome:
        reply = self._question(slot)
        return Outcome(Decision.FLOW, reply, reason, topics=self._topics(flow), flow=state)

    def _ask_again(
        self, flow: Flow, state: FlowState, slot: Slot, key: str, question: str, turn: int = 0
    ) -> Outcome:
        text = self._replies.text(key, turn, question=question)
        reply = self._question(slot, text)
        return Outcome(Decision.FLOW, reply, f"再问 {slot.name}", self._topics(flow), state)

    def _question(self, slot: Slot, text: str = "") -> Reply:
        """Ask, with the choices; a number is first asked without, as “2” would be a choice."""
        is_open = slot.kind is SlotKind.NUMBER and not text
        choices = tuple(
            Choice(label=c.label, say=c.label, key=f"{slot.name}.{c.value}")
            for c in (() if is_open else slot.choices)
        )
        return self._replies.said(text or slot.ask, choices)
