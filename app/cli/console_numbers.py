"""The day counters as the console's overview wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.state.statistics import Statistics

_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one account or of all together; see `app.console.statistics.DayStats`."""

    day: date
    messages: int
    decisions: Mapping[str, int]
    topics: Mapping[str, int]
    hours: tuple[int, ...]
    p95_ms: float | None
    handoffs: int
    unsolved: int


class DayNumbers:
    """Adds the accounts up.

    Args:
        statistics: The counters.
        accounts: Returns the accounts that are served.
    """

    def __init__(self, statistics: Statistics, accounts: Callable[[], Collection[str]]) -> None:
        self._statistics = statistics
        self._accounts = accounts

    async def days(self, account: str | None, first: date, last: date) -> Sequence[Day]:
        """Return the days that have something, in order; None: all accounts together.

        Raises:
            StateUnavailableError: The store does not answer.
        """
        sums: dict[date, Counter[str]] = {}
        for name in [account] if account else self._accounts():
            for day in await self._statistics.days(name, first, last):
                if day.counts:
                    sums.setdefault(day.day, Counter()).update(day.counts)
        return [_day(day, sums[day]) for day in sorted(sums)]


def _day(day: date, counts: Counter[str]) -> Day:
    hours = _family(counts, "hour")
    return Day(
        day=day,
        messages=counts["messages"],
        decisions=_family(counts, "decision"),
        topics=_family(counts, "topic"),
        hours=tuple(hours.get(f"{hour:02d}", 0) for hour in range(24)),
        p95_ms=_p95(_family(counts, "latency")),
        handoffs=counts["handoff"],
        unsolved=counts["unsolved"],
    )


def _family(counts: Mapping[str, int], kind: str) -> dict[str, int]:
    prefix = f"{kind}:"
    return {n.removeprefix(prefix): c for n, c in counts.items() if n.startswith(prefix)}


def _p95(buckets: Mapping[str, int]) -> float | None:
    """Return the lower bound of the bucket in which 95 of 100 replies are through."""
    total, seen = sum(buckets.values()), 0
    for bound in sorted(buckets, key=float):
        seen += buckets[bound]
        if seen >= _SHARE * total:
            return float(bound)
    return None
