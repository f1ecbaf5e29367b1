"""Whether an answer helped: offer “没解决” sparingly, and take it kindly.

Offered once a conversation, with the second answer on the same topic, never inside a flow. Words
like 没用 count only after a question; without one they mean what the content says they mean.
"""

from __future__ import annotations

from dataclasses import replace

from app.dialogue.offers import chosen
from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.domain.journal import QUESTION_CHARS
from app.domain.turn import Choice, Decision, Message, MessageKind, Sequel, Session

OFFER_KEY = "unsolved"
_QUESTIONS = frozenset({Decision.ANSWER, Decision.CLARIFY, Decision.FALLBACK, Decision.FLOW})
_ALTERNATIVES = 3


class Satisfaction:
    """Listens for one account."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def heard(self, outcome: Outcome, session: Session, text: str) -> Outcome:
        """Mark a question that was asked before, and offer to say that it was not answered."""
        if outcome.decision is not Decision.ANSWER or session.flow is not None:
            return outcome
        if not set(outcome.topics) & set(session.last_topics):
            return outcome
        if chosen(text, session.offered) is not None:
            return outcome
        if not outcome.leans:
            outcome = replace(outcome, sequel=Sequel.REASKED)
        return self._offered(outcome, session)

    def unsolved(self, session: Session) -> Outcome:
        """Answer “没解决”: say sorry, offer what is near, and keep the question for people."""
        last = session.last_topics[-1:]
        intents = self._replies.catalog.intents
        near = [r for topic in last if topic in intents for r in intents[topic].related]
        choices = self._replies.choices(near, _ALTERNATIVES) or self._replies.welcome_choices()
        reply = self._replies.said(
            self._replies.text("unsolved"), choices, self._replies.text("choices_hint")
        )
        return Outcome(
            Decision.COMMAND,
            reply,
            "没解决",
            memory=replace(session.memory, rated=True),
            sequel=Sequel.UNSOLVED,
        )

    def _offered(self, outcome: Outcome, session: Session) -> Outcome:
        memory, reply = outcome.memory or session.memory, outcome.reply
        if memory.rated or reply is None or outcome.flow is not None or outcome.proposed:
            return outcome
        label = self._replies.text("unsolved_offer")
        choices = (*reply.choices, Choice(label, label, OFFER_KEY))
        intro = reply.choices_intro or self._replies.text("choices_tap")
        reply = replace(reply, choices=choices, choices_intro=intro)
        return replace(outcome, reply=reply, memory=replace(memory, rated=True))


def question_after(before: Session, outcome: Outcome, message: Message) -> str:
    """Return the question that the conversation is about after a turn; masked, as the message is.

    A tapped choice goes on with the question that it was offered for.
    """
    if outcome.sequel is Sequel.UNSOLVED or outcome.decision is Decision.HANDOFF:
        return ""
    if message.kind is not MessageKind.TEXT or outcome.decision not in _QUESTIONS:
        return before.question
    if before.flow is not None:
        return before.question
    text = message.text.strip()[:QUESTION_CHARS]
    if before.question and before.asked and chosen(text, before.offered) is not None:
        return before.question
    return text
