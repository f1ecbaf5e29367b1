"""A message while a flow is open: an answer to it, or a question in between and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue.outcome import Outcome, seen
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind, Reading
from app.domain.content import IntentId
from app.domain.turn import Choice, FlowState, Session
from app.flows.machine import FlowError, ends_of
from app.flows.slots import Found
from app.matching.matcher import Matcher
from app.matching.normalise import normalise, squeeze

_SHORT_ANSWER_CHARS = 12
"""A reply of at most this length that fills the asked slot is an answer, not a new question."""
_QUESTION_MARKS = ("?", "吗", "怎么", "咋", "多少", "什么", "哪", "几", "呢", "能不能", "为什么")


class FlowTurn:
    """Decides on messages inside flows, for one account."""

    def __init__(self, replies: Replies, matcher: Matcher, questions: QuestionTurn) -> None:
        self._replies = replies
        self._matcher = matcher
        self._questions = questions
        self._flows = questions.flows

    def decide(
        self,
        session: Session,
        state: FlowState,
        text: str,
        picked: Choice | None,
        reading: Reading,
        now: datetime,
    ) -> Outcome:
        """Take the message as an answer to the flow's question, or as a digression."""
        known = self._flows.flow(state)
        if known is None:
            return self._questions.decide(session, text, reading, now)
        flow, region = known
        if picked is not None and "." in picked.key:
            slot, _, value = picked.key.partition(".")
            found = Found({slot: value}, frozenset())
        else:
            found = self._flows.values_in(normalise(text), region, state.asking, now)
        topic = flow.topic_in(self._replies.account.region)
        if picked is None and self._is_digression(text, state, found, reading, topic):
            if reading.intent in ends_of(region) and reading.kind is Kind.TOPIC:
                # The parent named an end of this flow: nothing is left to ask.
                return self._questions.decide(session, text, reading, now)
            return self._digress(session, state, text, reading, now)
        try:
            return seen(self._flows.step(state, found, now), reading)
        except FlowError:
            # The operators changed the flow while the parent was in it: begin again.
            return seen(self._flows.start(flow, normalise(text), now), reading)

    def _is_digression(
        self, text: str, state: FlowState, found: Found, reading: Reading, topic: IntentId
    ) -> bool:
        if not found.values and reading.kind in {Kind.SMALLTALK, Kind.HANDOFF}:
            return True
        if reading.kind not in {Kind.TOPIC, Kind.GAP, Kind.NOT_HERE} or reading.intent == topic:
            return False
        if self._is_title(text, reading):
            # A related question of an older reply was tapped.
            return True
        if state.asking in found.values:
            normalised = normalise(text)
            asks = any(mark in normalised for mark in _QUESTION_MARKS)
            return asks and len(squeeze(normalised)) > _SHORT_ANSWER_CHARS
        return reading.kind is Kind.TOPIC or not found.values

    def _is_title(self, text: str, reading: Reading) -> bool:
        intent = self._replies.catalog.intents.get(reading.intent) if reading.intent else None
        return intent is not None and squeeze(normalise(intent.title)) == squeeze(normalise(text))

    def _digress(
        self, session: Session, state: FlowState, text: str, reading: Reading, now: datetime
    ) -> Outcome:
        """Answer the question in between, then lead back to the one that waits."""
        outcome = self._questions.decide(session, text, reading, now)
        back = self._flows.resume_question(state)
        if outcome.flow is not None or outcome.reply is None or back is None:
            return outcome
        reply = replace(outcome.reply, choices=back.choices, choices_intro=back.text)
        return replace(outcome, reply=reply, flow=state)
