"""Who is to be reminded when: an index over the sessions, for accounts that may write first.

The reminders themselves are in the sessions. The index only says whose session to open; it may
name somebody who has nothing due (any more), never the other way round.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.errors import StateCorruptError
from app.state import scripts
from app.state.keys import REMINDED_TTL_S, reminders_key
from app.state.store import Store, store_errors

LEASE = timedelta(minutes=2)
"""How long a replica may take for those it was handed; then another one gets them."""


class ReminderIndex:
    """The index of all accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, account: str, user: str, at: datetime | None) -> None:
        """Say when the user's next reminder is due; None: there is none. One round trip.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        key = reminders_key(account)
        with store_errors():
            if at is None:
                await self._store.client.zrem(key, user)
                return
            async with self._store.client.pipeline(transaction=False) as pipe:
                pipe.zadd(key, {user: at.timestamp()})
                pipe.expire(key, REMINDED_TTL_S)
                await pipe.execute()

    async def drop(self, account: str, user: str) -> bool:
        """Take the user out of the index and say whether they were in it.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            return bool(await self._store.client.zrem(reminders_key(account), user))

    async def claim(self, account: str, now: datetime, limit: int = 50) -> tuple[str, ...]:
        """Return users who are due; nobody else gets them before `LEASE` is over.

        Raises:
            StateUnavailableError: Redis does not answer.
            StateCorruptError: A member is no text.
        """
        due = await self._store.run(
            scripts.CLAIM_REMINDERS,
            [reminders_key(account)],
            [int(now.timestamp()), int((now + LEASE).timestamp()), limit, REMINDED_TTL_S],
        )
        try:
            return tuple(user.decode() for user in due)
        except UnicodeDecodeError as exc:
            raise StateCorruptError("提醒名单里有读不懂的一项") from exc
