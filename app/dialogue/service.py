"""The assistant with memory: lock the conversation, load, decide, save, unlock.

Without the store the bot still answers single questions from the catalog: a parent who gets the
right answer does not care that the session is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from typing import Protocol

import anyio

from app.dialogue.advice import Advice
from app.dialogue.assistant import Assistant
from app.domain.turn import Learned, Message, Session, Turn
from app.errors import StateError

_TURN_S = 0.5
"""For the turn itself and a queue for threads, beyond the evidence's own time limits."""


class OpenConversation(Protocol):
    """A locked conversation."""

    session: Session

    async def save(self, session: Session, *, delivery: tuple[str, str] | None = None) -> None:
        """Store the session, record the reply of a delivery (key, text) with it, and unlock."""
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
                turn = await self._turn(assistant, conversation.session, message)
                # With the session or not at all: a retry after a crash must not turn it twice.
                delivery = (message.delivery_key, turn.text) if message.delivery_key else None
                await conversation.save(turn.session, delivery=delivery)
            if turn.learned is not None:
                await self._lessons.note(message.account, turn.learned)
        except StateError:
            stateless = True
            turn = turn or await self._turn(assistant, Session(), message)
        else:
            stateless = False
        self._meter.turn(message.account, turn, stateless=stateless)
        return turn.text

    async def recover(self, message: Message) -> str:
        """Answer without memory, after `respond` failed for reasons that nobody foresaw.

        What a conversation remembers is the likeliest cause, so it is left out and kept as it is.
        """
        turn = await self._turn(self._assistant(), Session(), message)
        self._meter.turn(message.account, turn, stateless=True)
        return turn.text

    async def _turn(self, assistant: Assistant, session: Session, message: Message) -> Turn:
        """Take a turn; one that may wait for evidence does so in a thread, and not for long."""
        now = self._clock()
        if assistant.patience_s == 0:
            return assistant.turn(session, message, now)
        waiting = partial(assistant.turn, session, message, now)
        with anyio.move_on_after(assistant.patience_s + _TURN_S):
            return await anyio.to_thread.run_sync(waiting, abandon_on_cancel=True)
        # Threads are all busy, or the machine is: decide on what is here.
        return assistant.turn(session, message, now, Advice())
