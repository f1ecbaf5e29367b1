"""The computed conclusion of a date-bound question, to be put before its written answer.

Pure: the moment comes from the caller, the words from `knowledge/calendar/<region>.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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
    Span,
    Window,
)
from app.domain.content import Catalog
from app.domain.names import IntentId, Region
from app.knowledge.date_questions import date_topic
from app.knowledge.debits import debit_findings, lock_findings, lock_note, month_end_findings
from app.knowledge.moments import (
    Moment,
    find_enrolment,
    find_moments,
    find_payment,
    now_moment,
)
from app.knowledge.payment_answers import PaymentAnswer, channels_asked
from app.knowledge.payment_days import span_at
from app.knowledge.periods import (
    deadline_findings,
    first_payment,
    period_findings,
    phase_findings,
)
from app.knowledge.view import Finding, View, wording

SHANGHAI = ZoneInfo("Asia/Shanghai")
_PAYABLE = ("open", "some", "early", "unsure")
"""States of a single day on which some channel may work."""
_ASKS_LIMIT = re.compile(
    r"截止|截至|期限|最晚|最迟|(?:还有|还剩|剩下?)(?:(?:几|多少)天|多久|多长时间)|到(?:几[号时月]|哪[一1]?天|什么时候|啥时候)|"
    r"最后[一1](?:天|次)[^,。]{0,6}?(?:几|哪|什么|啥)"
)
_ASKS_NEXT = re.compile(r"下一?次|下回|什么时候|啥时候|啥子时候|几时|何时|几号|哪[一1]?天|多久")
_ASKS_HOUR = re.compile(r"几点|什么点|啥点")
_ASKS_PAST = re.compile(r"扣[过走完]|扣了[没吗么不]|扣没扣|扣钱了[没吗么不]|扣款了[没吗么不]")
_ONCE_OVER = re.compile(
    r"^(?:那么?)?(?:(?:要是|如果|万一|假如)[^,]{0,4}?(?:过|错过|没赶上|赶不上)了?|超?过了|过期)"
    r"(?:这[次个几]|那?时间|日子|天|期限|截止|点)*(?:的话)?,?(?:我?们?)(?:还|再|就|怎么|咋|又|会|能)"
)
"""What if the day passes that was just talked about: 过了还能交吗."""
_PAYS = re.compile(r"[交缴付]")
_HAS_DEBIT = re.compile(
    r"签了?(?:代扣|协议|约)|(?:代扣|批扣)(?:协议|的)|有(?:代扣|协议)|参加了?(?:批扣|代扣|批量扣款)"
)
_BY_THEMSELVES = re.compile(
    r"自己|京通|手机|电子税务局|柜台|网上|线上|[别其]的?他?(?:方式|渠道|办法)"
)
_BACK_PAYMENT = re.compile(r"补[交缴]")
_PAY_SECOND = ("open", "closing", "reported")
_LIMIT_SECOND = ("open", "open_limited", "open_one", "some", "some_last")
_NEXT_SECOND = ("closed", "none", "none_others")
"""States whose second line has the date that a question for a date wants to hear first."""


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
    if answer is None or calendar is None:
        return ()
    windows = answer.windows
    if not windows and answer.windows_if_asked and date_topic(catalog, region, text):
        windows = answer.windows_if_asked
    return window_lines(calendar, windows, text, now)


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
    if moments[0].is_now and _ONCE_OVER.search(text):
        moments = (_once_over(view, window, moments[0]),)
    findings = _findings(view, window, moments, text, channel)
    if isinstance(window, MonthlyWindow) and len(findings) == 1:
        findings = (_date_first(findings[0], text),)
    for finding in findings:
        yield from wording(finding.window or window, finding)
    if isinstance(window, MonthlyWindow) and findings[0].state.startswith(_PAYABLE):
        span = moments[0].span
        if span.first == span.last or span.last < view.today:
            yield lock_note(view, window, max(view.today, span.first))


def _findings(
    view: View, window: Window, moments: tuple[Moment, ...], text: str, channel: str
) -> tuple[Finding, ...]:
    moment = moments[-1]
    special = _enrolled_findings(view, window, moments, text) or _locked_findings(
        view, window, moment, text
    )
    if special:
        return special
    match window:
        case MonthlyWindow():
            return _payment_findings(view, window, moments, text, channel)
        case PeriodWindow():
            return period_findings(view, window, moment)
        case DeadlineWindow():
            pays = _PAYS.search(_BACK_PAYMENT.sub("", text)) and _ASKS_NEXT.search(text)
            return tuple(
                replace(f, date_first=bool(pays) and f.state in _PAY_SECOND)
                for f in deadline_findings(view, window, moment)
            )
        case PhasesWindow():
            return phase_findings(view, window, find_payment(text, view.now))
        case DebitDaysWindow():
            return _debit_findings(view, window, moment, text)
        case MonthEndsWindow():
            return month_end_findings(view, window, moment)
        case LockWindow():
            return (*lock_findings(view, window, moment), *_next_debit(view, window, text))
    return ()


def _next_debit(view: View, lock: LockWindow, text: str) -> tuple[Finding, ...]:
    """Return when the bank collects next, where that was asked too: 没扣成，下次啥时候扣."""
    if not (_ASKS_NEXT.search(text) and text.count("扣") > 1):
        return ()
    debit = view.window(lock.debit, DebitDaysWindow)
    found = debit_findings(view, debit, now_moment(view.now))
    return tuple(replace(f, window=debit) for f in found[:1])


def _payment_findings(
    view: View, window: MonthlyWindow, moments: tuple[Moment, ...], text: str, channel: str
) -> tuple[Finding, ...]:
    asked = (window.channels[channel],) if channel else channels_asked(window, text.lower())
    answer = PaymentAnswer(view, window, asked)
    if _ASKS_HOUR.search(text) and not moments[-1].clock:
        hours = answer.hours(moments[-1])
        if hours is not None:
            return (hours,)
    return answer.findings(moments)


def _debit_findings(
    view: View, window: DebitDaysWindow, moment: Moment, text: str
) -> tuple[Finding, ...]:
    # “今天存钱来得及吗” names the day of the deposit, not of the debit.
    about = now_moment(view.now) if "存" in text else moment
    found = debit_findings(view, window, about, was_it=bool(_ASKS_PAST.search(text)))
    if "存" in text and found[0].state == "next" and _ASKS_LIMIT.search(text):
        return (replace(found[0], date_first=True), *found[1:])
    return found


def _enrolled_findings(
    view: View, window: Window, moments: tuple[Moment, ...], text: str
) -> tuple[Finding, ...]:
    """Return when those pay who say when they enrolled; nothing for any other question.

    Whoever enrolled last month or before pays in any month that is open.
    """
    enrolled = find_enrolment(text, view.now) if _PAYS.search(text) else None
    if enrolled is None or not isinstance(window, MonthlyWindow | PeriodWindow):
        return ()
    by = window if isinstance(window, MonthlyWindow) else view.paid_after(window.id)
    period = view.calendar.windows.get(by.after) if by else None
    if by is None or not isinstance(period, PeriodWindow) or view.today > period.span.last:
        return ()
    pay = first_payment(by, period, enrolled.span.first)
    if pay is not None and pay.first > view.today:
        found = period_findings(view, period, enrolled)
        state = "enrolled" if "enrolled" in period.texts else found[0].state
        return tuple(replace(f, window=period, state=state) for f in found)
    channels = tuple(by.channels.values())
    found = PaymentAnswer(view, by, channels).findings(moments)
    return tuple(replace(f, window=by) for f in found)


def _locked_findings(view: View, window: Window, moment: Moment, text: str) -> tuple[Finding, ...]:
    """Return whether those may pay themselves who say that their bank collects."""
    if not (_HAS_DEBIT.search(text) and _PAYS.search(text)) or moment.span.last < view.today:
        return ()
    if isinstance(window, DebitDaysWindow) and not _BY_THEMSELVES.search(text):
        return ()
    for lock in view.calendar.windows.values():
        if not isinstance(lock, LockWindow) or "note" not in lock.texts:
            continue
        if window.id in {lock.paid_by, lock.debit}:
            day = max(view.today, moment.span.first).replace(day=1)
            if day in lock.months:
                return tuple(replace(f, window=lock) for f in lock_findings(view, lock, moment))
    return ()


def _date_first(finding: Finding, text: str) -> Finding:
    """Let the date stand first where it was asked for."""
    limit = finding.state in _LIMIT_SECOND and _ASKS_LIMIT.search(text)
    following = finding.state in _NEXT_SECOND and _ASKS_NEXT.search(text)
    return replace(finding, date_first=True) if limit or following else finding


def _once_over(view: View, window: Window, moment: Moment) -> Moment:
    """Return the day after what is open now; `moment` where nothing is."""
    match window:
        case MonthlyWindow():
            span = span_at(window, view.today)
            last = span.last if span else None
        case PeriodWindow():
            last = window.span.last if view.today in window.span else None
        case DeadlineWindow():
            last = window.before if window.first <= view.today < window.before else None
        case _:
            last = None
    if last is None:
        return moment
    after = last + timedelta(days=1)
    return Moment(Span(after, after))
