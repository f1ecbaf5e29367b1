"""`yibao console` with made-up numbers: `python -m tests.e2e.console_with_numbers console …`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from app.__main__ import main
from app.cli import console_wiring
from app.console.application import Desks
from app.dialogue.assistant import Assistant
from app.domain.turn import Decision
from app.settings import Settings

_OPEN = console_wiring.open_desks
WEIRD_TOPIC = "<img src=x onerror=alert(1)>"
"""A topic that no content has any more; it must be shown as it is."""


@dataclass(frozen=True, slots=True)
class MadeUpDay:
    """A day as `app.console.statistics.DayStats` wants it."""

    day: date
    messages: int = 0
    decisions: Mapping[str, int] = field(default_factory=dict)
    topics: Mapping[str, int] = field(default_factory=dict)
    hours: tuple[int, ...] = (0,) * 24
    p95_ms: float | None = None
    handoffs: int = 0
    unsolved: int = 0


class MadeUp:
    """Counts made up for every day but each seventh."""

    async def days(self, account: str | None, first: date, last: date) -> Sequence[MadeUpDay]:
        """Return them; fewer for one account."""
        found = []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if day.toordinal() % 7:
                found.append(_made_up(day, 100 if account is None else 40))
        return found


def _made_up(day: date, base: int) -> MadeUpDay:
    asked = base + day.toordinal() * 37 % 60
    return MadeUpDay(
        day,
        asked,
        {
            Decision.ANSWER: asked - 22,
            Decision.CLARIFY: 12,
            Decision.FALLBACK: 6,
            Decision.SMALLTALK: 4,
        },
        {"payment_window": asked // 3, "fee_standard": asked // 4, WEIRD_TOPIC: 3},
        tuple(asked // 24 if 7 < hour < 22 else 0 for hour in range(24)),
        180.0 + asked,
        handoffs=3,
        unsolved=2,
    )


@asynccontextmanager
async def _open(settings: Settings, assistant: Callable[[], Assistant]) -> AsyncIterator[Desks]:
    async with _OPEN(settings, assistant) as desks:
        yield replace(desks, state=replace(desks.state, statistics=MadeUp()))


if __name__ == "__main__":
    console_wiring.open_desks = _open
    main()
