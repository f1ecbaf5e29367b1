"""Numbers that the overview shows: a port to whoever counts, and sums over days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from app.domain.turn import Decision

_ANSWERED = (Decision.ANSWER, Decision.FLOW, Decision.SMALLTALK, Decision.COMMAND, Decision.SAFETY)


class DayStats(Protocol):
    """What was counted on one day."""

    @property
    def day(self) -> date:
        """The day, Asia/Shanghai."""

    @property
    def messages(self) -> int:
        """Messages of parents."""

    @property
    def decisions(self) -> Mapping[str, int]:
        """Value of `Decision` → turns."""

    @property
    def topics(self) -> Mapping[str, int]:
        """Intent → times answered."""

    @property
    def hours(self) -> tuple[int, ...]:
        """Messages of each of the 24 hours."""

    @property
    def p95_ms(self) -> float | None:
        """95 of 100 replies took no longer, in milliseconds; None where nobody measured."""

    @property
    def handoffs(self) -> int:
        """Conversations handed to people."""

    @property
    def unsolved(self) -> int:
        """Replies that parents marked 没解决."""


class Statistics(Protocol):
    """Whoever counts."""

    async def days(self, account: str | None, first: date, last: date) -> Sequence[DayStats]:
        """Return the days that have something, in order; None: all accounts together.

        Raises:
            StateUnavailableError: The store does not answer.
        """


class NoStatistics:
    """Nobody counts: there is nothing on any day."""

    async def days(self, account: str | None, first: date, last: date) -> Sequence[DayStats]:
        """Return nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Several days together."""

    messages: int
    resolved: int
    """Turns that ended in an answer that nobody marked 没解决."""
    clarified: int
    refused: int
    handoffs: int
    unsolved: int
    p95_ms: float | None
    """Of the slowest day."""
    topics: tuple[tuple[str, int], ...]
    """Intent and count, most frequent first."""
    hours: tuple[int, ...]

    def share(self, count: int) -> str:
        """Return a part of the messages in words."""
        return f"{100 * count / self.messages:.0f}%" if self.messages else "—"


def summarise(days: Sequence[DayStats]) -> Summary:
    """Sum days up."""
    decisions: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    hours = [0] * 24
    for day in days:
        decisions.update(day.decisions)
        topics.update(day.topics)
        hours = [total + count for total, count in zip(hours, day.hours, strict=True)]
    unsolved = sum(day.unsolved for day in days)
    slow = [day.p95_ms for day in days if day.p95_ms is not None]
    return Summary(
        messages=sum(day.messages for day in days),
        resolved=max(0, sum(decisions[d] for d in _ANSWERED) - unsolved),
        clarified=decisions[Decision.CLARIFY],
        refused=decisions[Decision.FALLBACK],
        handoffs=sum(day.handoffs for day in days),
        unsolved=unsolved,
        p95_ms=max(slow, default=None),
        topics=tuple(topics.most_common()),
        hours=tuple(hours),
    )
