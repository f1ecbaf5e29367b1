"""The computed conclusion of a date-bound question, to be put before its written answer.

Pure: the moment comes from the caller, the words from `knowledge/calendar/<region>.yml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.calendar import (
    Calendar,
    DeadlineWindow,
    DebitDaysWindow,
    LockWindow,
    MonthEndsWindow,
    MonthlyWindow,
    PeriodWindow,
    PhasesWindow,
    Window,
)
from app.domain.content import Catalog, IntentId, Region
from app.knowledge.debits import debit_findings, lock_findings, lock_note, month_end_findings
from app.knowledge.moments import Moment, find_moments, find_payment, now_moment
from app.knowledge.payment_answers import PaymentAnswer, channels_asked
from app.knowledge.periods import deadline_findings, period_findings, phase_findings
from app.knowledge.view import Finding, View, wording

SHANGHAI = ZoneInfo("Asia/Shanghai")
_PAYABLE = ("open", "some", "early", "unsure")
"""States of a single day on which some channel may work."""


def date_lines(
    catalog: Catalog, region: Region, intent_id: IntentId, text: str, now: datetime
) -> tuple[str, ...]:
    """Return one to four short lines: yes or no, until when, the next date.

    Args:
        text: The question, normalised or not; empty where there is none (a tap, a menu).
        now: With a zone: converted to Asia/Shanghai; without: taken as local there.

    Empty where the answer names no windows or the region has no calendar. About 0.3 ms.
    """
    answer, calendar = catalog.answer(intent_id, region), catalog.calendar.get(region)
    if answer is None or calendar is None or not answer.windows:
        return ()
    return window_lines(calendar, answer.windows, text, now)


def window_lines(
    calendar: Calendar, windows: Sequence[str], text: str, now: datetime
) -> tuple[str, ...]:
    """Return the lines for windows named as in an answer: `payment`, `payment.counter`.

    Raises:
        KeyError: No such window (the loader proves that there is).
    """
    local = now.astimezone(SHANGHAI).replace(tzinfo=None) if now.tzinfo else now
    view = View(calendar, local)
    lines: list[str] = []
    for reference in windows:
        told = [line for line in _lines_of(view, reference, text) if line]
        lines.extend(told[:1] if len(windows) > 1 else told)
    if view.table.unknown_years and calendar.assumed and lines:
        years = "、".join(str(year) for year in sorted(view.table.unknown_years))
        lines.append(calendar.assumed.format(years=years))
    return tuple(dict.fromkeys(lines))


def _lines_of(view: View, reference: str, text: str) -> Iterator[str]:
    name, _, channel = reference.partition(".")
    window = view.calendar.windows[name]
    moments = find_moments(text, view.now)
    findings = _findings(view, window, moments, text, channel)
    for finding in findings:
        yield from wording(window, finding)
    if isinstance(window, MonthlyWindow) and findings[0].state.startswith(_PAYABLE):
        span = moments[0].span
        if span.first == span.last or span.last < view.today:
            yield lock_note(view, window, max(view.today, span.first))


def _findings(
    view: View, window: Window, moments: tuple[Moment, ...], text: str, channel: str
) -> tuple[Finding, ...]:
    moment = moments[-1]
    match window:
        case MonthlyWindow():
            asked = (window.channels[channel],) if channel else channels_asked(window, text.lower())
            return PaymentAnswer(view, window, asked).findings(moments)
        case PeriodWindow():
            return period_findings(view, window, moment)
        case DeadlineWindow():
            return deadline_findings(view, window, moment)
        case PhasesWindow():
            return phase_findings(view, window, find_payment(text, view.now))
        case DebitDaysWindow():
            # “今天存钱来得及吗” names the day of the deposit, not of the debit.
            about = now_moment(view.now) if "存" in text else moment
            return debit_findings(view, window, about)
        case MonthEndsWindow():
            return month_end_findings(view, window, moment)
        case LockWindow():
            return lock_findings(view, window, moment)
    return ()
