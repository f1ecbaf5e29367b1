"""Handing over to a person, and being silent while one answers. Pure: time and hold are given.

Without an inbox (`Session.hold` is None) nobody can be reached, and the bot says where to ask.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue import erasing
from app.dialogue.commands import Commands
from app.dialogue.outcome import Outcome
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind
from app.domain.content import HandoffWhen, IntentKind
from app.domain.handoff import (
    LINE_CHARS,
    Author,
    Handoff,
    Hold,
    Line,
    Step,
    is_holding,
)
from app.domain.service_hours import HandoffPlan, HandoffTo
from app.domain.turn import Choice, Decision, Message, MessageKind, Reply, Sequel, Session
from app.knowledge.service_hours import is_open, next_opening, opening_text

RELEASE_COMMAND = "robot"
OFFER_KEY = "handoff"

_TO_THE_BOT = frozenset(
    {MessageKind.SUBSCRIBE, MessageKind.CLICK, MessageKind.SCAN, MessageKind.SILENT}
)
"""Not written to anybody: a tap on the menu is answered by the bot also while a person helps."""
_SHOWN = {
    MessageKind.IMAGE: "〔图片〕",
    MessageKind.VOICE: "〔语音〕",
    MessageKind.VIDEO: "〔视频〕",
    MessageKind.LOCATION: "〔位置〕",
    MessageKind.LINK: "〔链接〕",
    MessageKind.UNSUPPORTED: "〔表情或文件〕",
}


class Handover:
    """Decides for one account."""

    def __init__(self, replies: Replies, commands: Commands, questions: QuestionTurn) -> None:
        self._replies = replies
        self._commands = commands
        self._questions = questions
        self._plan = replies.account.handoff

    @property
    def plan(self) -> HandoffPlan | None:
        """How the account hands over; None: not at all."""
        return self._plan

    def while_held(self, session: Session, message: Message, now: datetime) -> Outcome | None:
        """Return what to do with a message while a person has the conversation; None: bot's turn.

        The parent's words go to the person and the bot says nothing, except where the parent asks
        for the bot, a person's answer waits to be sent, or the message speaks of a danger.
        """
        hold = session.hold
        if self._plan is None or hold is None or message.kind in _TO_THE_BOT:
            return None
        if not is_holding(hold, self._plan.quiet, now):
            return None
        is_text = message.kind is MessageKind.TEXT
        command = self._commands.find(message.text) if is_text else None
        if command == RELEASE_COMMAND:
            return self._released(hold)
        if command in erasing.COMMANDS:
            return None
        if command == "more" and session.rest and not hold.answers:
            return None  # the rest of what a person answered
        if self._plan.to is HandoffTo.WECHAT:
            step = Handoff(Step.TRANSFER, kf_account=self._plan.kf_account)
            return self._silent(session, step, "微信客服接待中")
        step = Handoff(Step.APPEND, (self._line(message, now),), delivered=len(hold.answers))
        if is_text and (danger := self._danger(session, message.text)) is not None:
            return self._with_answers(replace(danger, handoff=step), hold)
        return self._with_answers(self._silent(session, step, "人工接待中，机器人不说话"), hold)

    def hand_over(
        self, outcome: Outcome, session: Session, message: Message, now: datetime
    ) -> Outcome:
        """Hand over, or offer to, where the outcome calls for a person; send waiting answers."""
        plan, hold = self._plan, session.hold
        if plan is None or outcome.handoff is not None:
            return outcome
        if hold is None and plan.to is not HandoffTo.WECHAT:
            return outcome
        when = self._when(outcome, session, plan)
        if when is HandoffWhen.NOW:
            outcome = self._start(outcome, session, message, plan, now)
        elif when is HandoffWhen.OFFER:
            outcome = self._offer(outcome)
        if hold is None or not hold.answers or (outcome.reply is None and not outcome.ready_text):
            return outcome
        step = outcome.handoff or Handoff(Step.DELIVERED)
        step = replace(step, delivered=len(hold.answers))
        return self._with_answers(replace(outcome, handoff=step), hold)

    def _when(self, outcome: Outcome, session: Session, plan: HandoffPlan) -> HandoffWhen:
        if outcome.decision is Decision.HANDOFF:
            return HandoffWhen.NOW
        topics = outcome.topics if outcome.decision is Decision.ANSWER else ()
        if outcome.decision in {Decision.SMALLTALK, Decision.FALLBACK} and not outcome.missed:
            topics = tuple(c.intent for c in outcome.candidates[:1])
        wishes = {self._replies.catalog.intents[topic].handoff for topic in topics}
        if HandoffWhen.NOW in wishes:
            return HandoffWhen.NOW
        if outcome.sequel is Sequel.UNSOLVED:
            return HandoffWhen.OFFER
        if outcome.missed and session.misses + 1 >= plan.after_misses:
            return HandoffWhen.OFFER
        return HandoffWhen.OFFER if HandoffWhen.OFFER in wishes else HandoffWhen.ASKED

    def _start(
        self,
        outcome: Outcome,
        session: Session,
        message: Message,
        plan: HandoffPlan,
        now: datetime,
    ) -> Outcome:
        """Hand over now: to the person in service hours, as a ticket outside them."""
        handoff = Handoff(
            Step.OPEN,
            (*self._before(session, now), self._line(message, now)),
            tuple(dict.fromkeys((*session.last_topics, *outcome.topics))),
            outcome.reason,
            kf_account=plan.kf_account,
        )
        if is_open(plan.hours, now):
            if plan.to is HandoffTo.WECHAT:
                step = replace(handoff, step=Step.TRANSFER, lines=(), topics=())
                return self._silent(session, step, "转给微信客服")
            return self._told(outcome, session, self._replies.text("handoff_waiting"), handoff)
        opening = next_opening(plan.hours, now)
        if opening is None or session.hold is None:
            return outcome
        text = self._replies.text("handoff_closed", when=opening_text(opening, now))
        return self._told(outcome, session, text, replace(handoff, step=Step.TICKET))

    def _told(self, outcome: Outcome, session: Session, text: str, handoff: Handoff) -> Outcome:
        """Say what happens now; a topic that calls for a person is answered first."""
        source = ""
        if outcome.decision is not Decision.HANDOFF and outcome.reply is not None:
            text, source = f"{outcome.reply.text}\n\n{text}", outcome.reply.source
        return replace(
            outcome,
            decision=Decision.HANDOFF,
            reply=Reply(text, source=source),
            flow=session.flow,
            keep_offer=False,
            missed=False,
            asked="",
            handoff=handoff,
        )

    def _offer(self, outcome: Outcome) -> Outcome:
        intents = self._replies.catalog.intents.values()
        ways = [i for i in intents if i.kind is IntentKind.HANDOFF and i.utterances]
        reply = outcome.reply
        if not ways or reply is None:
            return outcome
        offer = Choice(self._replies.text("handoff_offer"), ways[0].utterances[0], OFFER_KEY)
        intro = reply.choices_intro or self._replies.text("choices_hint")
        reply = replace(reply, choices=(*reply.choices, offer), choices_intro=intro)
        return replace(outcome, reply=reply)

    def _released(self, hold: Hold) -> Outcome:
        reply = self._replies.said(
            self._replies.text("handoff_released"),
            self._replies.welcome_choices(),
            self._replies.text("choices_clarify"),
        )
        step = Handoff(Step.RELEASE, delivered=len(hold.answers))
        outcome = Outcome(Decision.COMMAND, reply, "家长回到机器人", handoff=step)
        return self._with_answers(outcome, hold)

    def _danger(self, session: Session, text: str) -> Outcome | None:
        reading = self._questions.read(text)
        if reading.kind is not Kind.SAFETY:
            return None
        return self._questions.spoken(reading, Decision.SAFETY, session)

    def _silent(self, session: Session, handoff: Handoff, reason: str) -> Outcome:
        return Outcome(
            Decision.HANDOFF,
            None,
            reason,
            flow=session.flow,
            keep_offer=True,
            asked=session.asked,
            handoff=handoff,
        )

    def _with_answers(self, outcome: Outcome, hold: Hold) -> Outcome:
        """Put what people have answered before the bot's own words."""
        if not hold.answers:
            return outcome
        said = self._replies.text("staff_reply", answer="\n".join(hold.answers))
        reply = outcome.reply or self._replies.said(outcome.ready_text)
        text = f"{said}\n\n{reply.text}" if reply.text else said
        return replace(outcome, reply=replace(reply, text=text), ready_text="")

    def _before(self, session: Session, now: datetime) -> tuple[Line, ...]:
        """Return what the parent asked in vain before: it is why a person is wanted."""
        at = session.updated_at or now
        return tuple(Line(Author.PARENT, text, at) for text in session.unanswered)

    def _line(self, message: Message, now: datetime) -> Line:
        text = _SHOWN.get(message.kind) or message.text.strip()
        return Line(Author.PARENT, text[:LINE_CHARS], now)
