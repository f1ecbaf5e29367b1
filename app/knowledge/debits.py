"""Days on which money is collected, when it must be there, and what is locked meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.calendar import (
    DebitDaysWindow,
    LockWindow,
    MonthEndsWindow,
    MonthlyWindow,
    Span,
)
from app.knowledge.date_wording import day_text, plain_day, span_text, when_text
from app.knowledge.moments import Moment
from app.knowledge.payment_answers import last_values
from app.knowledge.payment_days import next_span, span_at, state_of
from app.knowledge.view import Finding, View

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Debit:
    """A planned debit and the day it really falls on."""

    planned: date
    moved: date


def debits(window: DebitDaysWindow, view: View) -> tuple[Debit, ...]:
    """Return the debits in order, moved past weekends and holidays where the window says so."""
    return tuple(
        Debit(day, view.table.on_or_after(day) if window.shifts else day) for day in window.planned
    )


def debit_findings(
    view: View, window: DebitDaysWindow, moment: Moment, *, was_it: bool = False
) -> tuple[Finding, ...]:
    """Return the next bank debit, by when the money must be there, and whether it was moved.

    `was_it`: it is asked whether money was taken already (扣过了吗): the last debit comes first.
    """
    today, every = view.today, debits(window, view)
    left = [debit for debit in every if debit.moved >= today]
    if not left:
        values = {"period": window.period, "last": plain_day(every[-1].moved)}
        return (Finding("over", values),)
    if was_it and left[0].moved != today:
        return (*_past(every, today), *_upcoming(view, window, left), *_moved(left[0], today))
    if _asks_of_today(moment, today):
        if left[0].moved != today:
            refusal = _not_today(view, moment)
            return (*refusal, *_upcoming(view, window, left), *_moved(left[0], today))
        when = {"when": _when(view, Span(today, today))}
        if len(left) == 1:
            return (Finding("today", when),)
        return (Finding("today_next", {**when, **_values(view, window, left[1:])}),)
    inside = [debit for debit in left if debit.moved in moment.span]
    if inside:
        when = {"when": span_text(_run(inside), today)}
        yes = Finding("asked_yes", {**when, **_values(view, window, inside)})
        return (yes, *_moved(inside[0], today))
    no = Finding("asked_no", {"when": _when(view, moment.span, moment.said)})
    return (no, *_upcoming(view, window, left), *_moved(left[0], today))


def _past(every: Sequence[Debit], today: date) -> tuple[Finding, ...]:
    """Return the debits of the last month that had one; nothing before the first."""
    behind = [debit for debit in every if debit.moved < today]
    if not behind:
        return ()
    month = behind[-1].moved.replace(day=1)
    run = _run([debit for debit in behind if debit.moved.replace(day=1) == month])
    return (Finding("past", {"past": span_text(run, today)}),)


def _upcoming(view: View, window: DebitDaysWindow, left: Sequence[Debit]) -> tuple[Finding, ...]:
    deposit = view.table.before(left[0].moved, window.deposit_workdays)
    state = "next" if deposit >= view.today else "next_late"
    return (Finding(state, _values(view, window, left)),)


def _values(view: View, window: DebitDaysWindow, left: Sequence[Debit]) -> dict[str, str]:
    run, today = _run(left), view.today
    one = run.first == run.last
    return {
        "next": day_text(run.first, today) if one else span_text(run, today),
        "deposit": day_text(view.table.before(run.first, window.deposit_workdays), today),
        "days_until": str((run.first - today).days),
    }


def _run(left: Sequence[Debit]) -> Span:
    """Return the first debit with those on the days right after it: 12月15日至12月17日."""
    last = left[0].moved
    for debit in left[1:]:
        if debit.moved > last + _DAY:
            break
        last = debit.moved
    return Span(left[0].moved, last)


def _moved(debit: Debit, today: date) -> tuple[Finding, ...]:
    if debit.planned == debit.moved:
        return ()
    values = {"planned": day_text(debit.planned, today), "moved": day_text(debit.moved, today)}
    return (Finding("shifted", values),)


def month_end_findings(view: View, window: MonthEndsWindow, moment: Moment) -> tuple[Finding, ...]:
    """Return the next debit at the end of a month."""
    today = view.today
    left = [day for day in window.days if day >= today]
    if not left:
        values = {"period": window.period, "last": plain_day(window.days[-1])}
        return (Finding("over", values),)
    upcoming = {
        "next": day_text(left[0], today),
        "days_until": str((left[0] - today).days),
        "remaining": str(len(left)),
    }
    day_off = () if view.table.is_workday(left[0]) else (Finding("day_off", upcoming),)
    if _asks_of_today(moment, today):
        if left[0] != today:
            return (*_not_today(view, moment), Finding("next", upcoming), *day_off)
        when = {"when": _when(view, Span(today, today))}
        if len(left) == 1:
            return (Finding("today", when), *day_off)
        return (Finding("today_next", {**when, "next": day_text(left[1], today)}), *day_off)
    inside = [day for day in left if day in moment.span]
    if inside:
        days = "、".join(day_text(day, today) for day in inside)
        return (Finding("asked_yes", {"when": days}),)
    no = Finding("asked_no", {"when": _when(view, moment.span, moment.said)})
    return (no, Finding("next", upcoming), *day_off)


def lock_findings(view: View, window: LockWindow, moment: Moment) -> tuple[Finding, ...]:
    """Return whether other channels may be used while the banks collect, and from when."""
    day = max(view.today, moment.span.first)
    pay = view.window(window.paid_by, MonthlyWindow)
    span, following = span_at(pay, day), next_span(pay, day)
    values = {"when": _when(view, Span(day, day)), **last_values(pay)}
    first = next(s for s in pay.spans if s.first.replace(day=1) in window.months)
    if day < first.first:
        return (Finding("before", {**values, **_next(view, first)}),)
    debit = _debit_of_month(view, window, day)
    if debit is not None and debit.moved == day and not _is_locked(window, day) and following:
        return (Finding("debit_day", {**values, **_next(view, following)}),)
    if span is not None and day.replace(day=1) in window.months:
        return (_inside(view, window, day, debit, values),)
    if span is not None and window.months[-1] < day.replace(day=1):
        free_end = plain_day(span.last, view.today)
        values |= {"open": _open(view, pay, day), "free_end": free_end}
        return (Finding("afterwards", values),)
    if following is None:
        return (Finding("over", values),)
    return (Finding("closed", {**values, **_next(view, following)}),)


def _next(view: View, span: Span) -> dict[str, str]:
    first, last = day_text(span.first, view.today), day_text(span.last, span.first)
    return {"next_start": first, "next_end": last}


def _inside(
    view: View, window: LockWindow, day: date, debit: Debit | None, values: dict[str, str]
) -> Finding:
    today = view.today
    if debit is not None and not _is_locked(window, debit.moved):
        moved = {"planned": day_text(debit.planned, today), "moved": day_text(debit.moved, today)}
        return Finding("shifted", {**values, **moved})
    for name, number in (
        ("lock_start", window.locked[0]),
        ("lock_end", window.locked[1]),
        ("free_start", window.free[0]),
        ("free_end", window.free[1]),
    ):
        values[name] = plain_day(day.replace(day=number), today)
    if day.day < window.locked[0]:
        return Finding("free", values)
    if day.day <= window.locked[1]:
        return Finding("locked", values)
    values["open"] = _open(view, view.window(window.paid_by, MonthlyWindow), day)
    return Finding("afterwards", values)


def _open(view: View, pay: MonthlyWindow, day: date) -> str:
    """Return the channels that work on the day."""
    at = view.now.time() if day == view.today else None
    state = state_of(pay, tuple(pay.channels.values()), day, at, view.table)
    return "、".join(channel.title for channel in state.open)


def _debit_of_month(view: View, window: LockWindow, day: date) -> Debit | None:
    """Return the first debit planned for the month of the day, or None."""
    every = debits(view.window(window.debit, DebitDaysWindow), view)
    return next((d for d in every if d.planned.replace(day=1) == day.replace(day=1)), None)


def _is_locked(window: LockWindow, day: date) -> bool:
    return window.locked[0] <= day.day <= window.locked[1]


def lock_note(view: View, window: MonthlyWindow, day: date) -> str:
    """Return what those must know who take part in the bank debit of these days, or nothing."""
    for lock in view.calendar.windows.values():
        if not isinstance(lock, LockWindow) or lock.paid_by != window.id:
            continue
        if "note" in lock.texts and day.replace(day=1) in lock.months and _is_locked(lock, day):
            return lock.texts["note"]
    return ""


def _asks_of_today(moment: Moment, today: date) -> bool:
    """Tell whether nothing, today, or only a past day was named."""
    return moment.is_now or moment.span == Span(today, today) or moment.span.last < today


def _not_today(view: View, moment: Moment) -> tuple[Finding, ...]:
    """Return a no to “今天会扣吗”; nothing where no day was named."""
    today = Span(view.today, view.today)
    if moment.is_now or moment.span != today:
        return ()
    return (Finding("asked_no", {"when": _when(view, today)}),)


def _when(view: View, span: Span, said: str = "") -> str:
    return when_text(span, view.today, view.table, said)
