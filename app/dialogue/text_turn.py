"""A text message: safety › command › open flow › answer › clarify › fallback › handoff."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from datetime import datetime

from app.dialogue import alarms, children
from app.dialogue.advice import Advice
from app.dialogue.child_turn import ChildTurn
from app.dialogue.command_turn import CommandTurn
from app.dialogue.commands import Commands
from app.dialogue.corrections import correction_in
from app.dialogue.flow_repair import FlowRepair
from app.dialogue.flow_turn import FlowTurn
from app.dialogue.handover import Handover
from app.dialogue.menu_turn import MenuTurn
from app.dialogue.offers import chosen, points
from app.dialogue.outcome import Learned, Outcome
from app.dialogue.picture_turn import PictureTurn
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.reminder_turn import ReminderTurn
from app.dialogue.replies import Replies
from app.dialogue.return_turn import ReturnTurn
from app.dialogue.satisfaction import Satisfaction
from app.dialogue.understanding import Kind, Reading
from app.domain.content import Scene
from app.domain.names import IntentId
from app.domain.turn import Choice, Decision, Session
from app.matching.matcher import Matcher
from app.matching.normalise import normalise, squeeze

_SUPPOSED = re.compile(
    r"^(?:那么?|如果|要是|假如)(?:孩子|我家|是)*.{1,8}(?:呢|也可以吗|可以吗|行吗)?[?]*$|呢[?]*$"
)
_INSTEAD = re.compile(
    r"^(?:不是的?|不对|不|算了|错了)[,。!、 ]*我(?:不是问这个[,。 ]*)?(?:是|要|想|就)?(?:要|想)?"
    r"(?:问|说|咨询)(?:的?是)?[,: ]*(?P<rest>.{2,})$"
)
"""“不是，我问的是缴费时间”: another question, not an answer."""
_SUPPOSED_CHARS = 12
_STATED_CHARS = 6
"""“外地户口” after a verdict, with nothing else, is another case of it."""
_ASKS = re.compile(r"[?吗么呢哪几怎咋谁]|什么|多少|如何|为啥")


class TextTurn:
    """Decides on the messages of one account in one region."""

    def __init__(self, replies: Replies, matcher: Matcher, commands: Commands) -> None:
        self._replies = replies
        self._matcher = matcher
        self._intents = replies.catalog.intents
        self._commands = commands
        self.replies = replies
        self.region = replies.account.region
        self.reminders = ReminderTurn(replies)
        self._wire(QuestionTurn(replies, matcher))

    def _wire(self, questions: QuestionTurn) -> None:
        self.questions = questions
        self._flows = FlowTurn(self._replies, self._matcher, questions)
        self._orders = CommandTurn(self._replies, questions.flows)
        self._repair = FlowRepair(self._replies, questions.flows)
        self._return = ReturnTurn(self._replies, questions, self._orders)
        self._children = ChildTurn(self._replies, questions)
        self._taps = MenuTurn(self._replies, questions, self._orders)
        self._pictures = PictureTurn(self._replies, questions)
        self._satisfaction = Satisfaction(self._replies)
        self.handover = Handover(self._replies, self._commands, questions)

    def advised(self, advice: Advice) -> TextTurn:
        """Return a copy that decides with the advice; for one message."""
        turn = copy(self)
        turn._wire(self.questions.advised(advice))
        return turn

    def decide(self, session: Session, text: str, now: datetime) -> Outcome:
        """Return what to do with a text."""
        outcome = self._satisfaction.heard(self._decided(session, text, now), session, text)
        if outcome.flow is None and outcome.ended is None:
            return outcome
        aliases = children.several_in(normalise(text))
        if not aliases or outcome.memory is not None:
            return outcome
        outcome = replace(outcome, memory=children.named(session.memory, aliases[0]))
        flow, reply = outcome.flow, outcome.reply
        if len(aliases) == 1 or session.flow is not None or flow is None or reply is None:
            return outcome
        lead = self._replies.text("child_several", child=aliases[0])
        question = self.questions.flows.question_of(flow)
        reply = replace(reply, choices_intro=f"{lead}{question}")
        return replace(outcome, reply=reply)

    def _decided(self, session: Session, text: str, now: datetime) -> Outcome:
        normalised = normalise(text)
        instead = _INSTEAD.match(normalised)
        if instead is not None:
            text = normalised = instead.group("rest")
        alarm = alarms.alarm_in(normalised)
        if alarm is not None and alarm in self._intents:
            return self.questions.spoken(
                self.questions.alarmed(text, alarm), Decision.SAFETY, session
            )
        if not squeeze(normalised) and self._commands.find(text) is None:
            return self._wordless(text, session)
        picked = chosen(text, session.offered)
        if picked is not None and (session.flow is None or session.proposed is not None):
            text = picked.say
        if picked is None and session.flow is None and points(text):
            return self._orders.told("nothing_to_pick")
        reminded = self.reminders.decide(session, normalise(text), now)
        if reminded is not None:
            if session.flow is None or reminded.proposed is not None:
                return reminded
            return self._flows.lead_back(reminded, session, session.flow)
        command = self._commands.find(text)
        if command is not None:
            outcome = self._orders.carry_out(command, session, now)
            if outcome is not None:
                return outcome
        if picked is None:
            outcome = self._repaired(session, text, now)
            if outcome is not None:
                return outcome
        reading = self.questions.read(text, session.last_topics)
        if reading.kind is Kind.SAFETY:
            return self.questions.spoken(reading, Decision.SAFETY, session)
        return self._read(session, text, picked, reading, now)

    def _read(
        self,
        session: Session,
        text: str,
        picked: Choice | None,
        reading: Reading,
        now: datetime,
    ) -> Outcome:
        if session.flow is not None:
            return self._flows.decide(session, session.flow, text, picked, reading, now)
        if not session.memory.reminded:
            outcome = self._return.returned(session, text, picked, reading, now)
            if outcome is not None:
                return outcome
        if picked is not None and picked.key in self._intents:
            return self._picked(session, picked, now)
        return self.questions.decide(session, text, reading, now)

    def _repaired(self, session: Session, text: str, now: datetime) -> Outcome | None:
        """Take what leans on an answer or a flow before it; None for any other message."""
        normalised = normalise(text)
        outcome = self._children.decide(session, normalised, now)
        if outcome is not None or session.flow is not None:
            return outcome
        outcome = self._return.asked(session, text, now)
        if outcome is not None:
            return outcome
        state = children.latest(session.memory)
        known = self.questions.flows.flow(state) if state else None
        waits = session.memory.paused is not None
        if state is None or known is None or waits or self.questions.flows.changed(state):
            return None
        is_last = known[0].topic_in(self.region) in session.last_topics
        said = correction_in(normalised)
        if said is not None and (said.right or is_last):
            return self._repair.correct(state, said, now)
        chars = len(squeeze(normalised))
        is_supposed = chars <= _SUPPOSED_CHARS and _SUPPOSED.search(normalised)
        is_stated = chars <= _STATED_CHARS and not _ASKS.search(normalised)
        if is_last and (is_supposed or is_stated):
            return self._repair.supposed(state, normalised, now)
        return None

    def open_topic(self, intent_id: IntentId, now: datetime) -> Outcome:
        """Answer a topic, or start its flow, as a menu key does."""
        return self.questions.open_topic(intent_id, now)

    def tapped(self, session: Session, key: str, now: datetime) -> Outcome | None:
        """Do what a key of the account's menu says; None where it means nothing any more.

        An answer in the middle of a flow leads back to the flow's question.
        """
        outcome = self._taps.carry_out(session, key, now)
        if outcome is None or session.flow is None or outcome.decision is not Decision.ANSWER:
            return outcome
        return self._flows.lead_back(outcome, session, session.flow)

    def scanned(self, scene: Scene, now: datetime) -> Outcome:
        """Greet who came by a poster's QR code, then answer what the scene opens."""
        outcome = self.open_topic(scene.opens, now) if scene.opens else self.welcome()
        reply = outcome.reply
        if reply is None:
            return outcome
        text = f"{scene.greeting}\n\n{reply.text}" if scene.opens else scene.greeting
        return replace(outcome, reply=replace(reply, text=text), reason=f"扫码：{scene.title}")

    def welcome(self) -> Outcome:
        """Greet a new follower with what the bot can do."""
        choices = self._replies.welcome_choices()
        reply = self._replies.said(
            self._replies.text("welcome"), choices, self._replies.text("choices_clarify")
        )
        return Outcome(Decision.COMMAND, reply, "欢迎")

    def ask_on(self, session: Session) -> Outcome:
        """Ask what the parent wants to know, or repeat the open question."""
        waiting = self.questions.flows.resume_question(session.flow) if session.flow else None
        if waiting is not None:
            return Outcome(Decision.COMMAND, waiting, "只有个人信息", flow=session.flow)
        choices = self._replies.welcome_choices()
        reply = self._replies.said(self._replies.text("what_then"), choices)
        return Outcome(Decision.COMMAND, reply, "只有个人信息")

    def unreadable(self, key: str, session: Session) -> Outcome:
        """Answer a message that is not text, with questions to tap."""
        said = self._replies.text(key, session.misses)
        reply = self._replies.tappable(said, self._replies.welcome_choices(), session)
        return Outcome(Decision.FALLBACK, reply, f"收到 {key}", flow=session.flow, keep_offer=True)

    def picture(self, session: Session, lines: tuple[str, ...] | None, now: datetime) -> Outcome:
        """Answer an image: what its screen shows, as if the parent had asked about it."""
        seen_on_it = self._pictures.look(lines)
        if seen_on_it.topic is None:
            return self._pictures.ask_back(seen_on_it, session)
        outcome = self.decide(session, seen_on_it.topic.title, now)
        return self._pictures.introduced(outcome, seen_on_it)

    def _picked(self, session: Session, picked: Choice, now: datetime) -> Outcome:
        """Answer a choice; after a question back it also teaches how parents say it."""
        intent = IntentId(picked.key)
        # The question that was asked back about may name a day: the answer is for that day.
        outcome = self.questions.open_topic(intent, now, normalise(session.asked))
        if not session.asked:
            return outcome
        return replace(outcome, learned=Learned(session.asked, intent))

    def _wordless(self, text: str, session: Session) -> Outcome:
        key = "emoji" if text.strip() else "empty"
        decision = Decision.SMALLTALK if key == "emoji" else Decision.FALLBACK
        reply = self._replies.said(self._replies.text(key, session.turns))
        return Outcome(decision, reply, "没有文字", flow=session.flow, keep_offer=True)
