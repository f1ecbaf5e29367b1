"""When people answer: open now, and when next. Holidays and worked weekends by the calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from app.domain.service_hours import OpenOn, ServiceHours, Shift
from app.knowledge.date_wording import plain_day
from app.knowledge.workdays import Workdays

_LOOK_AHEAD_DAYS = 60
"""Longer than any holiday; beyond it the operators have closed for good."""
_WEEKDAYS = (
    OpenOn.MONDAY,
    OpenOn.TUESDAY,
    OpenOn.WEDNESDAY,
    OpenOn.THURSDAY,
    OpenOn.FRIDAY,
    OpenOn.SATURDAY,
    OpenOn.SUNDAY,
)
_NEAR = ("今天", "明天", "后天")
_NAMES = "一二三四五六日"


def is_open(hours: ServiceHours, now: datetime) -> bool:
    """Say whether people answer at `now` (Asia/Shanghai)."""
    at = now.time()
    return any(begin <= at < end for begin, end in _times(hours, now.date()))


def next_opening(hours: ServiceHours, now: datetime) -> datetime | None:
    """Return the first moment from `now` on at which service begins; None within 60 days none."""
    for ahead in range(_LOOK_AHEAD_DAYS + 1):
        day = now.date() + timedelta(days=ahead)
        for begin, _ in _times(hours, day):
            opening = datetime.combine(day, begin, now.tzinfo)
            if opening >= now:
                return opening
    return None


def opening_text(opening: datetime, now: datetime) -> str:
    """Return a moment as parents read it: 明天（12月11日周四）09:00, 2026年1月4日（周日）09:00."""
    day, today = opening.date(), now.date()
    weekday = f"周{_NAMES[day.weekday()]}"
    ahead = (day - today).days
    if ahead < len(_NEAR):
        return f"{_NEAR[ahead]}（{plain_day(day, today)}{weekday}）{opening:%H:%M}"
    return f"{plain_day(day, today)}（{weekday}）{opening:%H:%M}"


def _times(hours: ServiceHours, day: date) -> list[tuple[time, time]]:
    if day in hours.closed:
        return []
    return sorted(span for shift in hours.shifts if _is_on(shift, day) for span in shift.times)


def _is_on(shift: Shift, day: date) -> bool:
    table = Workdays()
    if table.is_holiday(day):
        return OpenOn.HOLIDAY in shift.days
    if OpenOn.WORKDAY in shift.days and table.is_workday(day):
        return True
    return _WEEKDAYS[day.weekday()] in shift.days
