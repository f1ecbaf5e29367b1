"""The delivery ledger: WeChat may push a message three times, it is answered once.

Every delivery is first, running or finished. Whoever runs it renews a short lease, so that a
retry soon takes over from a process that died; the entry itself outlives WeChat's retries. A reply
that is recorded when no request can be answered with it any more is put among the parent's unread
ones in the same step (`app.state.unread`).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.state import scripts
from app.state.keys import (
    CHANNEL,
    FINISHED_TTL_S,
    LEASE_S,
    RATE_WINDOW_S,
    UNREAD_CAP,
    UNREAD_RIPE_S,
    UNREAD_TTL_S,
    ConversationKeys,
    Keyspace,
    ticket,
)
from app.state.signals import wait_for_signal
from app.state.store import Argument, Store

ClaimState = Literal["first", "running", "finished"]

_AWAITED_S = 4.5


@dataclass(frozen=True, slots=True)
class Claim:
    """What the ledger knows about a delivery."""

    state: ClaimState
    """`first`: the caller answers. `running`: another does. `finished`: see `reply`."""
    reply: str = ""
    """The recorded reply, when finished; empty where nothing was sent or it reached the parent
    in another way."""
    attempts: int = 1
    """Requests so far that carried this delivery, this one included."""
    unread: int = 0
    """Replies to other messages that the parent may not have seen yet; an upper bound."""
    excess: int = 0
    """The how many-th message beyond the parent's rate it is; 0: within it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A recorded reply."""

    reply: str
    kept: bool = False
    """Whether it was too late for every request and lies among the unread ones."""
    attempts: int = 1
    """Requests that carried the delivery."""


class DeliveryLedger:
    """The deliveries of all accounts.

    Args:
        store: Where they are.
        keyspace: Names their keys.
        lease_s: After so many seconds without `renew` a claim that was not finished is free.
        per_minute: Messages of one parent in a minute; 0: any number.
        new_token: Source of unique names for claims.
    """

    def __init__(
        self,
        store: Store,
        keyspace: Keyspace,
        *,
        lease_s: float = LEASE_S,
        per_minute: int = 0,
        new_token: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        self._store = store
        self._keyspace = keyspace
        self._lease_ms = round(lease_s * 1000)
        self._per_minute = per_minute
        self._new_token = new_token

    async def claim(
        self, account: str, user: str, key: str, *, token: str = "", awaited_s: float = _AWAITED_S
    ) -> Claim:
        """Say who answers the delivery `key`; one caller gets `first`. One round trip.

        Args:
            account: Whom the message is for.
            user: OpenID.
            key: The delivery key.
            token: Names the claim for `renew`; claims with the same token count as one attempt.
            awaited_s: How long the caller can still answer its request, in seconds.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = self._keyspace.conversation(account, user)
        state, reply, attempts, unread, excess = await self._store.run(
            scripts.CLAIM,
            [keys.delivery(key), keys.deliveries, keys.unread, keys.rate],
            [
                ticket(key),
                token or self._new_token(),
                self._lease_ms,
                FINISHED_TTL_S * 1000,
                round(awaited_s * 1000),
                self._per_minute,
                RATE_WINDOW_S * 1000,
            ],
        )
        return Claim(_STATES[state], reply.decode(), attempts, unread, excess)

    async def renew(self, account: str, user: str, key: str, token: str) -> bool:
        """Say that the caller who was first under `token` lives; False: taken over, or done.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        entry = self._keyspace.conversation(account, user).delivery(key)
        return bool(await self._store.run(scripts.RENEW, [entry], [token, self._lease_ms]))

    async def finish(self, account: str, user: str, key: str, reply: str) -> Finished:
        """Record the reply, wake those who wait, and return what is recorded.

        A reply that is already there stays, whoever recorded it.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = self._keyspace.conversation(account, user)
        recorded, kept, attempts = await self._store.run(
            scripts.FINISH,
            [keys.delivery(key), keys.deliveries, keys.unread],
            finish_arguments(key, reply),
        )
        return Finished(recorded.decode(), bool(kept), attempts)

    async def wait(
        self, account: str, user: str, key: str, timeout_s: float, *, is_ticket: bool = False
    ) -> Finished | None:
        """Return the reply as soon as it is recorded.

        None after `timeout_s` seconds, or earlier where nobody answers the delivery any more: its
        lease expired or it was never claimed. Then the caller may claim it.

        Args:
            account: Whom the message was for.
            user: OpenID.
            key: The delivery key, or its ticket.
            timeout_s: Longest wait.
            is_ticket: Whether `key` is a ticket.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        entry = self._entry(self._keyspace.conversation(account, user), key, is_ticket=is_ticket)
        clock = asyncio.get_running_loop().time
        until = clock() + timeout_s
        with self._store.signals.expect(entry) as woken:
            while True:
                state, reply, kept = await self._store.run(scripts.LOOK, [entry], [])
                if state == b"finished":
                    return Finished(reply.decode(), bool(kept))
                if state == b"free" or clock() >= until:
                    return None
                await wait_for_signal(woken, until - clock())

    async def served(self, account: str, user: str, key: str) -> bool:
        """Note that a kept reply is shown after all; False where it already was.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = self._keyspace.conversation(account, user)
        return bool(await self._store.run(scripts.SERVED, [keys.unread], [ticket(key)]))

    def _entry(self, keys: ConversationKeys, key: str, *, is_ticket: bool) -> str:
        return keys.ticketed(key) if is_ticket else keys.delivery(key)


def finish_arguments(key: str, reply: str) -> list[Argument]:
    """Return the arguments with which a script records the reply of a delivery."""
    return [
        ticket(key),
        reply,
        CHANNEL,
        FINISHED_TTL_S * 1000,
        UNREAD_RIPE_S * 1000,
        UNREAD_TTL_S * 1000,
        UNREAD_CAP,
    ]


_STATES: dict[bytes, ClaimState] = {
    b"first": "first",
    b"running": "running",
    b"finished": "finished",
}
