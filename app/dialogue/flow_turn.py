"""A message while a flow is open: an answer to it, or a question in between and the way back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from app.dialogue.corrections import correction_in
from app.dialogue.flow_repair import FIX, FlowRepair
from app.dialogue.offers import points
from app.dialogue.outcome import Outcome, seen
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind, Reading
from app.domain.flows import FlowRegion
from app.domain.names import IntentId
from app.domain.turn import Choice, FlowState, Session
from app.flows.machine import ends_of, has_value
from app.flows.slots import Found
from app.matching.matcher import Matcher
from app.matching.normalise import normalise, squeeze

_SHORT_ANSWER_CHARS = 12
"""A reply of at most this length that fills the asked slot is an answer, not a new question."""
_QUESTION_MARKS = ("?", "吗", "怎么", "咋", "多少", "什么", "哪", "几", "呢", "能不能", "为什么")
_SUPPOSED = re.compile(r"^(?:那么?|如果|要是|假如|换成).*?(?:呢)?[?]*$|呢[?]*$")
"""“那大学呢”: another answer, put as a question."""
_AROUND = re.compile(
    r"^(?:[嗯哦啊,。 ]|我们?家?|孩子|应该|大概|可能|好像|那就|就|是)+|[吧呀啊哦嘛哈的了,。!~ ]+$"
)
"""What stands around a bare answer: “应该是外地吧”."""
_STATED_CHARS = 6
"""An answer to another question, of at most this length, is no question in between."""
_WHY = re.compile(
    r"^(?:你们?|这个?)?(?:为什么|为啥|为何|干嘛|干吗|干什么|怎么还?)(?:还|非)?(?:要|得)?(?:问|填|知道|了解).{0,10}$|"
    r"^问.{0,8}(?:干嘛|干什么|干啥|做什么|有什么用|有啥用)(?:用的?|的|呀|啊|呢)?[?]*$"
)


class FlowTurn:
    """Decides on messages inside flows, for one account."""

    def __init__(self, replies: Replies, matcher: Matcher, questions: QuestionTurn) -> None:
        self._replies = replies
        self._matcher = matcher
        self._questions = questions
        self._flows = questions.flows
        self._repair = FlowRepair(replies, questions.flows)

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
        fresh = self._flows.refreshed(state)
        known = self._flows.flow(state)
        if fresh is None or known is None:
            return self._questions.decide(session, text, reading, now)
        flow, region = known
        is_new = self._flows.changed(state)
        if picked is not None and picked.key.startswith(FIX) and not is_new:
            return seen(self._repair.fix(fresh, picked.key.removeprefix(FIX)), reading)
        normalised = normalise(text)
        found = self._found(normalised, region, fresh, None if is_new else picked, now)
        topic = flow.topic_in(self._replies.account.region)
        if picked is None and not is_new:
            repaired = self._repaired(normalised, fresh, found, now)
            if repaired is not None:
                return seen(repaired, reading)
        is_free = picked is None and not points(text)
        if is_free and self._is_digression(text, fresh, found, reading, topic):
            if reading.intent in ends_of(region) and reading.kind is Kind.TOPIC:
                # The parent named an end of this flow: nothing is left to ask.
                return self._questions.decide(session, text, reading, now)
            return self._digress(session, fresh, text, reading, now)
        if is_new and fresh.asking:
            return seen(self._flows.ask_current(fresh, "flow_changed", now), reading)
        return seen(self._stepped(session, fresh, found, now), reading)

    def _stepped(self, session: Session, state: FlowState, found: Found, now: datetime) -> Outcome:
        """Take the answer further; a flow that is given up can be found again."""
        if not state.asking:
            return self._flows.go_on(state, now)
        outcome = self._flows.step(state, found, now)
        if outcome.flow is None and outcome.ended is None:
            # “重新开始” and “接着” go on with it.
            return replace(outcome, memory=replace(session.memory, paused=state, held=""))
        return outcome

    def _found(
        self,
        normalised: str,
        region: FlowRegion,
        state: FlowState,
        picked: Choice | None,
        now: datetime,
    ) -> Found:
        if picked is not None and "." in picked.key:
            slot, _, value = picked.key.partition(".")
            if has_value(region, slot, value):
                return Found({slot: value}, frozenset())
        found = self._flows.values_in(normalised, region, state.asking, now)
        if found.values or found.contradictory:
            return found
        bare = _AROUND.sub("", normalised)
        return self._flows.values_in(bare, region, state.asking, now) if bare else found

    def _repaired(
        self, normalised: str, state: FlowState, found: Found, now: datetime
    ) -> Outcome | None:
        """Carry out a correction or a supposition; None where the message is neither."""
        if _WHY.match(normalised) and state.asking:
            return self._flows.ask_current(state, "flow_why", now)
        said = correction_in(normalised)
        if said is not None and (said.right or not found.values):
            return self._repair.correct(state, said, now)
        is_short = len(squeeze(normalised)) <= _SHORT_ANSWER_CHARS
        is_other = found.values and state.asking not in found.values and not found.contradictory
        if is_short and is_other and _SUPPOSED.search(normalised):
            return self._repair.supposed(state, normalised, now)
        return None

    def _is_digression(
        self, text: str, state: FlowState, found: Found, reading: Reading, topic: IntentId
    ) -> bool:
        said = found.values or found.contradictory
        if not said and reading.kind in {Kind.SMALLTALK, Kind.HANDOFF}:
            return True
        if self._matcher.foreign_insurance(text) is not None:
            return True
        if reading.kind not in {Kind.TOPIC, Kind.GAP, Kind.NOT_HERE} or reading.intent == topic:
            return False
        if self._is_title(text, reading):
            # A related question of an older reply was tapped.
            return True
        normalised = normalise(text)
        asks = any(mark in normalised for mark in _QUESTION_MARKS)
        if found.values and not asks and len(squeeze(normalised)) <= _STATED_CHARS:
            return False
        if found.contradictory and not asks:
            # Two things said of one slot answer no question; the flow asks which is so.
            return False
        if state.asking in found.values:
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
        return self.lead_back(outcome, session, state)

    def lead_back(self, outcome: Outcome, session: Session, state: FlowState) -> Outcome:
        """Put the flow's open question under an answer that was asked for in between."""
        changed = session.flow is not None and self._flows.changed(session.flow)
        back = self._flows.resume_question(state, "flow_changed" if changed else "flow_resume")
        moved = outcome.flow is not None and outcome.flow != session.flow
        if moved or outcome.reply is None or back is None:
            return outcome
        reply = replace(outcome.reply, choices=back.choices, choices_intro=back.text)
        return replace(outcome, reply=reply, flow=state)
