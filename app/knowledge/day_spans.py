"""Days that words mean on a given day: the part of a month, the next 15th, a week, a bound.

Spans only, no text: `date_words` knows the words.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from app.domain.calendar import Span

_PARTS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "中": (10, 20), "初": (1, 5)}
_ENDS = {"底", "末"}
_MONTH_END_DAYS = 5
_OPEN_END_DAYS = 13
"""How far “after” a day reaches where no month bounds it."""
_DAY = timedelta(days=1)


def month_days(year: int, month: int, first: int = 1, last: int = 31) -> Span:
    """Return days of a month, cut to its length; `month` may lie outside 1–12."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    length = calendar.monthrange(year, month)[1]
    return Span(date(year, month, min(first, length)), date(year, month, min(last, length)))


def existing(year: int, month: int, day: int) -> date | None:
    """Return the date, None for 31 June or month 13."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def nearest_year(today: date, month: int, day: int) -> int:
    """Return the year that brings a date without a year nearest.

    A date behind counts double: “12月20号” asked in October lies ahead, asked on 21 December
    it was yesterday.
    """
    away = {
        year: (month_days(year, month, day).first - today).days
        for year in range(today.year - 1, today.year + 2)
    }
    return min(away, key=lambda year: away[year] if away[year] >= 0 else -2 * away[year])


def upcoming(today: date, day: int) -> date | None:
    """Return the next date with this day of the month, today included."""
    for ahead in range(13):
        first = month_days(today.year, today.month + ahead).first
        found = existing(first.year, first.month, day)
        if found and found >= today:
            return found
    return None


def month_part(year: int, month: int, part: str, today: date) -> Span:
    """Return 底, 初, 中旬 … of a month; without a part all of it, the current one from today."""
    whole = month_days(year, month)
    if part in _ENDS:
        return Span(whole.last - (_MONTH_END_DAYS - 1) * _DAY, whole.last)
    if part:
        return month_days(year, month, *_PARTS[part])
    return Span(today, whole.last) if today in whole else whole


def upcoming_part(today: date, part: str) -> Span:
    """Return this month's part, the next month's where it is over."""
    span = month_part(today.year, today.month, part, today)
    return span if span.last >= today else month_part(today.year, today.month + 1, part, today)


def week_of(today: date, ahead: int) -> Span:
    """Return Monday to Sunday, `ahead` weeks from today's."""
    monday = today + (7 * ahead - today.weekday()) * _DAY
    return Span(monday, monday + 6 * _DAY)


def year_before(span: Span) -> Span:
    """Return the same days a year earlier; 29 February becomes the 28th."""
    first, last = span.first, span.last
    return Span(
        month_days(first.year - 1, first.month, first.day).first,
        month_days(last.year - 1, last.month, last.day).first,
    )


def before(span: Span, today: date, part: str = "") -> Span:
    """Return the days from today until before the span; 月底之前 includes the 月底."""
    last = span.last if part in _ENDS else span.first - _DAY
    return Span(min(today, last), last) if last >= today else Span(today, today)


def after(span: Span, *, within_month: bool = False) -> Span:
    """Return the days after the span: two weeks, or to the end of the month."""
    first = span.last + _DAY
    return Span(
        first,
        month_days(first.year, first.month).last if within_month else first + _OPEN_END_DAYS * _DAY,
    )


def after_holiday(span: Span) -> Span:
    """Return the days after a holiday: 年后 and 元旦以后 reach to the end of the next month."""
    first = span.last + _DAY
    return Span(first, month_days(first.year, first.month + 1).last)


def after_day(today: date, day: int) -> Span | None:
    """Return the rest of the month after its `day`: of this one where that is behind today."""
    this = existing(today.year, today.month, day)
    if this and this <= today:
        rest = month_days(today.year, today.month).last
        return Span(max(today, this + _DAY), rest) if this < rest else None
    found = upcoming(today, day)
    return after(Span(found, found), within_month=True) if found else None
