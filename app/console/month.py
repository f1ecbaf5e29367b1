"""A month of a region's policy calendar: what every day is, worked out without any page."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.domain.calendar import (
    Calendar,
    DeadlineWindow,
    DebitDaysWindow,
    LockWindow,
    MonthEndsWindow,
    MonthlyWindow,
    PeriodWindow,
    PhasesWindow,
    Window,
)
from app.knowledge.calendar import window_lines
from app.knowledge.debits import debits
from app.knowledge.view import View
from app.knowledge.workdays import Workdays

_DAY = timedelta(days=1)
_AT = time(10)
"""Time of day for which the page says what the bot says."""


class MarkKind(StrEnum):
    """What a day is to a window; the values name styles."""

    OPEN = "open"
    DEBIT = "debit"
    LOCKED = "locked"
    STARTS = "starts"


@dataclass(frozen=True, slots=True)
class Mark:
    """One window on one day."""

    kind: MarkKind
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day with what falls on it."""

    day: date
    rest: str
    """`休` on a holiday, `班` on a worked weekend day, else empty."""
    is_workday: bool
    marks: tuple[Mark, ...]


def month_of(calendar: Calendar, first: date) -> tuple[Day, ...]:
    """Return the days of the month that begins on `first`."""
    table = Workdays()
    found: dict[date, list[Mark]] = {}
    for window in calendar.windows.values():
        for day, mark in _marks(calendar, window, first):
            found.setdefault(day, []).append(mark)
    length = monthrange(first.year, first.month)[1]
    days = [first + timedelta(days=n) for n in range(length)]
    often = Counter(mark for day in days for mark in found.get(day, ()))

    def rarest_first(day: date) -> tuple[Mark, ...]:
        """A single day says more about a month than what is open all through it."""
        return tuple(sorted(found.get(day, ()), key=lambda mark: often[mark]))

    return tuple(Day(d, _rest(table, d), table.is_workday(d), rarest_first(d)) for d in days)


def said_on(calendar: Calendar, day: date) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return title and lines of every window as the bot would say them at ten on that day."""
    now = datetime.combine(day, _AT)
    answers = (
        (w.title, window_lines(calendar, (w.id,), "", now)) for w in calendar.windows.values()
    )
    return tuple((title, lines) for title, lines in answers if lines)


def _rest(table: Workdays, day: date) -> str:
    if table.is_make_up_day(day):
        return "班"
    return "休" if table.is_holiday(day) and not table.is_workday(day) else ""


def _marks(calendar: Calendar, window: Window, first: date) -> Iterator[tuple[date, Mark]]:
    """Yield the days of a window and what they are; for a lock only those near the month."""
    title = window.title
    match window:
        case MonthlyWindow():
            for span in window.spans:
                for day in span.days():
                    if day.day not in window.except_days:
                        yield day, Mark(MarkKind.OPEN, title)
        case PeriodWindow():
            yield from ((day, Mark(MarkKind.OPEN, title)) for day in window.span.days())
        case DeadlineWindow():
            day = window.first
            while day < window.before:
                yield day, Mark(MarkKind.OPEN, title)
                day += _DAY
        case DebitDaysWindow():
            for debit in debits(window, View(calendar, datetime.combine(first, _AT))):
                yield debit.moved, Mark(MarkKind.DEBIT, title)
        case MonthEndsWindow():
            yield from ((day, Mark(MarkKind.DEBIT, title)) for day in window.days)
        case LockWindow():
            for month in window.months:
                for number in range(window.locked[0], window.locked[1] + 1):
                    if number <= monthrange(month.year, month.month)[1]:
                        yield month.replace(day=number), Mark(MarkKind.LOCKED, title)
        case PhasesWindow():
            yield from ((day, Mark(MarkKind.STARTS, title)) for day in window.firsts)
