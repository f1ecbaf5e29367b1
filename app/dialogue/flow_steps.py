"""Flows inside a conversation: start, step, ask, end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.dialogue.open_flows import OpenFlows
from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.domain.flows import Flow, Slot, SlotKind
from app.domain.names import IntentId
from app.domain.turn import Choice, Decision, FlowState, Reply
from app.flows import machine, slots
from app.matching.matcher import Matcher

_TOLD = 3
"""Answers in one message that make it the description of a case."""
UNCLEAR_LIMIT = 3
"""Unclear replies in a row after which a person is offered."""


class FlowSteps(OpenFlows):
    """Runs flows for one account."""

    def __init__(self, replies: Replies, matcher: Matcher) -> None:
        super().__init__(replies.catalog, replies.account.region, matcher)
        self._replies = replies

    def start(
        self,
        flow: Flow,
        normalised: str,
        now: datetime,
        known: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Begin a flow: its topic's facts and the first question, or at once the verdict.

        A flow that its own words start (`Flow.starts`) has no facts to tell first.

        Args:
            flow: It has this region.
            normalised: The message, which may answer some of its questions.
            now: The moment to answer for.
            known: Slots that need not be asked; the message goes before.
        """
        region = flow.regions[self._region]
        topic = flow.topic_in(self._region)
        found = self.values_in(normalised, region, "", now)
        filled = {k: v for k, v in (known or {}).items() if k not in found.contradictory}
        state = FlowState(flow.id, {**filled, **found.values}, "", 0, self._digests[flow.id])
        step = machine.advance(region, state.slots, found.contradictory)
        if isinstance(step, machine.Done):
            return self._done(flow, state, step, now, first=True, asked=normalised)
        if not self._opens_with_facts(flow):
            return self._asked(flow, replace(state, asking=step.slot.name), step.slot)
        answer = self._catalog.intents[topic].answers[self._region]
        text = self._replies.dated(topic, now, normalised)
        facts = self._replies.quoted(text, answer.sources, now)
        asked = step.slot
        question = self._question(asked)
        intro = question.text
        if asked.name in found.contradictory:
            intro = self._replies.text("flow_contradiction", question=asked.ask)
        return Outcome(
            Decision.FLOW,
            replace(facts, choices=question.choices, choices_intro=intro),
            f"开始流程 {flow.id}",
            topics=(topic,),
            flow=replace(state, asking=asked.name),
        )

    def is_settled(self, flow: Flow, normalised: str, now: datetime) -> bool:
        """Tell whether a message says so much about a case that the flow has its verdict.

        One or two words that a flow knows may stand in any message; `_TOLD` may not.
        """
        region = flow.regions[self._region]
        found = self.values_in(normalised, region, "", now)
        if len(found.values) < _TOLD or found.contradictory:
            return False
        return isinstance(machine.advance(region, found.values), machine.Done)

    def begin(
        self, flow: Flow, normalised: str, now: datetime, known: Mapping[str, str]
    ) -> Outcome:
        """Begin a flow without its facts, which were just read: at once with a question."""
        region = flow.regions[self._region]
        found = self.values_in(normalised, region, "", now)
        slots_known = {**known, **found.values}
        filled = {k: v for k, v in slots_known.items() if k not in found.contradictory}
        state = FlowState(flow.id, filled, "", 0, self._digests[flow.id])
        return self.clash(state, found) or self.go_on(state, now)

    def start_again(self, state: FlowState, now: datetime) -> Outcome | None:
        """Begin the flow anew; None where it is gone."""
        known = self.flow(state)
        if known is None:
            return None
        flow, region = known
        fresh = FlowState(flow.id, {}, "", 0, self._digests[flow.id])
        step = machine.advance(region, {})
        if isinstance(step, machine.Done):
            return self._done(flow, fresh, step, now, first=False)
        fresh = replace(fresh, asking=step.slot.name)
        return self.ask(flow, fresh, step.slot, "flow_restarted", step.slot.ask)

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
        kept = {k: v for k, v in state.slots.items() if k not in found.contradictory}
        filled = machine.fill(replace(state, slots=kept), found.values)
        clash = self.clash(filled, found)
        if clash is not None:
            return clash
        if not found.values:
            return self.unclear(flow, state, asked)
        doubtful = machine.in_doubt(region, state) - found.values.keys()
        step = machine.advance(region, filled.slots, doubtful)
        if isinstance(step, machine.Ask) and step.slot.name in doubtful:
            return self.ask(flow, filled, step.slot, "flow_resume", step.slot.ask)
        return self.go_on(filled, now)

    def clash(self, state: FlowState, found: slots.Found) -> Outcome | None:
        """Ask which of two things is so, None where neither changes what comes of it.

        Raises:
            FlowError: The definition changed under the conversation.
        """
        known = self.flow(state)
        if known is None or not found.contradictory:
            return None
        flow, region = known
        step = machine.advance(region, state.slots, found.contradictory)
        if isinstance(step, machine.Done) or step.slot.name not in found.contradictory:
            return None
        asked = replace(state, asking=step.slot.name)
        return self.ask(flow, asked, step.slot, "flow_contradiction", step.slot.ask)

    def go_on(self, state: FlowState, now: datetime, lead: str = "") -> Outcome:
        """Ask what is needed next, or give the verdict.

        Args:
            state: With all slots that are known.
            now: The moment to answer for.
            lead: Line that stands before a question; a verdict speaks for itself.

        Raises:
            FlowError: The definition changed under the conversation.
        """
        known = self.flow(state)
        if known is None:
            raise machine.FlowError(f"no flow {state.flow} here")
        flow, region = known
        step = machine.advance(region, state.slots)
        if isinstance(step, machine.Done):
            return self._done(flow, state, step, now, first=False)
        state = replace(state, asking=step.slot.name)
        text = f"{lead}\n{step.slot.ask}" if lead else ""
        reply = self._question(step.slot, text)
        return Outcome(Decision.FLOW, reply, "问下一项", topics=self._topics(flow), flow=state)

    def unclear(self, flow: Flow, state: FlowState, asked: Slot) -> Outcome:
        """Ask more simply; after three times offer a person instead of asking for ever."""
        misses = state.unclear + 1
        if misses >= UNCLEAR_LIMIT:
            return Outcome(
                Decision.FLOW,
                self._replies.said(self._replies.text("flow_person")),
                "三次没看懂，建议找人",
                topics=self._topics(flow),
                missed=True,
            )
        state = replace(state, unclear=misses)
        outcome = self.ask(flow, state, asked, "flow_confused", asked.confused, misses - 1)
        return replace(outcome, missed=True)

    def ask_current(self, state: FlowState, key: str, now: datetime) -> Outcome:
        """Repeat the open question with the wording `key`; see `_texts.yml`.

        Raises:
            FlowError: The definition changed under the conversation.
        """
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
        question = asked.confused if key in {"flow_skipped", "flow_simpler"} else asked.ask
        return self.ask(flow, state, asked, key, question)

    def resume_question(self, state: FlowState, key: str = "flow_resume") -> Reply | None:
        """Return the question that waits, as a way back after a digression."""
        known = self.flow(state)
        if known is None or not any(s.name == state.asking for s in known[1].slots):
            return None
        asked = machine.slot_named(known[1], state.asking)
        return self._question(asked, self._replies.text(key, question=asked.ask))

    def question_of(self, state: FlowState) -> str:
        """Return the wording of the question that waits, "" where none does."""
        known = self.flow(state)
        asked = [slot.ask for slot in known[1].slots if slot.name == state.asking] if known else []
        return asked[0] if asked else ""

    def ask(
        self, flow: Flow, state: FlowState, slot: Slot, key: str, question: str, turn: int = 0
    ) -> Outcome:
        """Ask a slot with the wording `key`; see `_texts.yml`."""
        text = self._replies.text(key, turn, question=question)
        reply = self._question(slot, text)
        return Outcome(Decision.FLOW, reply, f"再问 {slot.name}", self._topics(flow), state)

    def _done(
        self,
        flow: Flow,
        state: FlowState,
        done: machine.Done,
        now: datetime,
        *,
        first: bool,
        asked: str = "",
    ) -> Outcome:
        row = done.row
        topic = row.topic or flow.topic_in(self._region)
        ended = replace(state, asking="", unclear=0)
        if row.answer is not None:
            reply = self._replies.answer(row.answer, now, asked)
            # A flow that only its own words start is no question by itself: its end is.
            opened = (topic,) if self._opens_with_facts(flow) else ()
            topics = tuple(dict.fromkeys((*opened, row.answer)))
            reason = f"流程 {flow.id} 得出 {row.answer}"
            return Outcome(Decision.FLOW, reply, reason, topics, ended=ended)
        related = self._catalog.intents[topic].related
        reply = self._replies.verdict(row, related, now)
        reason = f"流程 {flow.id} 得出 {row.verdict}" + ("（第一句就说全了）" if first else "")
        return Outcome(Decision.FLOW, reply, reason, topics=(topic,), ended=ended)

    def _topics(self, flow: Flow) -> tuple[IntentId, ...]:
        return (flow.topic_in(self._region),)

    def _opens_with_facts(self, flow: Flow) -> bool:
        """Tell whether the flow's topic starts it, so that its answer comes before the question."""
        return self._catalog.intents[flow.topic_in(self._region)].flow == flow.id

    def _asked(self, flow: Flow, state: FlowState, slot: Slot) -> Outcome:
        reason = f"开始流程 {flow.id}"
        return Outcome(Decision.FLOW, self._question(slot), reason, self._topics(flow), state)

    def _question(self, slot: Slot, text: str = "") -> Reply:
        """Ask, with the choices; a number is first asked without, as “2” would be a choice."""
        is_open = slot.kind is SlotKind.NUMBER and not text
        choices = tuple(
            Choice(label=c.label, say=c.label, key=f"{slot.name}.{c.value}")
            for c in (() if is_open else slot.choices)
        )
        return self._replies.said(text or slot.ask, choices)
