"""Enrolment, back payment and the effect of a payment: where in time are we, or will we be?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.domain.calendar import DeadlineWindow, MonthlyWindow, PeriodWindow, PhasesWindow, Span
from app.knowledge.date_wording import day_text, month_text, plain_day, when_text
from app.knowledge.day_spans import month_days, year_before
from app.knowledge.moments import Moment
from app.knowledge.payment_answers import last_values
from app.knowledge.payment_days import next_open, state_of
from app.knowledge.view import Finding, View, left_text


def period_findings(view: View, window: PeriodWindow, moment: Moment) -> tuple[Finding, ...]:
    """Return whether one can still enrol, until when, and from when one pays."""
    today, span = view.today, window.span
    pay = _paid_for(view, window, _clipped(moment.span.first, span))
    values = {
        "when": _when(view, moment),
        "start": day_text(span.first, today),
        "end": day_text(span.last, today),
        "days_left": str((span.last - today).days),
        "period": window.period,
        "month": month_text(_clipped(moment.span.first, span)),
        **_pay_values(pay, today),
    }
    if today > span.last:
        pay = _paid_for(view, window, span.last)
        values |= {"start": plain_day(span.first), "end": plain_day(span.last)}
        values |= {"month": month_text(span.last), **_pay_values(pay, today)}
        return (Finding("over_paying" if pay and today <= pay.last else "over", values),)
    asked = moment.span
    if asked.first > span.last:
        return (Finding("asked_after", values),)
    if asked.last < span.first or (moment.is_now and today < span.first):
        return (Finding("before", values),)
    if asked.first > today:
        return (Finding("asked_open", values),)
    if today < span.first:
        return (Finding("before", values),)
    days = (span.last - today).days
    soon = "last_day" if days == 0 else "closing" if days <= view.calendar.closing_days else "open"
    return (Finding(soon, values),)


def deadline_findings(view: View, window: DeadlineWindow, moment: Moment) -> tuple[Finding, ...]:
    """Return whether it can still be reported, and when it is paid."""
    today, before = view.today, window.before
    values = {
        "when": _when(view, moment),
        "start": day_text(window.first, today),
        "before": plain_day(before, today),
        "days_left": str((before - today).days),
        "period": window.period,
        **_pay_values(window.pay, today),
    }
    if today < window.first:
        return (Finding("early", values),)
    if today < before:
        asked = moment.span.first
        if asked > before:
            return (Finding("asked_late", values),)
        if asked == before:
            return (Finding("due_day", values),)
        days = (before - today).days
        return (Finding("closing" if days <= view.calendar.closing_days else "open", values),)
    if today == before:
        return (Finding("due_day", values),)
    if today < window.pay.first:
        return (Finding("reported", values),)
    if today > window.pay.last:
        return (Finding("over", {**values, "before": plain_day(before)}),)
    return (_paying(view, window, values),)


def _paying(view: View, window: DeadlineWindow, values: dict[str, str]) -> Finding:
    """Return whether those who have reported can pay now."""
    by = view.window(window.pay_by, MonthlyWindow)
    channels = tuple(by.channels.values())
    values |= {"left": left_text(window, view, window.pay.last)}
    if state_of(by, channels, view.today, view.now.time(), view.table).open:
        return Finding("paying", values)
    day = next_open(by, channels, view.today, view.table)
    if day is None or day > window.pay.last:
        return Finding("over", values)
    return Finding("paying_pause", {**values, "next_day": day_text(day, view.today)})


def phase_findings(view: View, window: PhasesWindow, moment: Moment) -> tuple[Finding, ...]:
    """Return from when a payment on the named day (or now) counts; the index is in the state."""
    by = view.window(window.paid_by, MonthlyWindow)
    last = by.spans[-1].last
    earlier = year_before(moment.span)
    if window.firsts[0] <= earlier.first <= last < moment.span.first:
        # “2月10号缴的”, asked in November: nothing can be paid next February.
        moment = replace(moment, span=earlier)
    if moment.span.last >= view.today > last:
        return (Finding("over", last_values(by)),)
    if moment.span.first > last and "after" in window.texts:
        return (Finding("after", {"when": _when(view, moment), **last_values(by)}),)
    reached = sum(first <= moment.span.first for first in window.firsts)
    if not reached:
        return ()
    return (Finding(f"phase_{reached}", {"when": _when(view, moment)}),)


def _when(view: View, moment: Moment) -> str:
    return when_text(moment.span, view.today, view.table, moment.said)


def _clipped(day: date, span: Span) -> date:
    return min(max(day, span.first), span.last)


def first_payment(by: MonthlyWindow, window: PeriodWindow, enrolled: date) -> Span | None:
    """Return the days on which those who enrolled on a day pay first: in the month after."""
    day = _clipped(enrolled, window.span)
    following = month_days(day.year, day.month + 1)
    return next((s for s in by.spans if s.first in following), None)


def _paid_for(view: View, window: PeriodWindow, enrolled: date) -> Span | None:
    by = view.paid_after(window.id)
    return first_payment(by, window, enrolled) if by else None


def _pay_values(pay: Span | None, today: date) -> dict[str, str]:
    if pay is None:
        return {"pay_start": "", "pay_end": ""}
    return {"pay_start": day_text(pay.first, today), "pay_end": plain_day(pay.last, pay.first)}
