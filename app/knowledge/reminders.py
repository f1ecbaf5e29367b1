"""When to remind a parent of a date of the policy calendar, and until when it is worth it.

Reminders come at nine in the morning: early enough for a bank counter that closes at 15:00. The
rule by kind of window: some days before something ends (`closing_days`), on the day that something
begins, on the last day on which money may be deposited before a debit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain.calendar import (
    Calendar,
    DeadlineWindow,
    DebitDaysWindow,
    MonthEndsWindow,
    MonthlyWindow,
    PeriodWindow,
    Window,
)
from app.domain.content import Catalog
from app.domain.names import IntentId, Region
from app.knowledge.calendar import SHANGHAI
from app.knowledge.debits import debits
from app.knowledge.view import View

AT = time(9)
"""When on the day; Asia/Shanghai."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occasion:
    """A moment worth a reminder."""

    topic: IntentId
    """Intent whose answer says at that moment what is to be done."""
    at: datetime
    """In Asia/Shanghai."""
    until: date
    """Last day on which the reminder still helps."""


def next_occasion(
    catalog: Catalog, region: Region, topics: Sequence[IntentId], now: datetime
) -> Occasion | None:
    """Return the next moment to remind of, for the first of the topics that has one to come.

    Args:
        catalog: All content.
        region: The account's.
        topics: Intents in order of preference; the calendar's default topic comes last by itself.
        now: With a zone: converted to Asia/Shanghai; without: taken as local there.

    None where the region has no calendar or everything is over.
    """
    calendar = catalog.calendar.get(region)
    if calendar is None:
        return None
    local = now.astimezone(SHANGHAI).replace(tzinfo=None) if now.tzinfo else now
    view = View(calendar, local)
    default = (IntentId(calendar.default_topic),) if calendar.default_topic else ()
    for topic in (*topics, *default):
        answer = catalog.answer(topic, region)
        for name in answer.windows if answer else ():
            window = calendar.windows[name.partition(".")[0]]
            for day, until in _days(view, calendar, window):
                at = datetime.combine(day, AT)
                if at > local and until >= day:
                    return Occasion(topic, at.replace(tzinfo=SHANGHAI), until)
    return None


def _days(view: View, calendar: Calendar, window: Window) -> Iterator[tuple[date, date]]:
    """Yield the days to remind on, in order, each with the last day on which it helps."""
    soon = timedelta(days=calendar.closing_days)
    match window:
        case PeriodWindow():
            yield from _run(window.span.first, window.span.last, soon)
        case MonthlyWindow():
            for span in window.spans:
                yield from _run(span.first, span.last, soon)
        case DeadlineWindow():
            # The document says “before” that day: the day itself is too late to rely on.
            yield from _run(window.first, window.before - _DAY, soon)
        case DebitDaysWindow():
            for debit in debits(window, view):
                yield view.table.before(debit.moved, window.deposit_workdays), debit.moved
        case MonthEndsWindow():
            for day in window.days:
                yield day - _DAY, day


def _run(first: date, last: date, soon: timedelta) -> Iterator[tuple[date, date]]:
    yield first, last
    if first < last - soon:
        yield last - soon, last
    if first < last:
        yield last, last
