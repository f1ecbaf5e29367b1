"""Days that parents name by the lunar calendar around the Spring Festival: 除夕, 初八, 正月十五."""

from __future__ import annotations

from datetime import date, timedelta

from app.domain.calendar import Span
from app.knowledge.day_spans import nearest_year

NEW_YEARS = {
    day.year: day
    for day in (
        date(2024, 2, 10),
        date(2025, 1, 29),
        date(2026, 2, 17),
        date(2027, 2, 6),
        date(2028, 1, 26),
        date(2029, 2, 13),
        date(2030, 2, 3),
    )
}
"""Solar date of 正月初一 by year. Source: 农历（GB/T 33661-2017 农历的编算和颁行）."""

_NUMERALS = {c: n for n, c in enumerate("一二三四五六七八九十", 1)}
_MONTH_DAYS = 29
"""A lunar month has 29 or 30 days; only what it surely has is read."""
_NEAR_AHEAD_DAYS = 60
_NEAR_BEHIND_DAYS = 15


def new_year_days(today: date, first: int, last: int) -> Span | None:
    """Return days counted from 正月初一, which is 1 (除夕 is 0), nearest to today.

    None where the table does not reach.
    """
    year = nearest_year(today, 2, 10)
    start = NEW_YEARS.get(year)
    if start is None:
        return None
    return Span(start + timedelta(days=first - 1), start + timedelta(days=last - 1))


def new_year_day(today: date, said: str) -> Span | None:
    """Return the day of the first month that a numeral names, e.g. 八 or 15; None: no such day."""
    number = int(said) if said.isdigit() else _NUMERALS.get(said, 0)
    if not 1 <= number <= _MONTH_DAYS:
        return None
    return new_year_days(today, number, number)


def is_near(today: date) -> bool:
    """Tell whether the Spring Festival is near, so that 初一 means a day and not a school year."""
    behind, ahead = timedelta(days=_NEAR_BEHIND_DAYS), timedelta(days=_NEAR_AHEAD_DAYS)
    return any(day - ahead <= today <= day + behind for day in NEW_YEARS.values())
