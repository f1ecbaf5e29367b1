"""The assistant with memory: lock the conversation, load, decide, save, unlock.

Without the store the bot still answers single questions from the catalog: a parent who gets the
right answer does not care that the session is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from app.dialogue.assistant import Assistant
from app.domain.turn import Learned, Message, Session, Turn
from app.errors import StateError


class OpenConversation(Protocol):
    """A locked conversation."""

    session: Session

    async def save(self, session: Session) -> None:
        """Store the session and unlock."""
        ...


class Conversations(Protocol):
    """Where sessions live."""

    def open(self, account: str, user: str) -> AbstractAsyncContextManager[OpenConversation]:
        """Lock and load; raises `StateError` where the store is away or the lock is not had."""
        ...


class Meter(Protocol):
    """What is counted."""

    def turn(self, account: str, turn: Turn, *, stateless: bool) -> None:
        """A message was answered; `stateless` where the store did not take part."""
        ...


class Lessons(Protocol):
    """Where wordings that parents chose after a question back are counted."""

    async def note(self, account: str, learned: Learned) -> None:
        """Count a wording; raises `StateError` where the store is away."""
        ...


class Respondent:
    """Answers messages of parents, with memory. Implements the webhook's `Assistant` port."""

    def __init__(
        self,
        assistant: Callable[[], Assistant],
        conversations: Conversations,
        clock: Callable[[], datetime],
        meter: Meter,
        lessons: Lessons,
    ) -> None:
        """Wire the respondent.

        Args:
            assistant: Returns the assistant to use now; a new catalog takes effect with the next
                message while turns in flight end with theirs.
            conversations: The session store.
            clock: The present moment in Asia/Shanghai.
            meter: Counts turns.
            lessons: Counts what choices teach.
        """
        self._assistant = assistant
        self._conversations = conversations
        self._clock = clock
        self._meter = meter
        self._lessons = lessons

    async def respond(self, message: Message) -> str:
        """Return the text to send, within WeChat's limit; "" where nothing is to be sent."""
        assistant = self._assistant()
        turn: Turn | None = None
        try:
            async with self._conversations.open(message.account, message.user) as conversation:
                turn = assistant.turn(conversation.session, message, self._clock())
                await conversation.save(turn.session)
            if turn.learned is not None:
                await self._lessons.note(message.account, turn.learned)
        except StateError:
            stateless = True
            turn = turn or assistant.turn(Session(), message, self._clock())
        else:
            stateless = False
        self._meter.turn(message.account, turn, stateless=stateless)
        return turn.text
