"""“那老二呢”, “老大的情况再说一遍”: the same flow or topic for another child."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue import children
from app.dialogue.leads import led
from app.dialogue.outcome import Outcome
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.replies import Replies
from app.domain.flows import Flow
from app.domain.turn import Decision, FlowState, Memory, Session


class ChildTurn:
    """Decides on messages that turn to another child, for one account."""

    def __init__(self, replies: Replies, questions: QuestionTurn) -> None:
        self._replies = replies
        self._questions = questions
        self._flows = questions.flows

    def decide(self, session: Session, normalised: str, now: datetime) -> Outcome | None:
        """Return what to do; None where the message does not turn to a child."""
        again = children.asks_again(normalised)
        if again:
            return self._again(session, again, now)
        turned = children.turns_to(normalised)
        if turned is None:
            return None
        return self._turned(session, *turned, now)

    def _turned(self, session: Session, alias: str, rest: str, now: datetime) -> Outcome | None:
        """Run the last flow, or answer the last topic, for another child."""
        before = session.memory
        state = session.flow or children.latest(before)
        known = self._flows.flow(state) if state else None
        memory = replace(children.turned(before, alias), paused=None, held="")
        if state is not None and known is not None and self._is_recent(session, known[0]):
            shared = self._shared(before, alias, known[0], state)
            outcome = self._flows.begin(known[0], rest, now, shared)
            lead = self._lead(memory, alias, known[0], shared)
            # A verdict says by itself whose it is.
            return replace(_led(outcome, lead if outcome.flow else ""), memory=memory)
        if session.last_topics and not rest.strip("呢的?吗啊呀"):
            topic = session.last_topics[-1]
            if self._replies.catalog.answer(topic, self._replies.account.region) is None:
                return None
            outcome = self._questions.open_topic(topic, now)
            return replace(
                _led(outcome, self._replies.text("child_topic", child=alias)), memory=memory
            )
        return None

    def _again(self, session: Session, alias: str, now: datetime) -> Outcome:
        """Give a child's verdict again, or go on where its flow stood."""
        child = children.recall(session.memory, alias)
        states = [self._flows.refreshed(state) for state in child.flows] if child else []
        known = [state for state in states if state is not None]
        if child is None or not known:
            reply = self._replies.said(self._replies.text("child_unknown", child=alias))
            return Outcome(
                Decision.COMMAND, reply, f"还没有聊过{alias}", flow=session.flow, keep_offer=True
            )
        memory = replace(session.memory, child=child.alias)
        outcome = self._flows.go_on(known[-1], now)
        # A verdict says by itself whose it is.
        lead = self._replies.text("child_turn", child=alias) if outcome.flow else ""
        return replace(_led(outcome, lead), memory=memory)

    def _is_recent(self, session: Session, flow: Flow) -> bool:
        """Tell whether the flow is what was talked about last, not some topic after it."""
        return (
            session.flow is not None
            or flow.topic_in(self._replies.account.region) in session.last_topics
        )

    def _shared(self, memory: Memory, alias: str, flow: Flow, state: FlowState) -> dict[str, str]:
        """Return what need not be asked: the child's own answers, or those of the whole family."""
        child = children.find(memory, alias)
        own = [s for s in child.flows if s.flow == state.flow] if child else []
        if own:
            return dict(own[-1].slots)
        region = flow.regions[self._replies.account.region]
        return {
            s.name: state.slots[s.name]
            for s in region.slots
            if s.name in region.family and s.name in state.slots
        }

    def _lead(self, memory: Memory, alias: str, flow: Flow, shared: dict[str, str]) -> str:
        region = flow.regions[self._replies.account.region]
        labels = [
            f"{slot.title}：{choice.label}"
            for slot in region.slots
            for choice in slot.choices
            if slot.name in region.family and shared.get(slot.name) == choice.value
        ]
        if children.find(memory, alias) is None and labels:
            return self._replies.text("child_shared", child=alias, values="、".join(labels))
        return self._replies.text("child_turn", child=alias)


def _led(outcome: Outcome, lead: str) -> Outcome:
    """Put a line before the reply; a notice that the rules have expired stays first."""
    if outcome.reply is None or not lead:
        return outcome
    return replace(outcome, reply=replace(outcome.reply, text=led(outcome.reply.text, lead)))
