"""One request: wait for its message's turn, and answer before WeChat hangs up.

A turn in time is the answer. A late one: on the first requests nothing is answered, so that WeChat
asks again and gets the reply then; on the last one `success` where a customer-service message will
follow, else a link with which the parent fetches the reply (docs/adr/0015).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog

from app.domain.turn import Message, MessageKind
from app.errors import StateError
from app.log_output import bound_turn
from app.time_limit import within
from app.tracing import note
from app.webhook.late import LateCounter
from app.webhook.limits import TurnLimits
from app.webhook.ports import (
    Assistant,
    Deliveries,
    Departures,
    LateReplies,
    Meter,
    NoLateReplies,
    NoMeter,
    ServiceSessions,
    Unread,
    Windows,
    Wording,
)
from app.webhook.runs import Outcome
from app.webhook.turns import Turns
from app.wechat.inbound import Inbound
from app.wechat.triggers import trigger_of

_log = structlog.get_logger(__name__)

_LOOK_S = 0.1
"""Between two looks whether WeChat has hung up."""

Pseudonym = Callable[[str, str], str]
"""Takes account and OpenID."""

Gone = Callable[[], Awaitable[bool]]
"""Says whether the peer has hung up."""


def no_pseudonym(_account: str, _user: str) -> str:
    """Name nobody."""
    return ""


class DeliveryDesk:
    """Answers requests; one per process, closed by `aclose`.

    Args:
        assistant: Answers messages.
        deliveries: The ledger shared by all processes.
        unread: Keeps replies that came too late.
        wording: The bot's own texts.
        limits: Times.
        late: Sends replies that come after the last request; None: no account may.
        departures: Told who unfollowed.
        sessions: Told whom WeChat's customer service has left.
        windows: Told what allows customer-service messages.
        meter: Counts requests and what is turned away.
        pseudonym: Returns the hashed user of an account, for the log.
    """

    def __init__(
        self,
        assistant: Assistant,
        deliveries: Deliveries,
        unread: Unread,
        wording: Wording,
        limits: TurnLimits,
        *,
        late: LateReplies | None = None,
        departures: Departures | None = None,
        sessions: ServiceSessions | None = None,
        windows: Windows | None = None,
        meter: Meter | None = None,
        pseudonym: Pseudonym = no_pseudonym,
    ) -> None:
        self._deliveries = deliveries
        self._limits = limits
        self._late = late or NoLateReplies()
        self._departures = departures
        self._sessions = sessions
        self._windows = windows
        self._meter = meter or NoMeter()
        self._pseudonym = pseudonym
        self._counter = LateCounter(unread, deliveries, wording, limits)
        self._turns = Turns(
            assistant, deliveries, self._counter, self._late, wording, limits, self._meter
        )

    def ticket(self, message: Message) -> str:
        """Return the public name of the message's delivery."""
        return self._counter.ticket(message)

    async def answer(self, inbound: Inbound, gone: Gone | None = None) -> str:
        """Return the reply text; empty where nothing is to be shown. Raises nothing.

        Returns within the budget, except where it is better that WeChat hangs up and asks again.
        The turn ends and is recorded even if the caller goes away.
        """
        message = inbound.message
        ticket = self._counter.ticket(message)
        with bound_turn(ticket, self._pseudonym(message.account, message.user)):
            began = monotonic()
            if message.kind is MessageKind.SILENT:
                await self._note_silent(inbound)
                reply, outcome, attempt = "", "silent", 1
            else:
                reply, outcome, attempt = await self._answer(inbound, gone)
            took_s = monotonic() - began
            self._meter.request(message.account, outcome, attempt, took_s)
            note(outcome=outcome, attempt=attempt)
            return reply

    async def _answer(self, inbound: Inbound, gone: Gone | None) -> tuple[str, str, int]:
        """Return the reply, whether it is the turn's (`answered`) or not yet, and the attempt."""
        message = inbound.message
        await self._note_window(inbound)
        arrived = monotonic()
        run = self._turns.join(message)
        outcome = await run.over(self._limits.budget_s)
        if outcome is not None:
            return await self._shown(inbound, outcome), "answered", run.attempts
        _log.warning(
            "turn_late", account=message.account, kind=message.kind.value, attempt=run.attempts
        )
        if run.attempts < self._limits.attempts:
            if await self._hung_up(gone, arrived + self._limits.hold_s):
                return "", "late", run.attempts
            outcome = run.result()
            if outcome is not None:
                return await self._shown(inbound, outcome), "answered", run.attempts
        if self._late.offered(message.account):
            return "", "late", run.attempts
        return self._counter.announcement(message.account, run.ticket), "late", run.attempts

    async def aclose(self) -> None:
        """Let running turns end for a while, then cancel them."""
        await self._turns.aclose()

    async def _hung_up(self, gone: Gone | None, until: float) -> bool:
        """Wait until the peer hangs up or `until` (loop time), and say which.

        A reply that becomes ready meanwhile is not sent: nobody could tell whether it arrived,
        and the next request fetches it.
        """
        while monotonic() < until:
            if gone is not None and await gone():
                return True
            await asyncio.sleep(min(_LOOK_S, max(0.0, until - monotonic())))
        return False

    async def _shown(self, inbound: Inbound, outcome: Outcome) -> str:
        """Return the text that is shown now: the reply, with an earlier late one before it."""
        message = inbound.message
        if outcome.kept:
            try:
                with within(self._limits.store_s):
                    mine = await self._deliveries.served(
                        message.account, message.user, message.delivery_key
                    )
            except (StateError, TimeoutError) as exc:
                _log.warning("deliveries_away", account=message.account, error=type(exc).__name__)
                mine = True
            if not mine:
                return ""
        if outcome.unread:
            return await self._counter.with_earlier(message, outcome.reply)
        return outcome.reply

    async def _note_window(self, inbound: Inbound) -> None:
        trigger = trigger_of(inbound)
        message = inbound.message
        if self._windows is None or trigger is None or not self._windows.may_send(message.account):
            return
        try:
            with within(self._limits.store_s):
                await self._windows.opened(message.account, message.user, trigger)
        except (StateError, TimeoutError) as exc:
            _log.warning("window_not_noted", account=message.account, error=type(exc).__name__)

    async def _note_silent(self, inbound: Inbound) -> None:
        """Note who left, or that a person has left the parent to the bot again."""
        account, user = inbound.message.account, inbound.from_user
        try:
            with within(self._limits.store_s):
                if inbound.event == "unsubscribe" and self._departures is not None:
                    await self._departures.forget(account, user)
                if inbound.event == "kf_close_session" and self._sessions is not None:
                    await self._sessions.session_closed(account, user)
        except (StateError, TimeoutError) as exc:
            event = "departure" if inbound.event == "unsubscribe" else "session_end"
            _log.error(f"{event}_not_noted", account=account, error=type(exc).__name__)
