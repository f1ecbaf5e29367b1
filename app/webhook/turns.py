"""One turn per message, whatever WeChat repeats and whichever process it repeats it to.

A turn is a task of its own: it runs on when its request is over, and every later request for the
same message joins it. Within the process that holds even while the ledger is away.
"""

from __future__ import annotations

import asyncio
import secrets
import traceback
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from time import monotonic
from typing import Any

import anyio
import structlog

from app.cancelling import cancelled
from app.domain.handoff import transfer_target
from app.domain.turn import Message
from app.errors import StateError
from app.in_order import InOrder
from app.renewal import renewed
from app.time_limit import within
from app.tracing import step
from app.webhook.late import LateCounter
from app.webhook.limits import TurnLimits
from app.webhook.ports import (
    Assistant,
    Claim,
    Deliveries,
    Finished,
    LateReplies,
    Meter,
    NoMeter,
    Wording,
)
from app.webhook.rates import AccountRates
from app.webhook.runs import Outcome, Run

_log = structlog.get_logger(__name__)

_REMEMBERED_S = 60.0
"""A finished turn answers retries from memory for so long; the last comes after about 15 s."""
_REMEMBERED = 2000
"""Finished turns in memory, at most 2 kB of text each."""


class Turns:
    """The turns of one process.

    Args:
        assistant: Answers messages.
        deliveries: The ledger shared by all processes.
        late: Hands out what came too late.
        push: Sends what came too late, where an account may.
        wording: The bot's own texts.
        limits: Times and rates.
        meter: Counts failures and what is turned away.
    """

    def __init__(
        self,
        assistant: Assistant,
        deliveries: Deliveries,
        late: LateCounter,
        push: LateReplies,
        wording: Wording,
        limits: TurnLimits,
        meter: Meter | None = None,
    ) -> None:
        self._assistant = assistant
        self._deliveries = deliveries
        self._late = late
        self._push = push
        self._wording = wording
        self._limits = limits
        self._meter = meter or NoMeter()
        self._rates = AccountRates(limits.account_per_s)
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._arrivals = InOrder()

    def join(self, message: Message) -> Run:
        """Return the message's run, beginning it with the first request; never waits."""
        now = monotonic()
        self._forget_old(now)
        ticket = self._late.ticket(message)
        run = self._runs.get(ticket)
        if run is None:
            run = self._runs[ticket] = Run(ticket, now, secrets.token_hex(12))
            if self._rates.take(message.account, now):
                self._keep(run.start(self._guarded(run, message)))
            else:
                run.end(self._shed(message))
            return run
        run.attempts += 1
        if not run.is_over:
            # Tells the ledger, and so other processes, that somebody waits again.
            self._keep(asyncio.create_task(self._note_attempt(run, message)))
        return run

    async def aclose(self) -> None:
        """Let running turns end for `drain_s` seconds, then cancel them."""
        if not self._tasks:
            return
        _, pending = await asyncio.wait(self._tasks, timeout=self._limits.drain_s)
        await cancelled(*pending)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget_old(self, now: float) -> None:
        while self._runs:
            ticket, oldest = next(iter(self._runs.items()))
            full = len(self._runs) > _REMEMBERED
            if not oldest.is_over or not (full or now - oldest.began > _REMEMBERED_S):
                return
            del self._runs[ticket]

    def _shed(self, message: Message) -> Outcome:
        """Turn a message away without asking Redis or anybody else."""
        self._meter.limited(message.account, "account")
        return Outcome(self._wording.text(message.account, "busy"))

    async def _guarded(self, run: Run, message: Message) -> Outcome | None:
        """Run the turn to its end; only a shutdown makes this raise."""
        try:
            with step("turn"), within(self._limits.turn_s):
                outcome = await self._once(run, message)
        except TimeoutError as exc:
            self._failed(message, exc)
            outcome = await self._recorded(message, self._apology(message))
        if outcome is None:
            self._runs.pop(run.ticket, None)
        return outcome

    async def _once(self, run: Run, message: Message) -> Outcome | None:
        """Answer once per delivery key; without the ledger once in this process."""
        try:
            claim = await self._claimed(run, message)
            if isinstance(claim, Outcome) or claim is None:
                return claim
        except (StateError, TimeoutError) as exc:
            self._store_away(message, exc)
            reply = await self._answer(message)
            self._keep(asyncio.create_task(self._finish(message, reply)))
            return Outcome(reply)
        if claim.excess:
            self._meter.limited(message.account, "user")
            # Said once a minute; whoever goes on hears nothing, or it would be a second flood.
            told = self._wording.text(message.account, "too_many") if claim.excess == 1 else ""
            return await self._recorded(message, told, claim.unread)
        with renewed(self._limits.renew_s, partial(self._renew, run, message)):
            reply = await self._answer(message)
        if self._deliveries.holds(*_key(message)):
            self._keep(asyncio.create_task(self._left(message)))
        return await self._recorded(message, reply, claim.unread)

    async def _claimed(self, run: Run, message: Message) -> Claim | Outcome | None:
        """Return the claim to answer the message, or what another process answered.

        None where another one is at it, and lives, but has not answered for long.
        """
        until = monotonic() + self._limits.hold_s + self._limits.takeover_s
        while True:
            # Connections of a pool overtake each other; messages of one user must not.
            async with self._arrivals.of(f"{message.account}:{message.user}"):
                claim = await self._claim(run, message, run.token)
            if claim.state == "first":
                return claim
            if claim.state == "finished":
                return Outcome(claim.reply, unread=claim.unread)
            left_s = max(0.0, until - monotonic())
            with within(left_s + self._limits.store_s):
                found = await self._deliveries.wait(*_key(message), left_s)
            if found is not None:
                return Outcome(found.reply, found.kept)
            if monotonic() >= until:
                return None

    async def _claim(self, run: Run, message: Message, token: str) -> Claim:
        limits = self._limits
        passed_s = monotonic() - run.began if token == run.token else 0.0
        awaited_s = max(0.0, limits.budget_s - limits.margin_s - passed_s)
        with within(limits.store_s):
            claim = await self._deliveries.claim(
                *_key(message),
                token=token,
                awaited_s=awaited_s,
                opens=token == run.token and self._late.asked_for(message) is None,
            )
        run.attempts = max(run.attempts, claim.attempts)
        return claim

    async def _note_attempt(self, run: Run, message: Message) -> None:
        token = secrets.token_hex(12)
        try:
            claim = await self._claim(run, message, token)
            if claim.state == "first":
                run.token = token  # the lease had run out, e.g. while the store was away
        except (StateError, TimeoutError) as exc:
            self._store_away(message, exc)

    async def _renew(self, run: Run, message: Message) -> bool:
        """Renew the claim; False where it was taken over: whoever finishes first counts."""
        try:
            with within(self._limits.store_s):
                return await self._deliveries.renew(*_key(message), run.token)
        except (StateError, TimeoutError) as exc:
            self._store_away(message, exc)
            return True

    async def _left(self, message: Message) -> None:
        """Let the conversation go if answering did not need it: the next message waits for it."""
        try:
            with within(self._limits.store_s):
                await self._deliveries.give_up(*_key(message))
        except (StateError, TimeoutError) as exc:
            self._store_away(message, exc)

    async def _answer(self, message: Message) -> str:
        """Return an answer, at worst an apology: a parent is never met with silence."""
        which = self._late.asked_for(message)
        if which is not None:
            viewed = await self._tried(message, self._late.view(message, which))
            return viewed if viewed is not None else self._apology(message)
        for answering in (self._assistant.respond, self._assistant.recover):
            reply = await self._tried(message, answering(message))
            if reply is not None:
                return reply
        return self._apology(message)

    async def _tried(self, message: Message, answering: Awaitable[str]) -> str | None:
        """Return the answer; None where anything was raised, which is logged without content.

        WeChat suspends an account that answers with errors (MarkFail), so none may leave here.
        """
        try:
            return await answering
        except Exception as exc:  # noqa: BLE001 - the turn boundary
            self._failed(message, exc)
            return None

    async def _recorded(self, message: Message, reply: str, unread: int = 0) -> Outcome:
        saved = self._deliveries.recorded(*_key(message), reply)
        finished = saved or await self._finish(message, reply)
        if finished.kept:
            self._keep(asyncio.create_task(self._send_later(message, finished)))
        return Outcome(finished.reply, finished.kept, unread)

    async def _finish(self, message: Message, reply: str) -> Finished:
        try:
            with within(self._limits.store_s):
                return await self._deliveries.finish(*_key(message), reply)
        except (StateError, TimeoutError) as exc:
            self._store_away(message, exc)
            return _Unrecorded(reply)

    async def _send_later(self, message: Message, finished: Finished) -> None:
        """Send a late reply once no retry will fetch it; what cannot be sent stays unread."""
        if transfer_target(finished.reply) is not None or not self._push.offered(message.account):
            return
        if finished.attempts < self._limits.attempts:
            await asyncio.sleep(self._limits.ripe_s)
        sent = False
        try:
            reply = await self._late.take_for_push(message)
            if reply is None:
                return
            with step("late_delivery"):
                sent = await self._push.push(message, reply)
        except Exception as exc:  # noqa: BLE001 - the late-delivery boundary
            self._failed(message, exc)
        finally:
            if not sent:
                with anyio.move_on_after(self._limits.store_s, shield=True):
                    await self._late.give_back_push(message)

    def _apology(self, message: Message) -> str:
        return self._wording.text(message.account, "error")

    def _failed(self, message: Message, exc: Exception) -> None:
        self._meter.failed(message.account)
        _log.error(
            "turn_failed",
            account=message.account,
            kind=message.kind.value,
            error=type(exc).__name__,
            where=_where(exc),
        )

    def _store_away(self, message: Message, exc: Exception) -> None:
        _log.warning("deliveries_away", account=message.account, error=type(exc).__name__)


@dataclass(frozen=True, slots=True)
class _Unrecorded:
    """A reply that the ledger could not take."""

    reply: str
    kept: bool = False
    attempts: int = 1


def _key(message: Message) -> tuple[str, str, str]:
    return message.account, message.user, message.delivery_key


def _where(exc: Exception) -> list[str]:
    """Return the innermost frames as `file:line`; a full traceback could quote the message."""
    frames = traceback.extract_tb(exc.__traceback__)[-3:]
    return [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames]
