"""The assistant with memory: lock the conversation, load, decide, save, unlock.

Without the store the bot still answers single questions from the catalog: a parent who gets the
right answer does not care that the session is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Protocol

import anyio

from app.dialogue.advice import Advice
from app.dialogue.assistant import Assistant
from app.dialogue.inbox import Inbox, NoInbox
from app.dialogue.journalling import noted
from app.dialogue.pictures import PictureReader
from app.dialogue.timings import in_ms
from app.domain.erasure import Erased
from app.domain.handoff import HOLDING, Handoff, Step, transfer_reply
from app.domain.journal import Noted
from app.domain.service_hours import HandoffTo
from app.domain.turn import Learned, Message, MessageKind, Session, Turn
from app.errors import StateError

NOTHING: Mapping[str, float] = MappingProxyType({})
_FRESH = Session()
_TURN_S = 0.5
"""For the turn itself and a queue for threads, beyond the evidence's own time limits."""


class OpenConversation(Protocol):
    """A locked conversation."""

    session: Session
    quarantined: bool
    """Whether what was stored could not be read and was set aside."""

    async def save(self, session: Session, *, delivery: tuple[str, str] | None = None) -> None:
        """Store the session, record the reply of a delivery (key, text) with it, and unlock."""
        ...


class Conversations(Protocol):
    """Where sessions live."""

    def open(
        self, account: str, user: str, delivery: str = ""
    ) -> AbstractAsyncContextManager[OpenConversation]:
        """Lock and load; raises `StateError` where the store is away or the lock is not had.

        `delivery` is the key of the message that is answered: it may have locked already.
        """
        ...


class Meter(Protocol):
    """What is counted."""

    def turn(
        self,
        account: str,
        turn: Turn,
        *,
        stateless: bool,
        waited_ms: Mapping[str, float] = NOTHING,
    ) -> None:
        """A message was answered.

        Args:
            account: Whose.
            turn: What became of it.
            stateless: The store did not take part.
            waited_ms: How long stages took that are not the turn's: load and save.
        """
        ...


class Lessons(Protocol):
    """Where wordings that parents chose after a question back are counted."""

    async def note(self, account: str, learned: Learned) -> None:
        """Count a wording; raises `StateError` where the store is away."""
        ...


class Diary(Protocol):
    """Where is written down what operators review and report."""

    def note(self, noted: Noted) -> None:
        """Take it and return at once: the parent waits. Raises nothing."""
        ...


class NoDiary:
    """Keeps nothing."""

    def note(self, noted: Noted) -> None:
        """Forget it."""


class Appointments(Protocol):
    """Where it is written when a parent is to be reminded, for accounts that may write first."""

    async def note(self, account: str, user: str, at: datetime | None) -> None:
        """Say when the user's next reminder is due, None: never; raises `StateError`."""
        ...


class Eraser(Protocol):
    """Deletes what is stored about a parent."""

    async def forget(self, account: str, user: str, *, keep: str = "") -> frozenset[Erased]:
        """Delete it and say what there was; raises `StateError`.

        `keep` is the delivery that is being answered: its ledger entry stays until it expires.
        """
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
        appointments: Appointments | None = None,
        inbox: Inbox | None = None,
        pictures: PictureReader | None = None,
        diary: Diary | None = None,
        eraser: Eraser | None = None,
    ) -> None:
        """Wire the respondent.

        Args:
            assistant: Returns the assistant to use now; a new catalog takes effect with the next
                message while turns in flight end with theirs.
            conversations: The session store.
            clock: The present moment in Asia/Shanghai.
            meter: Counts turns.
            lessons: Counts what choices teach.
            appointments: Told of reminders; None: nobody sends them.
            inbox: Where people take over; None: nowhere.
            pictures: Reads screenshots; None: nobody does.
            diary: Keeps what operators review; None: nothing is kept.
            eraser: Deletes what is stored about a parent; None: nothing is.
        """
        self._assistant = assistant
        self._conversations = conversations
        self._clock = clock
        self._meter = meter
        self._lessons = lessons
        self._appointments = appointments
        self._inbox = inbox or NoInbox()
        self._pictures = pictures
        self._diary = diary or NoDiary()
        self._eraser = eraser

    async def respond(self, message: Message) -> str:
        """Return the text to send, within WeChat's limit; "" where nothing is to be sent.

        A message for WeChat's customer service is answered with `handoff.transfer_reply`.
        """
        assistant = self._assistant()
        began = time.perf_counter()
        session = _FRESH
        turn: Turn | None = None
        waited_ms: Mapping[str, float] = NOTHING
        try:
            async with self._conversations.open(
                message.account, message.user, message.delivery_key
            ) as conversation:
                # The parent is told that what was said before is gone.
                loaded = time.perf_counter()
                before = conversation.session
                if conversation.quarantined:
                    before = replace(before, lost=True)
                session = await self._with_hold(assistant, before, message)
                message = await self._with_lines(session, message)
                turn = await self._turn(assistant, session, message)
                turn = await self._noted(assistant, before, message, turn)
                if turn.erase and self._eraser is not None:
                    self._meter.turn(message.account, turn, stateless=False)
                    return await self._erased(self._eraser, assistant, message)
                turned = time.perf_counter()
                # With the session or not at all: a retry after a crash must not turn it twice.
                delivery = (message.delivery_key, _sent(turn)) if message.delivery_key else None
                await conversation.save(turn.session, delivery=delivery)
                saved = time.perf_counter()
                waited_ms = {"load": in_ms(loaded - began), "save": in_ms(saved - turned)}
            await self._note(assistant, message, before, turn)
        except StateError:
            stateless = True
            if turn is None:
                message = await self._with_lines(Session(), message)
                turn = await self._turn(assistant, Session(), message)
        else:
            stateless = False
        self._meter.turn(message.account, turn, stateless=stateless, waited_ms=waited_ms)
        took_ms = (time.perf_counter() - began) * 1000
        self._diary.note(noted(session, message, turn, self._clock(), took_ms))
        return _sent(turn)

    async def _erased(self, eraser: Eraser, assistant: Assistant, message: Message) -> str:
        """Delete everything about the parent, this turn included, and say what it was."""
        user = (message.account, message.user)
        try:
            erased = await eraser.forget(*user, keep=message.delivery_key)
        except StateError:
            return assistant.told(message.account, "error")  # nobody may believe it was done
        return assistant.erased(message.account, erased)

    async def recover(self, message: Message) -> str:
        """Answer without memory, after `respond` failed for reasons that nobody foresaw.

        What a conversation remembers is the likeliest cause, so it is left out and kept as it is.
        """
        turn = await self._turn(self._assistant(), Session(), message)
        self._meter.turn(message.account, turn, stateless=True)
        return turn.text

    async def _note(
        self, assistant: Assistant, message: Message, before: Session, turn: Turn
    ) -> None:
        """Write down what is kept outside of the session."""
        if turn.learned is not None:
            await self._lessons.note(message.account, turn.learned)
        if self._appointments is None or before.reminders == turn.session.reminders:
            return
        if assistant.account(message.account).can_push:
            at = next_at(turn.session, self._clock())
            await self._appointments.note(message.account, message.user, at)

    async def session_closed(self, account: str, user: str) -> None:
        """Answer again after WeChat's customer service has left the parent.

        Raises:
            StateError: The store is away; the bot answers after the quiet time.
        """
        plan = self._assistant().account(account).handoff
        if plan is not None and plan.to is HandoffTo.WECHAT:
            await self._inbox.note(account, user, Handoff(Step.RELEASE), self._clock())

    async def _with_hold(self, assistant: Assistant, session: Session, message: Message) -> Session:
        """Ask the inbox whether a person has the conversation, where the account has people."""
        if assistant.account(message.account).handoff is None:
            return session
        hold = await self._inbox.look(message.account, message.user)
        return replace(session, hold=hold)

    async def _noted(
        self, assistant: Assistant, session: Session, message: Message, turn: Turn
    ) -> Turn:
        """Tell the inbox; where it is away, take the turn again as if there were none.

        Nobody may be told that a person will answer, or be left in silence, on a promise that was
        not kept.
        """
        if turn.handoff is None:
            return turn
        try:
            await self._inbox.note(message.account, message.user, turn.handoff, self._clock())
        except StateError:
            return await self._turn(assistant, replace(session, hold=None), message)
        return turn

    async def _with_lines(self, session: Session, message: Message) -> Message:
        """Read an image, unless a person has the conversation or it was read before."""
        reader = self._pictures
        if reader is None or message.kind is not MessageKind.IMAGE or message.lines is not None:
            return message
        if session.hold is not None and session.hold.state in HOLDING:
            return message
        return replace(message, lines=await reader.read(message))

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


def next_at(session: Session, now: datetime) -> datetime | None:
    """Return when the next reminder is to be sent; what is due already waits for a visit."""
    return min((r.at for r in session.reminders if r.at > now), default=None)


def _sent(turn: Turn) -> str:
    """Return what the webhook sends: the text, or the mark that passes the message on."""
    if turn.handoff is not None and turn.handoff.step is Step.TRANSFER:
        return transfer_reply(turn.handoff.kf_account)
    return turn.text
