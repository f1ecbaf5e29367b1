"""Replies that came too late for every request, until the parent gets them in another way.

A reply is handed to exactly one taker: a tap on 查看回复, the parent's next message, or a
customer-service message. The taker's name is kept, so that a retry of it gets the same again.
"""

from __future__ import annotations

from app.state import scripts
from app.state.keys import FINISHED_TTL_S, Keyspace, ticket
from app.state.store import Store

ANY_RIPE = ""
"""The oldest that WeChat's retries will not fetch any more."""
ANY = "*"
"""The oldest."""


class UnreadReplies:
    """The unread replies of all parents.

    Args:
        store: Where they are.
        keyspace: Names their keys.
    """

    def __init__(self, store: Store, keyspace: Keyspace) -> None:
        self._store = store
        self._keyspace = keyspace

    def ticket(self, key: str) -> str:
        """Return the ticket of a delivery key."""
        return ticket(key)

    async def take(self, account: str, user: str, *, by: str, which: str = ANY_RIPE) -> str | None:
        """Hand one reply to `by`; None where there is none. One round trip.

        Args:
            account: The account's id.
            user: OpenID.
            by: Names the taker, not empty; the same name gets the same reply again.
            which: A ticket, `ANY` or `ANY_RIPE`.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        unread = self._keyspace.conversation(account, user).unread
        found = await self._store.run(
            scripts.TAKE, [unread], [ticket(by), which, FINISHED_TTL_S * 1000]
        )
        return found[1].decode() if found else None

    async def give_back(self, account: str, user: str, *, by: str) -> None:
        """Undo `take`: it could not be shown.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        unread = self._keyspace.conversation(account, user).unread
        await self._store.run(scripts.GIVE_BACK, [unread], [ticket(by)])
