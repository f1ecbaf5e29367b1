"""Counters an account and day; what a bureau reports upward. No text, no user."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import cast

from app.domain.journal import DayStatistics
from app.state import journal_scripts
from app.state.keys import STATISTICS_FIELDS, STATISTICS_TTL_S, statistics_key
from app.state.store import Store, store_errors

_BATCH = 50


class Statistics:
    """The counters of all accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def count(self, account: str, day: date, amounts: Mapping[str, int]) -> None:
        """Add to the counters of a day. One round trip.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        pairs = [part for name, amount in amounts.items() for part in (name, amount)]
        if pairs:
            await self._store.run(
                journal_scripts.COUNT,
                [statistics_key(account, day)],
                [STATISTICS_FIELDS, STATISTICS_TTL_S, *pairs],
            )

    async def days(self, account: str, first: date, last: date) -> tuple[DayStatistics, ...]:
        """Return every day from `first` to `last`, both included; empty ones too.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        found: list[DayStatistics] = []
        for start in range(0, len(every), _BATCH):
            batch = every[start : start + _BATCH]
            with store_errors():
                async with self._store.client.pipeline(transaction=False) as pipe:
                    for day in batch:
                        pipe.hgetall(statistics_key(account, day))
                    rows = cast("list[dict[bytes, bytes]]", await pipe.execute())
            found += [_statistics(account, day, row) for day, row in zip(batch, rows, strict=True)]
        return tuple(found)


def _statistics(account: str, day: date, row: Mapping[bytes, bytes]) -> DayStatistics:
    return DayStatistics(account, day, {name.decode(): int(value) for name, value in row.items()})
