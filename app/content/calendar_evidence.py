"""Do the days and hours of a calendar stand in the sections that it cites?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

from app.content.calendar_checks import windows_of
from app.content.calendar_model import (
    DeadlinePart,
    DebitDaysPart,
    LockPart,
    MonthEndsPart,
    MonthlyPart,
    PeriodPart,
    PhasesPart,
    WindowPart,
)
from app.content.evidence import read_evidence
from app.content.quantities import Token
from app.content.scope import Scope
from app.content.yaml_source import NodePath

Stated = tuple[NodePath, str, bool]
"""Path below the window, how it is shown, whether the sections say it."""


def check_calendar_evidence(scope: Scope) -> None:
    """Report days and hours that the cited sections do not state."""
    for parsed in scope.files.calendars.values():
        for kind, name, part in windows_of(parsed.value):
            sections = [scope.section(anchor) for anchor in part.source]
            if any(section is None for section in sections):
                continue  # reported as a missing source
            tokens = frozenset(t for s in sections if s for t in read_evidence(s).tokens)
            for path, shown, is_stated in _stated(part, tokens):
                if not is_stated:
                    place = parsed.source.place((kind.value, name, *path))
                    message = f"{shown} 不在依据 {'、'.join(part.source)} 里"
                    scope.files.problems.add("C021", place, message)


def _stated(part: WindowPart, tokens: frozenset[Token]) -> Iterator[Stated]:
    match part:
        case MonthlyPart():
            yield from _monthly(part, tokens)
        case PeriodPart():
            yield ("first",), str(part.first), _has_day(part.first, tokens)
            yield ("last",), str(part.last), _has_day(part.last, tokens)
        case DeadlinePart():
            yield ("before",), str(part.before), _has_day(part.before, tokens)
            month = part.pay.month
            yield ("pay", "month"), f"{month:%Y-%m}", _has_month(month, tokens)
        case DebitDaysPart():
            for i, day in enumerate(part.days):
                yield ("days", i), str(day), _has_day(day, tokens)
            count = part.deposit_workdays
            yield ("deposit_workdays",), f"{count}个工作日", ("工作日", str(count)) in tokens
        case MonthEndsPart() | LockPart():
            for i, month in enumerate(part.months):
                yield ("months", i), f"{month:%Y-%m}", _has_month(month, tokens)
            if isinstance(part, LockPart):
                for key, days in (("locked", part.locked), ("free", part.free)):
                    shown = f"{days.first}-{days.last}日"
                    yield (key,), shown, _has_days(days.first, days.last, tokens)
        case PhasesPart():
            for i, phase in enumerate(part.phases):
                yield ("phases", i, "first"), str(phase.first), _has_day(phase.first, tokens)


def _monthly(part: MonthlyPart, tokens: frozenset[Token]) -> Iterator[Stated]:
    days = part.days
    yield ("days",), f"{days.first}-{days.last}日", _has_days(days.first, days.last, tokens)
    for i, day in enumerate(days.without):
        yield ("days", "without", i), f"{day}日", ("日", str(day)) in tokens
    for key, channel in part.channels.items():
        base: NodePath = ("channels", key)
        for name, at in (("until", channel.until), ("arrive_by", channel.arrive_by)):
            if at is not None:
                yield (*base, name), f"{at:%H:%M}", _has_clock(at, tokens)
        for i, day in enumerate(channel.unstated_days):
            yield (*base, "unstated_days", i), f"{day}日", ("日", str(day)) in tokens


def _has_day(day: date, tokens: frozenset[Token]) -> bool:
    """Tell whether the day is named; the first of a month also where the month is (2026年1-2月)."""
    named = ("月日", str(day.month), str(day.day)) in tokens
    first = day.day == 1 and ("年月", str(day.year), str(day.month)) in tokens
    return (named or first) and _year_fits(day, tokens)


def _has_month(month: date, tokens: frozenset[Token]) -> bool:
    named = ("月", str(month.month)) in tokens
    exact = ("年月", str(month.year), str(month.month)) in tokens
    return exact or (named and _year_fits(month, tokens))


def _year_fits(day: date, tokens: frozenset[Token]) -> bool:
    """Tell whether the sections give that month no other year; many give it none."""
    years = {t[1] for t in tokens if t[0] == "年月" and t[2] == str(day.month)}
    return not years or str(day.year) in years


def _has_days(first: int, last: int, tokens: frozenset[Token]) -> bool:
    return ("日-日", str(first), str(last)) in tokens


def _has_clock(at: time, tokens: frozenset[Token]) -> bool:
    return ("钟", str(at.hour), str(at.minute)) in tokens
