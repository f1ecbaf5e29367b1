"""One turn per push, whatever WeChat repeats, and an answer before WeChat hangs up.

WeChat drops the connection after 5 s and sends the push again, three requests in all with the
same MsgId. Source: 被动回复用户消息; the count is that of chatgpt-on-wechat `passive_channel.py`.
"""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass
from pathlib import PurePath

import structlog

from app.domain.handoff import transfer_target
from app.domain.turn import Message, MessageKind
from app.errors import StateError
from app.webhook.ports import Assistant, Deliveries, Departures, LateReplies, ServiceSessions
from app.wechat.inbound import Inbound

_log = structlog.get_logger(__name__)

_CLAIMS = 3
"""Attempts to claim while others claim and die; WeChat makes as many requests."""


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """How long what may take, in seconds."""

    budget_s: float = 4.5
    """From the body's arrival to the answer; WeChat waits 5 s, network included."""
    store_s: float = 1.0
    """One call of the ledger that should not wait; a slower ledger counts as away."""
    turn_s: float = 5.5
    """A whole turn, also after its callback was answered. Below the time after which the ledger
    hands a running delivery to the next retry, else two turns could run."""
    drain_s: float = 5.0
    """On shutdown, for turns that still run."""


class DeliveryDesk:
    """Runs turns; one per process, closed by `aclose`.

    Args:
        assistant: Answers messages.
        deliveries: The ledger shared by all processes.
        limits: Times.
        late_text: Sent when the budget is over; empty sends `success` and WeChat shows nothing.
        late: Sends replies that come after the budget; without it they only reach retries.
        departures: Told who unfollowed.
        sessions: Told whom WeChat's customer service has left.
    """

    def __init__(
        self,
        assistant: Assistant,
        deliveries: Deliveries,
        limits: TurnLimits,
        *,
        late_text: str = "",
        late: LateReplies | None = None,
        departures: Departures | None = None,
        sessions: ServiceSessions | None = None,
    ) -> None:
        self._assistant = assistant
        self._deliveries = deliveries
        self._limits = limits
        self._late_text = late_text
        self._late = late
        self._departures = departures
        self._sessions = sessions
        self._tasks: set[asyncio.Task[str]] = set()

    async def answer(self, inbound: Inbound) -> str:
        """Return the reply text within the budget; empty where nothing is to be sent.

        The turn runs as a task of its own: it ends and is recorded even if the caller goes away
        or the budget is over, so that a retry finds the reply. Raises nothing.
        """
        late = asyncio.Event()
        task = asyncio.create_task(self._guarded(inbound, late))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=self._limits.budget_s)
        if done:
            return task.result()
        late.set()
        message = inbound.message
        _log.warning("turn_late", account=message.account, kind=message.kind.value)
        return "" if message.kind is MessageKind.SILENT else self._late_text

    async def aclose(self) -> None:
        """Let running turns end for `drain_s` seconds, then cancel them."""
        if not self._tasks:
            return
        _, pending = await asyncio.wait(self._tasks, timeout=self._limits.drain_s)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _guarded(self, inbound: Inbound, late: asyncio.Event) -> str:
        """Run the turn; an error of ours is logged and answered with nothing.

        WeChat suspends an account that answers with errors (MarkFail), so none may leave here.
        """
        message = inbound.message
        try:
            async with asyncio.timeout(self._limits.turn_s):
                if message.kind is MessageKind.SILENT:
                    await self._note_silent(inbound)
                    return ""
                return await self._deliver(message, late)
        except Exception as exc:  # noqa: BLE001 - the turn boundary
            _log.error(
                "turn_failed",
                account=message.account,
                kind=message.kind.value,
                error=type(exc).__name__,
                where=_where(exc),
            )
            return ""

    async def _note_silent(self, inbound: Inbound) -> None:
        if inbound.event == "unsubscribe" and self._departures is not None:
            await self._departures.forget(inbound.message.account, inbound.from_user)
        if inbound.event == "kf_close_session" and self._sessions is not None:
            await self._sessions.session_closed(inbound.message.account, inbound.from_user)

    async def _deliver(self, message: Message, late: asyncio.Event) -> str:
        """Answer once per delivery key; without the ledger every delivery is answered."""
        try:
            earlier = await self._earlier_reply(message)
        except (StateError, TimeoutError) as exc:
            self._store_away(message, exc)
            reply = await self._assistant.respond(message)
        else:
            if earlier is not None:
                return earlier
            reply = await self._first(message)
        is_text = bool(reply) and transfer_target(reply) is None
        if is_text and late.is_set() and self._late is not None:
            await self._late.push(message, reply)
        return reply

    async def _earlier_reply(self, message: Message) -> str | None:
        """Return what another delivery of the push was answered with; None if this is the first.

        Waits within the budget for one that is under way, then gives `late_text`. Claims again
        where the other one died.
        """
        key = (message.account, message.user, message.delivery_key)
        clock = asyncio.get_running_loop().time
        until = clock() + self._limits.budget_s
        for _ in range(_CLAIMS):
            async with asyncio.timeout(self._limits.store_s):
                claim = await self._deliveries.claim(*key)
            if claim.state != "running":
                return claim.reply if claim.state == "finished" else None
            left_s = max(0.0, until - clock())
            async with asyncio.timeout(left_s + self._limits.store_s):
                reply = await self._deliveries.wait(*key, left_s)
            if reply is not None:
                return reply
            if clock() >= until:
                break
        return self._late_text

    async def _first(self, message: Message) -> str:
        """Answer and record the reply; a failed turn is recorded too, as nothing to send."""
        reply = ""
        try:
            reply = await self._assistant.respond(message)
        finally:
            await self._finish(message, reply)
        return reply

    async def _finish(self, message: Message, reply: str) -> None:
        try:
            async with asyncio.timeout(self._limits.store_s):
                await self._deliveries.finish(
                    message.account, message.user, message.delivery_key, reply
                )
        except (StateError, TimeoutError) as exc:
            self._store_away(message, exc)

    def _store_away(self, message: Message, exc: Exception) -> None:
        _log.warning("deliveries_away", account=message.account, error=type(exc).__name__)


def _where(exc: Exception) -> list[str]:
    """Return the innermost frames as `file:line`; a full traceback could quote the message."""
    frames = traceback.extract_tb(exc.__traceback__)[-3:]
    return [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames]
