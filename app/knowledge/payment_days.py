"""Can one pay at this moment, by which channel, and if not, when next?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from app.domain.calendar import Channel, MonthlyWindow, Span
from app.knowledge.workdays import Workdays

_DAY = timedelta(days=1)
_EARLY = time(6)
"""Before this hour “until 15:00” does not yet say that a bank has begun to work."""
_SHUT = ("excluded", "weekend", "holiday", "late", "queue")


@dataclass(frozen=True, slots=True)
class DayState:
    """What is possible on a day, or at a time of it."""

    inside: bool
    """Whether the day lies in one of the window's spans."""
    open: tuple[Channel, ...] = ()
    shut: tuple[Channel, ...] = ()
    unsure: tuple[Channel, ...] = ()
    """The document does not say whether these work on this day."""
    early: tuple[Channel, ...] = ()
    """The document does not say from what hour these work."""
    why: str = ""
    """Why the first of `shut` is: one of `_SHUT`, or empty."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row with the same state."""

    span: Span
    state: DayState


def state_of(
    window: MonthlyWindow,
    channels: Sequence[Channel],
    day: date,
    at: time | None,
    table: Workdays,
) -> DayState:
    """Return what the channels do on a day; `at` None: at any time of the day."""
    if span_at(window, day) is None:
        return DayState(inside=False)
    reasons = {c.id: _reason(window, c, day, at, table) for c in channels}

    def those(*states: str) -> tuple[Channel, ...]:
        return tuple(c for c in channels if reasons[c.id] in states)

    open_, unsure, early = those("open"), those("unsure"), those("early")
    shut = those(*_SHUT)
    why = reasons[shut[0].id] if shut else ""
    return DayState(inside=True, open=open_, shut=shut, unsure=unsure, early=early, why=why)


def _reason(
    window: MonthlyWindow, channel: Channel, day: date, at: time | None, table: Workdays
) -> str:
    """Return open, unsure, early, or why the channel is shut."""
    if day.day in channel.unstated_days:
        return "unsure"
    if not channel.workdays_only:
        return "open"
    if day.day in window.except_days:
        return "excluded"
    if not table.is_workday(day):
        return "holiday" if table.is_holiday(day) else "weekend"
    if at is None:
        return "open"
    if channel.until is not None and at >= channel.until:
        return "late"
    if channel.arrive_by is not None and at > channel.arrive_by:
        return "queue"
    return "early" if at < _EARLY else "open"


def span_at(window: MonthlyWindow, day: date) -> Span | None:
    """Return the month's days that the day lies in, or None."""
    return next((span for span in window.spans if day in span), None)


def next_span(window: MonthlyWindow, day: date) -> Span | None:
    """Return the first span that begins after the day, or None."""
    return next((span for span in window.spans if span.first > day), None)


def next_open(
    window: MonthlyWindow, channels: Iterable[Channel], day: date, table: Workdays
) -> date | None:
    """Return the first day after `day` on which all the channels surely work, or None."""
    wanted = tuple(channels)
    for span in window.spans:
        for candidate in Span(max(span.first, day + _DAY), span.last).days():
            if state_of(window, wanted, candidate, None, table).open == wanted:
                return candidate
    return None


def last_open(
    window: MonthlyWindow, channels: Iterable[Channel], span: Span, table: Workdays
) -> date | None:
    """Return the last day of a span on which all the channels surely work, or None."""
    wanted = tuple(channels)
    for day in reversed(span.days()):
        if state_of(window, wanted, day, None, table).open == wanted:
            return day
    return None


def stretches(
    window: MonthlyWindow,
    channels: Sequence[Channel],
    span: Span,
    at: time | None,
    table: Workdays,
) -> tuple[Stretch, ...]:
    """Cut days into runs of the same state, in order; a weekend and a holiday count as one."""
    found: list[Stretch] = []
    for day in span.days():
        state = state_of(window, channels, day, at, table)
        before = found[-1] if found else None
        if before and _same(before.state, state):
            found[-1] = Stretch(Span(before.span.first, day), before.state)
        else:
            found.append(Stretch(Span(day, day), state))
    return tuple(found)


def _same(a: DayState, b: DayState) -> bool:
    return replace(a, why="") == replace(b, why="")


def open_spans(window: MonthlyWindow, span: Span) -> tuple[Span, ...]:
    """Return the parts of a span that lie inside the window, in order."""
    return tuple(
        Span(max(span.first, inside.first), min(span.last, inside.last))
        for inside in window.spans
        if inside.first <= span.last and span.first <= inside.last
    )
