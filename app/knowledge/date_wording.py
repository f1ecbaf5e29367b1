"""Days and spans as parents read them: 今天（12月16日周二）, 2026年1月5日（周一）."""

from __future__ import annotations

from datetime import date, time

from app.domain.calendar import Span
from app.knowledge.workdays import Workdays

_WEEKDAYS = "一二三四五六日"
_NEAR = {-2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天"}


def day_text(day: date, today: date) -> str:
    """Return a day with its weekday; with the year where it is not this one."""
    return f"{plain_day(day, today)}（周{_WEEKDAYS[day.weekday()]}）"


def plain_day(day: date, today: date | None = None) -> str:
    """Return a day without its weekday; the year is left out where it is that of `today`."""
    year = "" if today and day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def span_text(span: Span, today: date | None = None) -> str:
    """Return first and last day; one day alone where they are the same."""
    first = plain_day(span.first, today)
    if span.first == span.last:
        return first
    return f"{first}至{plain_day(span.last, span.first)}"


def when_text(span: Span, today: date, table: Workdays, said: str = "", clock: str = "") -> str:
    """Return what was asked about: 明天（12月17日周三）20:00, 周末（12月13日至12月14日）."""
    if span.first != span.last:
        dates = span_text(span, today)
        return f"{said}（{dates}）" if said and not said[0].isdigit() else dates
    day = span.first
    weekday = f"周{_WEEKDAYS[day.weekday()]}{_note(day, table)}"
    near = _NEAR.get((day - today).days)
    if near:
        return f"{near}（{plain_day(day, today)}{weekday}）{clock}"
    return f"{plain_day(day, today)}（{weekday}）{clock}"


def time_text(at: time | None) -> str:
    """Return hours and minutes, or nothing."""
    return f"{at:%H:%M}" if at else ""


def month_text(day: date) -> str:
    """Return the month of a day, without its year."""
    return f"{day.month}月"


def _note(day: date, table: Workdays) -> str:
    """Return what the weekday hides: a holiday, or a weekend day that is worked."""
    if table.is_make_up_day(day):
        return "，调休上班"
    return "，放假" if table.is_holiday(day) and day.weekday() < 5 else ""
