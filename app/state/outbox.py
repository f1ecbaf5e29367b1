"""The quota ledger: how many customer-service messages a parent may get, and so how a reply goes.

The platform counts for itself and says 45047 or 45015 only afterwards; this ledger keeps us from
asking. It is careful where the documents are silent: a message counts against every window that
is open. It stores no text: late replies are kept by the ledger of deliveries.
"""

from __future__ import annotations

from collections.abc import Callable

from app.domain.channels import ALLOWANCES, Channel, Trigger
from app.state import window_scripts
from app.state.keys import Keyspace
from app.state.store import Store


class Outbox:
    """The windows of all users of all accounts, shared by all replicas.

    Args:
        store: Where they are.
        keyspace: Names their keys.
        may_push: Tells whether an account may send customer-service messages at all.
    """

    def __init__(self, store: Store, keyspace: Keyspace, may_push: Callable[[str], bool]) -> None:
        self._store = store
        self._keyspace = keyspace
        self._may_push = may_push

    async def opened(self, account: str, user: str, trigger: Trigger) -> None:
        """Note what the user did; it opens a window anew. Idempotent, one round trip.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        allowance = ALLOWANCES[trigger]
        await self._store.run(
            window_scripts.OPEN_WINDOW,
            [self._key(account, user)],
            [trigger.value, allowance.messages, allowance.valid_s * 1000],
        )

    async def left(self, account: str, user: str) -> int:
        """Return how many messages may still be sent now.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        return int(
            await self._store.run(window_scripts.WINDOW_LEFT, [self._key(account, user)], [])
        )

    async def take(self, account: str, user: str, messages: int = 1) -> bool:
        """Reserve so many messages, all or none; False where fewer are left. Atomic.

        Take before sending, and give nothing back where nobody knows whether it arrived.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        taken = await self._store.run(
            window_scripts.TAKE_MESSAGES, [self._key(account, user)], [messages]
        )
        return bool(taken)

    async def give_back(self, account: str, user: str, messages: int = 1) -> None:
        """Undo a reservation that certainly was not used.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        caps = [str(v) for t in Trigger for v in (t.value, ALLOWANCES[t].messages)]
        await self._store.run(
            window_scripts.RETURN_MESSAGES, [self._key(account, user)], [messages, *caps]
        )

    async def closed(self, account: str, user: str) -> None:
        """Note that the platform refuses (45015, 45047, not a follower): nothing may be sent.

        Holds until the user does something.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        await self._store.run(window_scripts.CLOSE_WINDOWS, [self._key(account, user)], [])

    async def channel(
        self, account: str, user: str, *, callback_open: bool, is_ready: bool, messages: int = 1
    ) -> Channel:
        """Choose how a reply reaches the parent. Nothing is reserved for passive ways.

        Args:
            account: Our id of the account.
            user: OpenID.
            callback_open: Whether WeChat still waits for the answer to a request.
            is_ready: Whether the reply is there; a callback can carry it only then.
            messages: How many customer-service messages the reply needs.

        Returns:
            PASSIVE: put the reply into the callback's answer.
            CUSTOMER_SERVICE: the messages are reserved; push them now or when ready.
            VIEW_REPLY: answer the callback with the line that fetches the reply.
            NEXT_VISIT: keep the reply until the parent writes again.

        Raises:
            StateUnavailableError: Redis does not answer, and nobody knows the quota.
        """
        if callback_open and is_ready:
            return Channel.PASSIVE
        if self._may_push(account) and await self.take(account, user, messages):
            return Channel.CUSTOMER_SERVICE
        return Channel.VIEW_REPLY if callback_open else Channel.NEXT_VISIT

    def _key(self, account: str, user: str) -> str:
        return self._keyspace.conversation(account, user).windows
