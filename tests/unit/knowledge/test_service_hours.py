"""Open or closed, and when next: by weekday, official holiday and worked weekend."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.service_hours import OpenOn, ServiceHours, Shift
from app.knowledge.service_hours import is_open, next_opening, opening_text
from app.settings import SHANGHAI

MORNING, AFTERNOON = (time(9), time(12)), (time(13, 30), time(17))
OFFICE = ServiceHours((Shift(frozenset({OpenOn.WORKDAY}), (MORNING, AFTERNOON)),))
WEEKEND = ServiceHours((Shift(frozenset({OpenOn.SATURDAY, OpenOn.SUNDAY}), (MORNING,)),))
HOLIDAY = ServiceHours((Shift(frozenset({OpenOn.HOLIDAY}), (MORNING,)),))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2025-12-10T08:59:59", False),
        ("2025-12-10T09:00", True),
        ("2025-12-10T11:59:59", True),
        ("2025-12-10T12:00", False),
        ("2025-12-10T13:30", True),
        ("2025-12-10T17:00", False),
        ("2025-12-13T10:00", False),  # Saturday
        ("2026-01-01T10:00", False),  # New Year, a Thursday
        ("2026-01-04T10:00", True),  # a Sunday that is worked
        ("2025-10-08T10:00", False),  # Mid-autumn and National Day
        ("2025-10-11T10:00", True),  # a Saturday that is worked
    ],
)
def test_office_hours(moment: str, opened: bool) -> None:
    assert is_open(OFFICE, at(moment)) is opened


def test_weekdays_do_not_count_on_holidays() -> None:
    assert is_open(WEEKEND, at("2025-12-13T10:00"))
    assert not is_open(WEEKEND, at("2026-01-03T10:00"))  # Saturday of New Year's holiday
    assert is_open(HOLIDAY, at("2026-01-03T10:00"))
    assert not is_open(HOLIDAY, at("2025-12-13T10:00"))


def test_single_days_may_be_closed() -> None:
    hours = ServiceHours(OFFICE.shifts, frozenset({date(2025, 12, 10)}))
    assert not is_open(hours, at("2025-12-10T10:00"))
    assert next_opening(hours, at("2025-12-10T10:00")) == at("2025-12-11T09:00")


@pytest.mark.parametrize(
    ("moment", "opening", "text"),
    [
        ("2025-12-10T07:00", "2025-12-10T09:00", "今天（12月10日周三）09:00"),
        ("2025-12-10T12:30", "2025-12-10T13:30", "今天（12月10日周三）13:30"),
        ("2025-12-10T20:00", "2025-12-11T09:00", "明天（12月11日周四）09:00"),
        ("2025-12-12T17:00", "2025-12-15T09:00", "12月15日（周一）09:00"),
        ("2025-12-31T17:00", "2026-01-04T09:00", "2026年1月4日（周日）09:00"),
        ("2026-02-13T18:00", "2026-02-14T09:00", "明天（2月14日周六）09:00"),  # worked
    ],
)
def test_when_service_begins_next(moment: str, opening: str, text: str) -> None:
    found = next_opening(OFFICE, at(moment))
    assert found == at(opening)
    assert opening_text(found, at(moment)) == text


def test_never_open() -> None:
    assert next_opening(ServiceHours(()), at("2025-12-10T10:00")) is None


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31))  # noqa: DTZ001 - given a zone below
)
def test_the_next_opening_is_open_and_the_first(moment: datetime) -> None:
    now = moment.replace(tzinfo=SHANGHAI)
    opening = next_opening(OFFICE, now)
    assert opening is not None
    assert opening >= now
    assert is_open(OFFICE, opening)
    assert not is_open(OFFICE, opening - timedelta(minutes=1))
