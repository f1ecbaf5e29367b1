"""Reminders that are sent without being asked for: due, claimed by one replica, sent once.

Never twice: before sending, the reminder is marked in the session, and a marked one is not sent
again. Never lost: what was not sent for sure stays in the session, and the parent's next message
brings it, with a word where it may have arrived before (docs/adr/0013).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import structlog

from app.dialogue.assistant import Assistant
from app.dialogue.reminder_turn import Errand
from app.dialogue.service import Appointments, Conversations, next_at
from app.domain.turn import Session
from app.errors import LockTimeoutError
from app.log_output import bound_trace
from app.tracing import Tracer, inside, note

_log = structlog.get_logger(__name__)


class Pushed(StrEnum):
    """What became of a message to a parent."""

    SENT = "sent"
    REFUSED = "refused"
    """WeChat or the account's rights forbid it: surely not sent."""
    UNSURE = "unsure"
    """No answer: perhaps sent."""


class Push(Protocol):
    """Writes to a parent who has not just written."""

    async def push(self, account: str, user: str, errand: Errand) -> Pushed:
        """Send it; never raises for what the network or WeChat does."""
        ...


class ReminderIndex(Appointments, Protocol):
    """Knows who is due."""

    async def claim(self, account: str, now: datetime) -> Sequence[str]:
        """Return users who are due, each to one caller."""
        ...


class Reminding:
    """Sends what is due; one per process, all processes may run it."""

    def __init__(
        self,
        assistant: Callable[[], Assistant],
        conversations: Conversations,
        index: ReminderIndex,
        push: Push,
        clock: Callable[[], datetime],
        tracer: Tracer | None = None,
    ) -> None:
        """Wire it; `clock` gives Asia/Shanghai, `tracer` keeps traces."""
        self._tracer = tracer
        self._assistant = assistant
        self._conversations = conversations
        self._index = index
        self._push = push
        self._clock = clock

    async def round(self) -> dict[Pushed, int]:
        """Send what is due now in all accounts that may write first; returns what became of it.

        Raises:
            StateError: The store is away; what was not sent is due again later.
        """
        counts = dict.fromkeys(Pushed, 0)
        for account in self._assistant().catalog.accounts.values():
            if not account.can_push:
                continue
            for user in await self._index.claim(account.id, self._clock()):
                outcome = await self._traced(account.id, user)
                if outcome is not None:
                    counts[outcome] += 1
        return counts

    async def _traced(self, account: str, user: str) -> Pushed | None:
        """Remind one parent in a trace of its own."""
        trace = secrets.token_hex(16)
        span = None
        if self._tracer is not None:
            span = self._tracer.begin("reminder", trace, time.perf_counter())
        with bound_trace(trace), inside(span):
            outcome = await self._remind(account, user)
            note(account=account, outcome=outcome.value if outcome else "none")
        return outcome

    async def _remind(self, account: str, user: str) -> Pushed | None:
        """Send one parent's due reminders; None where there was nothing to send."""
        now = self._clock()
        try:
            errand, marked = await self._mark(account, user, now)
            if errand is None:
                await self._index.note(account, user, next_at(marked, now))
                return None
            outcome = await self._push.push(account, user, errand)
            await self._settle(account, user, now, outcome)
        except LockTimeoutError:
            # The parent is writing right now: that turn brings the reminder.
            _log.info("reminder_left_to_visit", account=account)
            return None
        return outcome

    async def _mark(self, account: str, user: str, now: datetime) -> tuple[Errand | None, Session]:
        """Note in the session that its due reminders are about to be sent."""
        async with self._conversations.open(account, user) as conversation:
            session = conversation.session
            fresh = tuple(r for r in session.reminders if not r.unsure)
            errand, _ = self._assistant().reminder(account, replace(session, reminders=fresh), now)
            if errand is not None:
                marked = tuple(
                    replace(r, unsure=True) if r.at <= now else r for r in session.reminders
                )
                session = replace(session, reminders=marked)
                await conversation.save(session)
            return errand, session

    async def _settle(self, account: str, user: str, now: datetime, outcome: Pushed) -> None:
        async with self._conversations.open(account, user) as conversation:
            reminders = conversation.session.reminders
            if outcome is Pushed.SENT:
                reminders = tuple(r for r in reminders if r.at > now)
            elif outcome is Pushed.REFUSED:
                reminders = tuple(replace(r, unsure=False) for r in reminders)
            session = replace(conversation.session, reminders=reminders)
            await conversation.save(session)
        await self._index.note(account, user, next_at(session, now))
