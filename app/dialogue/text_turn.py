"""A text message: safety › command › open flow › answer › clarify › fallback › handoff."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import datetime

from app.dialogue.advice import Advice
from app.dialogue.command_turn import CommandTurn
from app.dialogue.commands import Commands
from app.dialogue.flow_turn import FlowTurn
from app.dialogue.handover import Handover
from app.dialogue.offers import chosen, number_of
from app.dialogue.outcome import Learned, Outcome
from app.dialogue.picture_turn import PictureTurn
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind
from app.domain.content import IntentId
from app.domain.turn import Choice, Decision, Session
from app.matching.matcher import Matcher
from app.matching.normalise import normalise, squeeze


class TextTurn:
    """Decides on the messages of one account in one region."""

    def __init__(self, replies: Replies, matcher: Matcher, commands: Commands) -> None:
        self._replies = replies
        self._matcher = matcher
        self._intents = replies.catalog.intents
        self._commands = commands
        self.questions = QuestionTurn(replies, matcher)
        self._flows = FlowTurn(replies, matcher, self.questions)
        self._orders = CommandTurn(replies, self.questions.flows)
        self._pictures = PictureTurn(replies, self.questions)
        self.handover = Handover(replies, commands, self.questions)

    def advised(self, advice: Advice) -> TextTurn:
        """Return a copy that decides with the advice; for one message."""
        turn = copy(self)
        turn.questions = self.questions.advised(advice)
        turn._flows = FlowTurn(self._replies, self._matcher, turn.questions)
        return turn

    def decide(self, session: Session, text: str, now: datetime) -> Outcome:
        """Return what to do with a text."""
        normalised = normalise(text)
        if not squeeze(normalised) and self._commands.find(text) is None:
            return self._wordless(text, session)
        picked = chosen(text, session.offered)
        if session.flow is None and picked is not None:
            text = picked.say
        if picked is None and session.flow is None and number_of(text) is not None:
            return self._orders.told("nothing_to_pick")
        command = self._commands.find(text)
        if command is not None:
            outcome = self._orders.carry_out(command, session, now)
            if outcome is not None:
                return outcome
        reading = self.questions.read(text)
        if reading.kind is Kind.SAFETY:
            return self.questions.spoken(reading, Decision.SAFETY, session)
        if session.flow is not None:
            return self._flows.decide(session, session.flow, text, picked, reading, now)
        if picked is not None and picked.key in self._intents:
            return self._picked(session, picked, now)
        return self.questions.decide(session, text, reading, now)

    def open_topic(self, intent_id: IntentId, now: datetime) -> Outcome:
        """Answer a topic, or start its flow, as a menu key does."""
        return self.questions.open_topic(intent_id, now)

    def welcome(self) -> Outcome:
        """Greet a new follower with what the bot can do."""
        choices = self._replies.welcome_choices()
        reply = self._replies.said(
            self._replies.text("welcome"), choices, self._replies.text("choices_clarify")
        )
        return Outcome(Decision.COMMAND, reply, "欢迎")

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
