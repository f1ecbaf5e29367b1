"""`yibao console` with the numbers of pictures; run as `tests.e2e.console_with_numbers` is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta

from app.__main__ import main
from app.cli import console_wiring
from app.console.application import Desks
from app.dialogue.assistant import Assistant
from app.domain.turn import Decision
from app.settings import Settings
from tests.e2e.console_with_numbers import MadeUpDay

_OPEN = console_wiring.open_desks
_TOPICS = ("payment_window", "fee_standard", "payment_arrival_delay", "temporary_card")
_HOURS = (0, 0, 0, 0, 0, 0, 1, 4, 9, 14, 15, 11, 7, 6, 9, 12, 11, 8, 6, 9, 13, 11, 5, 2)
"""How 153 messages fall on a day."""


class PicturedNumbers:
    """Counts that rise and fall with the week."""

    async def days(self, account: str | None, first: date, last: date) -> Sequence[MadeUpDay]:
        """Return the days; fewer messages for one account."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [_day(day, 1 if account is None else 2) for day in days]


def _day(day: date, share: int) -> MadeUpDay:
    asked = (153 - 14 * day.weekday() + day.toordinal() * 37 % 23) // share
    missed = asked // 24
    return MadeUpDay(
        day,
        asked,
        {
            Decision.ANSWER: asked - missed - asked // 9,
            Decision.CLARIFY: asked // 13,
            Decision.FALLBACK: missed,
            Decision.SMALLTALK: asked // 30,
        },
        {topic: asked // (4 + 2 * n) for n, topic in enumerate(_TOPICS)},
        tuple(count * asked // 153 for count in _HOURS),
        180.0 + asked,
        handoffs=asked // 40,
        unsolved=asked // 50,
    )


@asynccontextmanager
async def _open(settings: Settings, assistant: Callable[[], Assistant]) -> AsyncIterator[Desks]:
    async with _OPEN(settings, assistant) as desks:
        yield replace(desks, state=replace(desks.state, statistics=PicturedNumbers()))


if __name__ == "__main__":
    console_wiring.open_desks = _open
    main()
