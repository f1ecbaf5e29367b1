"""The delivery ledger: WeChat may push a message three times, it is answered once.

Every delivery is first, running or finished. An entry that runs expires soon, so that a retry
takes over from a process that died; a finished one outlives WeChat's retries.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from app.state import scripts
from app.state.keys import CHANNEL, FINISHED_TTL_S, RUNNING_TTL_S, Keyspace
from app.state.signals import wait_for_signal
from app.state.store import Store, store_errors

ClaimState = Literal["first", "running", "finished"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What the ledger knows about a delivery."""

    state: ClaimState
    """`first`: the caller answers. `running`: another does. `finished`: see `reply`."""
    reply: str = ""
    """The recorded reply, when finished; empty where nothing was sent."""


class DeliveryLedger:
    """The deliveries of all accounts.

    Args:
        store: Where they are.
        keyspace: Names their keys.
        running_s: After so many seconds a claim that was not finished is free again; longer than
            a turn may take.
        new_token: Source of unique names for claims.
    """

    def __init__(
        self,
        store: Store,
        keyspace: Keyspace,
        *,
        running_s: float = RUNNING_TTL_S,
        new_token: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        self._store = store
        self._keyspace = keyspace
        self._running_ms = round(running_s * 1000)
        self._new_token = new_token

    async def claim(self, account: str, user: str, key: str) -> Claim:
        """Say who answers the delivery `key`; one caller gets `first`. One round trip.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        entry, index = self._names(account, user, key)
        state, *reply = await self._store.run(
            scripts.CLAIM,
            [entry, index],
            [entry, self._new_token(), self._running_ms, FINISHED_TTL_S * 1000],
        )
        return Claim(_STATES[state], reply[0].decode() if reply else "")

    async def finish(self, account: str, user: str, key: str, reply: str) -> None:
        """Record the reply and wake those who wait. A reply that is already there stays.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        entry, index = self._names(account, user, key)
        await self._store.run(
            scripts.FINISH, [entry, index], [entry, reply, FINISHED_TTL_S * 1000, CHANNEL]
        )

    async def wait(self, account: str, user: str, key: str, timeout_s: float) -> str | None:
        """Return the reply as soon as it is recorded.

        None after `timeout_s` seconds, or earlier where nobody answers the delivery any more: its
        claim expired or was never made. Then the caller may claim it.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        entry, _ = self._names(account, user, key)
        clock = asyncio.get_running_loop().time
        until = clock() + timeout_s
        with self._store.signals.expect(entry) as woken:
            while True:
                with store_errors():
                    values = await self._store.client.hmget(entry, ["state", "reply"])
                state, reply = cast("list[bytes | None]", values)
                if state == b"finished":
                    return (reply or b"").decode()
                if state is None or clock() >= until:
                    return None
                await wait_for_signal(woken, until - clock())

    def _names(self, account: str, user: str, key: str) -> tuple[str, str]:
        keys = self._keyspace.conversation(account, user)
        return keys.delivery(key), keys.deliveries


_STATES: dict[bytes, ClaimState] = {
    b"first": "first",
    b"running": "running",
    b"finished": "finished",
}
