"""Working days in China: official holidays and make-up days (调休), by year.

The arrangement of a year is published late in the year before. For a year that the table lacks,
Monday to Friday count as working days, and the table remembers that it was asked, so that the
reply can say so.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

from app.domain.calendar import Span

_DAY = timedelta(days=1)
_SATURDAY = 5

FIRST_YEAR: int = min(chinese_calendar.holidays).year
LAST_YEAR: int = max(chinese_calendar.holidays).year
"""Years for which the official arrangement is known."""

_FESTIVALS: dict[str, tuple[chinese_calendar.Holiday, tuple[int, int, int] | None]] = {
    "元旦": (chinese_calendar.Holiday.new_years_day, (1, 1, 1)),
    "春节": (chinese_calendar.Holiday.spring_festival, None),
    "清明": (chinese_calendar.Holiday.tomb_sweeping_day, None),
    "劳动节": (chinese_calendar.Holiday.labour_day, (5, 1, 5)),
    "端午": (chinese_calendar.Holiday.dragon_boat_festival, None),
    "中秋": (chinese_calendar.Holiday.mid_autumn_festival, None),
    "国庆": (chinese_calendar.Holiday.national_day, (10, 1, 7)),
}
"""Name → holiday of the table, and month, first and last day where the solar date is fixed by law:
the fallback for a year that the table lacks. Source: 全国年节及纪念日放假办法."""


class Workdays:
    """The table, and which unknown years it was asked about. One object per reply."""

    def __init__(self) -> None:
        self.unknown_years: set[int] = set()

    def is_workday(self, day: date) -> bool:
        """Tell whether offices are open, make-up days included."""
        if is_known(day.year):
            is_open: bool = chinese_calendar.is_workday(day)
            return is_open
        self.unknown_years.add(day.year)
        return day.weekday() < _SATURDAY

    def is_holiday(self, day: date) -> bool:
        """Tell whether a weekday is off, or a weekend day belongs to an official holiday."""
        return is_known(day.year) and day in chinese_calendar.holidays

    def is_make_up_day(self, day: date) -> bool:
        """Tell whether a Saturday or Sunday is worked (调休上班)."""
        return day.weekday() >= _SATURDAY and self.is_workday(day)

    def on_or_after(self, day: date) -> date:
        """Return the first working day from `day` on: 顺延."""
        while not self.is_workday(day):
            day += _DAY
        return day

    def before(self, day: date, count: int) -> date:
        """Return the working day `count` working days ahead of `day`; `count` ≥ 1."""
        while count:
            day -= _DAY
            count -= self.is_workday(day)
        return day


def is_known(year: int) -> bool:
    """Tell whether the official arrangement of the year is in the table."""
    return FIRST_YEAR <= year <= LAST_YEAR


def festival(name: str, today: date) -> Span | None:
    """Return the days off around the festival that is on or comes next; None where unknown.

    Weekend days that touch the official ones belong to it: parents mean the whole holiday.
    """
    for year in (today.year, today.year + 1):
        span = _festival_of(name, year)
        if span is not None and span.last >= today:
            return span
    return None


def _festival_of(name: str, year: int) -> Span | None:
    holiday, fixed = _FESTIVALS[name]
    if not is_known(year):
        return Span(date(year, *fixed[:2]), date(year, fixed[0], fixed[2])) if fixed else None
    # New Year's holiday begins in the December before.
    first_day, last_day = date(year - 1, 12, 20), date(year, 12, 19)
    named = [
        day
        for day, its_name in chinese_calendar.holidays.items()
        if its_name == holiday.value and first_day <= day <= last_day
    ]
    if not named:
        return None
    first, last = min(named), max(named)
    while is_known((first - _DAY).year) and not chinese_calendar.is_workday(first - _DAY):
        first -= _DAY
    while is_known((last + _DAY).year) and not chinese_calendar.is_workday(last + _DAY):
        last += _DAY
    return Span(first, last)
