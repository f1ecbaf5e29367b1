"""Calendars for tests: every kind of window, texts that name their state and all their values."""

from __future__ import annotations

from datetime import date, datetime, time

from app.domain.calendar import (
    PHASE_NAMES,
    PLACEHOLDERS,
    Calendar,
    Channel,
    DeadlineWindow,
    DebitDaysWindow,
    LockWindow,
    MonthEndsWindow,
    MonthlyWindow,
    PeriodWindow,
    PhasesWindow,
    Span,
    WindowKind,
)
from app.knowledge.calendar import SHANGHAI
from app.knowledge.day_spans import month_days


def moment(text: str) -> datetime:
    """Read `2025-12-16T10:00` as a moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def telling(kind: WindowKind) -> dict[str, str]:
    """Return a text for each state: its name, then every value that it may use."""
    return {
        state: "|".join((f"<{state}>", *(f"{name}={{{name}}}" for name in sorted(names))))
        for state, names in PLACEHOLDERS[kind].items()
    }


def state_told(line: str) -> str:
    """Return the state that a line of such a text names."""
    return line.partition("<")[2].partition(">")[0]


def months(first: date, count: int) -> list[date]:
    """Return the first days of months in a row."""
    return [month_days(first.year, first.month + n).first for n in range(count)]


def whole_calendar(year: int, *, shifts: bool = True) -> Calendar:
    """Return a calendar like Beijing's, enrolment from 30 November of `year` on."""
    pay_months = months(date(year, 12, 1), 4)
    spans = tuple(Span(m.replace(day=5), m.replace(day=20)) for m in pay_months)
    counter = Channel("counter", "柜台", ("柜台",), "排号", True, time(15), time(14))
    app = Channel("app", "APP", ("app", "手机"), "15点前", True, time(15))
    online = Channel("online", "网上", ("网上", "手机"), "全天", unstated_days=frozenset({15}))
    kind = WindowKind
    windows = (
        PeriodWindow(
            id="enrolment",
            title="参保",
            sources=(),
            period="年度",
            texts=telling(kind.PERIODS),
            span=Span(date(year, 11, 30), month_days(year + 1, 2).last),
        ),
        MonthlyWindow(
            id="payment",
            title="缴费",
            sources=(),
            period="年度",
            texts=telling(kind.MONTHLY),
            spans=spans,
            except_days=frozenset({15}),
            channels={c.id: c for c in (counter, app, online)},
            after="enrolment",
        ),
        DeadlineWindow(
            id="back",
            title="补缴",
            sources=(),
            period="年度",
            texts=telling(kind.DEADLINES),
            first=date(year, 11, 30),
            before=date(year, 12, 29),
            pay_by="payment",
            pay=spans[1],
        ),
        DebitDaysWindow(
            id="debit",
            title="批扣",
            sources=(),
            period="年度",
            texts=telling(kind.DEBIT_DAYS),
            planned=(
                *(date(year, 12, day) for day in (15, 16, 17)),
                date(year + 1, 1, 15),
                date(year + 1, 2, 15),
            ),
            shifts=shifts,
            deposit_workdays=2,
        ),
        MonthEndsWindow(
            id="ends",
            title="划扣",
            sources=(),
            period="年度",
            texts=telling(kind.MONTH_ENDS),
            days=tuple(month_days(m.year, m.month).last for m in months(date(year, 11, 1), 5)),
        ),
        PhasesWindow(
            id="benefit",
            title="待遇",
            sources=(),
            period="年度",
            texts={
                **telling(kind.PHASES),
                **{
                    f"phase_{n}": "|".join((f"<phase_{n}>", *(f"{{{p}}}" for p in PHASE_NAMES)))
                    for n in (1, 2, 3)
                },
            },
            firsts=(date(year, 11, 30), date(year + 1, 1, 1), date(year + 1, 3, 1)),
            paid_by="payment",
        ),
        LockWindow(
            id="lock",
            title="锁定",
            sources=(),
            period="年度",
            texts=telling(kind.LOCKS),
            months=tuple(pay_months[:3]),
            locked=(13, 17),
            free=(18, 20),
            debit="debit",
            paid_by="payment",
        ),
    )
    return Calendar(
        {w.id: w for w in windows}, assumed="（{years}年按周一至周五推算）", file="north.yml"
    )
