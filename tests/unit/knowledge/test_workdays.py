"""Working days by the official arrangement, and Monday to Friday where there is none yet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import Span
from app.knowledge.workdays import FIRST_YEAR, LAST_YEAR, Workdays, festival

UNKNOWN_YEAR = 2090


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 12, 12), True),  # Friday
        (date(2025, 12, 13), False),  # Saturday
        (date(2026, 1, 1), False),
        (date(2026, 1, 2), False),  # Friday, off
        (date(2026, 1, 4), True),  # Sunday, worked for it
        (date(2026, 2, 14), True),  # Saturday before the Spring Festival
        (date(2026, 2, 16), False),
        (date(2026, 2, 23), False),  # Monday, still off
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # Saturday, worked
    ],
)
def test_arrangement_of_the_winter(day: date, works: bool) -> None:
    table = Workdays()
    assert table.is_workday(day) is works
    assert table.unknown_years == set()


def test_make_up_days_and_holidays_are_told_apart() -> None:
    table = Workdays()
    assert table.is_make_up_day(date(2026, 2, 14))
    assert not table.is_make_up_day(date(2026, 2, 13))
    assert table.is_holiday(date(2026, 2, 16))
    assert not table.is_holiday(date(2025, 12, 13))


@pytest.mark.parametrize(
    ("planned", "moved"),
    [
        (date(2025, 12, 15), date(2025, 12, 15)),
        (date(2026, 1, 15), date(2026, 1, 15)),
        (date(2026, 2, 15), date(2026, 2, 24)),  # Spring Festival
        (date(2025, 10, 1), date(2025, 10, 9)),
        (date(2026, 1, 3), date(2026, 1, 4)),  # Saturday → Sunday that is worked
    ],
)
def test_moving_on(planned: date, moved: date) -> None:
    assert Workdays().on_or_after(planned) == moved


@pytest.mark.parametrize(
    ("debit", "deposit"),
    [
        (date(2025, 12, 15), date(2025, 12, 11)),  # over a weekend
        (date(2025, 12, 17), date(2025, 12, 15)),
        (date(2026, 1, 15), date(2026, 1, 13)),
        (date(2026, 2, 24), date(2026, 2, 13)),  # over the holiday, the 14th is worked
    ],
)
def test_two_working_days_ahead(debit: date, deposit: date) -> None:
    assert Workdays().before(debit, 2) == deposit


def test_unknown_year_counts_monday_to_friday_and_is_remembered() -> None:
    table = Workdays()
    monday = next(d for d in (date(UNKNOWN_YEAR, 5, n) for n in range(1, 8)) if d.weekday() == 0)
    assert [table.is_workday(monday + timedelta(days=n)) for n in range(7)] == [True] * 5 + [
        False
    ] * 2
    assert table.unknown_years == {UNKNOWN_YEAR}
    assert not table.is_holiday(date(UNKNOWN_YEAR, 10, 1))


def test_known_years_hold_this_calendar() -> None:
    assert FIRST_YEAR <= 2025
    assert LAST_YEAR >= 2026


@pytest.mark.parametrize(
    ("name", "today", "expected"),
    [
        ("元旦", date(2025, 12, 10), Span(date(2026, 1, 1), date(2026, 1, 3))),
        ("春节", date(2025, 12, 10), Span(date(2026, 2, 15), date(2026, 2, 23))),
        ("春节", date(2026, 2, 20), Span(date(2026, 2, 15), date(2026, 2, 23))),
        ("国庆", date(2025, 10, 8), Span(date(2025, 10, 1), date(2025, 10, 8))),
        ("国庆", date(2025, 10, 9), Span(date(2026, 10, 1), date(2026, 10, 7))),
        ("元旦", date(2023, 12, 31), Span(date(2023, 12, 30), date(2024, 1, 1))),
        ("国庆", date(2089, 11, 1), Span(date(2090, 10, 1), date(2090, 10, 7))),
        ("春节", date(2089, 11, 1), None),
    ],
)
def test_festivals(name: str, today: date, expected: Span | None) -> None:
    assert festival(name, today) == expected


@given(st.dates(date(1990, 1, 1), date(2099, 1, 1)), st.integers(1, 5))
@settings(deadline=None)
def test_ahead_and_moving_on_are_consistent(day: date, count: int) -> None:
    table = Workdays()
    ahead = table.before(day, count)
    assert ahead < day
    assert table.is_workday(ahead)
    between = Span(ahead, day - timedelta(days=1)).days()
    assert sum(table.is_workday(d) for d in between) == count
    moved = table.on_or_after(day)
    assert moved >= day
    assert table.is_workday(moved)
    assert (moved == day) is table.is_workday(day)


@given(
    st.sampled_from(["元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆"]),
    st.dates(date(2000, 1, 1), date(2099, 1, 1)),
)
@settings(deadline=None)
def test_a_festival_lies_ahead_or_is_on(name: str, today: date) -> None:
    span = festival(name, today)
    if span is not None:
        assert span.first <= span.last
        assert span.last >= today
        assert (span.first - today).days <= 2 * 366
