"""The delivery ledger: WeChat may push a message three times, it is answered once.

Every delivery is first, running or finished. Whoever runs it renews a short lease, so that a
retry soon takes over from a process that died; the entry itself outlives WeChat's retries. A reply
that is recorded when no request can be answered with it any more is put among the parent's unread
ones in the same step (`app.state.unread`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Literal, cast

import msgspec

from app.state import scripts
from app.state.keys import (
    CHANNEL,
    FINISHED_TTL_S,
    LEASE_S,
    LOCK_TTL_S,
    MAX_WAITERS,
    QUEUE_TTL_S,
    RATE_WINDOW_S,
    UNREAD_CAP,
    UNREAD_RIPE_S,
    UNREAD_TTL_S,
    WAITER_LEASE_S,
    ConversationKeys,
    Keyspace,
    ticket,
)
from app.state.passage import Passage, Place
from app.state.recorded import Finished
from app.state.signals import wait_for_signal
from app.state.store import Argument, Store

ClaimState = Literal["first", "running", "finished"]

_AWAITED_S = 4.5

ACQUIRE_ARGUMENTS: tuple[Argument, ...] = (
    LOCK_TTL_S * 1000,
    WAITER_LEASE_S * 1000,
    QUEUE_TTL_S * 1000,
    MAX_WAITERS,
)
"""What follows the token where a script locks a conversation."""


class Claim(msgspec.Struct, frozen=True):
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


class DeliveryLedger:
    """The deliveries of all accounts.

    Args:
        store: Where they are.
        keyspace: Names their keys.
        lease_s: After so many seconds without `renew` a claim that was not finished is free.
        per_minute: Messages of one parent in a minute; 0: any number.
        passage: Shared with the conversations of the same process; None: nothing is shared.
        new_token: Source of unique names for claims.
    """

    def __init__(
        self,
        store: Store,
        keyspace: Keyspace,
        *,
        lease_s: float = LEASE_S,
        per_minute: int = 0,
        passage: Passage | None = None,
        new_token: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        self._store = store
        self._keyspace = keyspace
        self._lease_ms = round(lease_s * 1000)
        self._per_minute = per_minute
        self._passage = passage
        self._new_token = new_token

    async def claim(
        self,
        account: str,
        user: str,
        key: str,
        *,
        token: str = "",
        awaited_s: float = _AWAITED_S,
        opens: bool = False,
    ) -> Claim:
        """Say who answers the delivery `key`; one caller gets `first`. One round trip.

        Args:
            account: Whom the message is for.
            user: OpenID.
            key: The delivery key.
            token: Names the claim for `renew`; claims with the same token count as one attempt.
            awaited_s: How long the caller can still answer its request, in seconds.
            opens: Whether who is `first` opens the conversation next: then it is locked in the
                same step, for `Conversations.open` with this delivery; else call `give_up`.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys, name = self._keyspace.conversation(account, user), ticket(key)
        entry, token = keys.ticketed(name), token or self._new_token()
        names = [entry, keys.deliveries, keys.unread, keys.rate]
        args: list[Argument] = [
            name,
            token,
            self._lease_ms,
            FINISHED_TTL_S * 1000,
            round(awaited_s * 1000),
            self._per_minute,
            RATE_WINDOW_S * 1000,
        ]
        place = self._passage.ask(entry, token) if opens and self._passage else None
        if place is not None:
            names += [keys.lock, keys.queue, keys.leases, keys.session]
            args += [place.token, *ACQUIRE_ARGUMENTS]
        answer = await self._store.run(scripts.CLAIM, names, args)
        state, reply, attempts, unread, excess = answer[:5]
        if place is not None:
            self._placed(entry, place, answer[5] if len(answer) > 5 else None)
        return Claim(_STATES[state], reply.decode(), attempts, unread, excess)

    def _placed(self, entry: str, place: Place, answer: Sequence[Any] | None) -> None:
        """Note what `scripts.ACQUIRE` answered; None where there was nothing to open."""
        if answer is None:
            cast("Passage", self._passage).take_place(entry)
            return
        place.verdict, *raw = answer
        place.raw = raw[0] if raw else None
        place.answered_at = monotonic()

    def holds(self, account: str, user: str, key: str) -> bool:
        """Tell whether the conversation was locked with the claim and nobody opened it."""
        entry = self._keyspace.conversation(account, user).delivery(key)
        return self._passage is not None and self._passage.has_place(entry)

    async def give_up(self, account: str, user: str, key: str) -> None:
        """Leave the conversation that was locked with the claim, if nobody opened it.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        keys = self._keyspace.conversation(account, user)
        place = self._passage.take_place(keys.delivery(key)) if self._passage else None
        if place is not None and place.verdict is not None:
            await self._store.run(
                scripts.LEAVE, [keys.lock, keys.queue, keys.leases], [place.token, CHANNEL]
            )

    def recorded(self, account: str, user: str, key: str, reply: str) -> Finished | None:
        """Return what was recorded together with the session, once; None: use `finish`."""
        if self._passage is None:
            return None
        entry = self._keyspace.conversation(account, user).delivery(key)
        return self._passage.take_recorded(entry, reply)

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
        entry = keys.delivery(key)
        recorded, kept, attempts = await self._store.run(
            scripts.FINISH,
            [entry, keys.deliveries, keys.unread],
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
        until = monotonic() + timeout_s
        with self._store.signals.expect(entry) as woken:
            while True:
                state, reply, kept = await self._store.run(scripts.LOOK, [entry], [])
                if state == b"finished":
                    return Finished(reply.decode(), bool(kept))
                if state == b"free" or monotonic() >= until:
                    return None
                await wait_for_signal(woken, until - monotonic())

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
