"""A month of the calendar: open days, debits moved past weekends, locks, holidays, what is said."""

from __future__ import annotations

from datetime import date

import pytest

from app.console.month import MarkKind, month_of, said_on
from app.domain.calendar import (
    Calendar,
    DeadlineWindow,
    DebitDaysWindow,
    LockWindow,
    MonthEndsWindow,
    MonthlyWindow,
    PeriodWindow,
    PhasesWindow,
    Span,
)

YEAR, MONTH = 2026, 2
FIRST = date(YEAR, MONTH, 1)


def day(number: int) -> date:
    return FIRST.replace(day=number)


CALENDAR = Calendar(
    {
        w.id: w
        for w in (
            PeriodWindow(
                id="enrol",
                title="参保",
                sources=(),
                span=Span(date(2025, 9, 1), day(28)),
                texts={"open": "到{end}", "over": "过了", "before": "还没到"},
            ),
            MonthlyWindow(
                id="pay",
                title="缴费",
                sources=(),
                spans=(Span(day(5), day(8)),),
                except_days=frozenset({7}),
                channels={},
            ),
            DebitDaysWindow(
                id="debit",
                title="扣款",
                sources=(),
                planned=(day(15),),
                shifts=True,
                deposit_workdays=2,
            ),
            DeadlineWindow(
                id="back",
                title="补缴",
                sources=(),
                first=day(2),
                before=day(4),
                pay_by="pay",
                pay=Span(day(5), day(8)),
            ),
            MonthEndsWindow(id="ends", title="划扣", sources=(), days=(day(28),)),
            PhasesWindow(id="phase", title="待遇", sources=(), firsts=(day(9),), paid_by="pay"),
            LockWindow(
                id="lock",
                title="锁定",
                sources=(),
                months=(FIRST,),
                locked=(10, 31),
                free=(1, 5),
                debit="debit",
                paid_by="pay",
            ),
        )
    }
)


@pytest.fixture(scope="module")
def marks() -> dict[int, dict[str, MarkKind]]:
    days = month_of(CALENDAR, FIRST)
    return {d.day.day: {m.words: m.kind for m in d.marks} for d in days}


def test_every_day_of_the_month_is_there(marks):
    assert list(marks) == list(range(1, 29))


@pytest.mark.parametrize(
    ("title", "days"),
    [
        ("参保", set(range(1, 29))),
        ("缴费", {5, 6, 8}),
        ("补缴", {2, 3}),
        ("划扣", {28}),
        ("待遇", {9}),
        ("锁定", set(range(10, 29))),
        ("扣款", {24}),  # the 15th and the days after it are the Spring Festival of 2026
    ],
)
def test_windows_fall_on_their_days(marks, title, days):
    assert {number for number, found in marks.items() if title in found} == days


def test_holidays_and_worked_weekends_are_told_apart():
    rest = {d.day.day: (d.rest, d.is_workday) for d in month_of(CALENDAR, FIRST)}
    assert rest[17] == ("休", False)
    assert rest[14] == ("班", True)
    assert rest[7] == ("", False)
    assert rest[9] == ("", True)


def test_the_rarest_mark_stands_first():
    (last,) = (d for d in month_of(CALENDAR, FIRST) if d.day == day(28))
    assert [m.words for m in last.marks] == ["划扣", "锁定", "参保"]
    assert {m.kind for m in last.marks} == {MarkKind.DEBIT, MarkKind.LOCKED, MarkKind.OPEN}


def test_what_the_bot_says_is_that_of_the_day():
    only = Calendar({"enrol": CALENDAR.windows["enrol"]})
    assert said_on(only, day(1)) == (("参保", ("到2月28日（周六）",)),)
    assert said_on(only, date(2026, 3, 1)) == (("参保", ("过了",)),)
    assert said_on(Calendar({}), day(1)) == ()
