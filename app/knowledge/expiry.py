"""What is about to expire, or has: documents and the dated periods of the calendars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
from app.domain.names import Region
from app.knowledge.workdays import Workdays, is_known

START_UP_DAYS = 60
"""How far ahead a process looks when it starts."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """A document or dated period with its last day."""

    file: str
    """Relative to the content root."""
    title: str
    last: date
    days_left: int
    """0 on the last day, negative afterwards."""

    def __str__(self) -> str:
        """Describe it in one Chinese line, for operators."""
        if self.days_left < 0:
            state = f"已过期 {-self.days_left} 天"
        elif self.days_left == 0:
            state = "今天是最后一天"
        else:
            state = f"还有 {self.days_left} 天"
        return f"{self.last} {state}：{self.title}（{self.file}）"


def expiring(catalog: Catalog, now: datetime, within: timedelta) -> tuple[Expiring, ...]:
    """Return what ends within the time from `now` on, or has ended; earliest first."""
    today = now.date()
    last_day = today + within
    found = [
        Expiring(f"knowledge/{document.id}.md", document.title, last, (last - today).days)
        for document in catalog.documents.values()
        if (last := document.valid_until) <= last_day
    ]
    for calendar in catalog.calendar.values():
        for window, last in _last_days(calendar):
            if last <= last_day:
                found.append(Expiring(calendar.file, window.title, last, (last - today).days))
    return tuple(sorted(found, key=lambda item: (item.last, item.file, item.title)))


def unknown_years(catalog: Catalog, now: datetime) -> tuple[str, ...]:
    """Return years that calendars need and whose holidays are not known, one Chinese line each.

    This year is needed too, while anything of the calendar still lies ahead.
    """
    lines: list[str] = []
    for calendar in catalog.calendar.values():
        ends = [last for _, last in _last_days(calendar)]
        years = {last.year for last in ends}
        years |= {now.year} if any(last >= now.date() for last in ends) else set()
        lines.extend(
            f"{year} 年的放假安排程序里还没有，按周一至周五推算（{calendar.file}）；"
            "请升级 chinesecalendar"
            for year in sorted(years)
            if not is_known(year)
        )
    return tuple(lines)


def start_up_warnings(catalog: Catalog, now: datetime) -> tuple[str, ...]:
    """Return what operators should know when a process starts, one Chinese line each."""
    found = expiring(catalog, now, timedelta(days=START_UP_DAYS))
    return (*(str(item) for item in found), *unknown_years(catalog, now))


def counts(catalog: Catalog, now: datetime) -> Mapping[tuple[str, str], int]:
    """Return (account, state) → how many documents and dated periods; for the metric.

    States: `expired`, `soon` (within `START_UP_DAYS`), `current`.
    """
    found = {
        (account, state): 0
        for account in catalog.accounts
        for state in ("expired", "soon", "current")
    }
    for account in catalog.accounts.values():
        for last in _ends_of(catalog, account.region):
            left = (last - now.date()).days
            state = "expired" if left < 0 else "soon" if left <= START_UP_DAYS else "current"
            found[account.id, state] += 1
    return found


def _ends_of(catalog: Catalog, region: Region) -> Iterator[date]:
    for document in catalog.documents.values():
        if document.region == region:
            yield document.valid_until
    calendar = catalog.calendar.get(region)
    if calendar is not None:
        yield from (last for _, last in _last_days(calendar))


def _last_days(calendar: Calendar) -> Iterator[tuple[Window, date]]:
    """Yield windows that end with their last days; locks and phases follow others."""
    table = Workdays()
    for window in calendar.windows.values():
        match window:
            case MonthlyWindow():
                yield window, window.spans[-1].last
            case PeriodWindow():
                yield window, window.span.last
            case DeadlineWindow():
                yield window, window.pay.last
            case DebitDaysWindow():
                last = window.planned[-1]
                yield window, table.on_or_after(last) if window.shifts else last
            case MonthEndsWindow():
                yield window, window.days[-1]
