"""What to say about a monthly window: yes, only online, not yet, over; until when, when next."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.domain.calendar import Channel, MonthEndsWindow, MonthlyWindow, Span
from app.knowledge.date_wording import day_text, plain_day, span_text, time_text, when_text
from app.knowledge.moments import Moment, now_moment
from app.knowledge.payment_days import (
    DayState,
    Stretch,
    last_open,
    next_open,
    next_span,
    open_spans,
    span_at,
    state_of,
    stretches,
)
from app.knowledge.view import Finding, View, left_text

_MOST_STRETCHES = 3
_LONGEST_DAYS = 10
"""Up to here the days of a question are told one by one; a longer time gets its open dates."""


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """Answers for one window and the channels that are asked about."""

    view: View
    window: MonthlyWindow
    channels: tuple[Channel, ...]

    def findings(self, moments: Sequence[Moment]) -> tuple[Finding, ...]:
        """Return what to say about each moment, in order; past ones count as now."""
        if self.view.today > self.window.spans[-1].last:
            return (self._over(),)
        current = [self._from_today(moment) for moment in moments]
        current = list(dict.fromkeys(current))
        if len(current) == 1:
            return self._about(current[0])
        return tuple(replace(f, brief=True) for m in current for f in self._about(m)[:1])

    def _from_today(self, moment: Moment) -> Moment:
        today = self.view.today
        if moment.span.last < today:
            return now_moment(self.view.now)
        return replace(moment, span=Span(max(today, moment.span.first), moment.span.last))

    def _about(self, moment: Moment) -> tuple[Finding, ...]:
        span = moment.span
        if span.first == span.last:
            state = self._state(span.first, moment)
            return (self._told(Stretch(span, state), moment),)
        if not open_spans(self.window, span):
            return (self._told(Stretch(span, DayState(inside=False)), moment),)
        if (span.last - span.first).days >= _LONGEST_DAYS:
            return (self._range(moment),)
        runs = stretches(self.window, self.channels, span, moment.at, self.view.table)
        if len(runs) == 1:
            return (self._told(runs[0], moment),)
        return (
            self._one_by_one(runs, moment)
            if len(runs) <= _MOST_STRETCHES
            else (self._range(moment),)
        )

    def _state(self, day: date, moment: Moment) -> DayState:
        return state_of(self.window, self.channels, day, moment.at, self.view.table)

    def _one_by_one(self, runs: Iterable[Stretch], moment: Moment) -> tuple[Finding, ...]:
        """Tell the stretches, those where one can pay first; only the last with what follows."""
        ordered = sorted(runs, key=lambda run: not run.state.open)
        plain = replace(moment, said="")
        told = [self._told(run, plain) for run in ordered]
        return (*(replace(f, brief=True) for f in told[:-1]), told[-1])

    def _range(self, moment: Moment) -> Finding:
        spans = open_spans(self.window, moment.span)
        today = self.view.today
        limited = _titles(c for c in self.channels if c.workdays_only)
        values = {
            "when": self._when(moment.span, moment),
            "dates": "、".join(span_text(span, today) for span in spans),
            "limited": limited,
        }
        return Finding("range_limited" if limited else "range", values)

    def _told(self, run: Stretch, moment: Moment) -> Finding:
        when = self._when(run.span, moment)
        return self._inside(run, when) if run.state.inside else self._outside(run, when)

    def _when(self, span: Span, moment: Moment) -> str:
        said = moment.said if span == moment.span else ""
        return when_text(span, self.view.today, self.view.table, said, moment.clock)

    # ---- inside a window ------------------------------------------------------------------

    def _inside(self, run: Stretch, when: str) -> Finding:
        state = run.state
        values = {"when": when, **self._end_values(run.span.first)}
        if state.early:
            open_ = state.open or self._others(run.span.first)
            until = time_text(state.early[0].until)
            values |= {"open": _titles(open_), "early": _titles(state.early), "until": until}
            return Finding("early", values)
        if state.unsure:
            values |= {"unsure": _titles(state.unsure), "shut": _titles(state.shut)}
            values["sure_day"] = self._next_day(state.unsure, run)
            values["next_day"] = self._next_day(state.shut, run)
            if not values["sure_day"] or (state.shut and not values["next_day"]):
                return Finding("unsure_last", values)
            if not state.shut:
                return Finding("unsure_one", values)
            is_same = values["sure_day"] == values["next_day"]
            return Finding("unsure" if is_same else "unsure_apart", values)
        if not state.shut:
            return self._open(run, values)
        values |= {"shut": _titles(state.shut), "why": self._why(state, run.span.first)}
        values["next_day"] = self._next_day(state.shut, run)
        if state.open:
            values["open"] = _titles(state.open)
            return Finding("some" if values["next_day"] else "some_last", values)
        values |= {"hint": state.shut[0].hint, "period": self.window.period}
        values["others"] = _titles(self._others(run.span.first))
        name = "none_others" if values["others"] else "none"
        return Finding(name if values["next_day"] else f"{name}_last", values)

    def hours(self, moment: Moment) -> Finding | None:
        """Return until what hour each channel works on a day; None where not all of them do."""
        day = moment.span.first
        if day < self.view.today or day != moment.span.last or "hours" not in self.window.texts:
            return None
        at = self.view.now.time() if day == self.view.today else None
        state = state_of(self.window, self.channels, day, at, self.view.table)
        if state.open != self.channels:
            return None
        when = when_text(moment.span, self.view.today, self.view.table)
        hours = "，".join(
            f"{_titles(same)}{hint}"
            for hint, same in itertools.groupby(self.channels, key=lambda c: c.hint)
        )
        return Finding("hours", {"when": when, "hours": hours, **self._end_values(day)})

    def _open(self, run: Stretch, values: dict[str, str]) -> Finding:
        if len(self.channels) == 1:
            channel = self.channels[0]
            return Finding("open_one", {**values, "open": channel.title, "hint": channel.hint})
        span = span_at(self.window, run.span.first)
        limited = [c for c in self.channels if c.workdays_only]
        last = last_open(self.window, limited, span, self.view.table) if span and limited else None
        if span is None or last is None or last == span.last or len(limited) == len(self.channels):
            return Finding("open", values)
        values |= {"limited": _titles(limited), "limited_end": day_text(last, self.view.today)}
        return Finding("open_limited", values)

    def _end_values(self, day: date) -> dict[str, str]:
        """Return until when it goes on, and how long that is where it goes on today."""
        span = span_at(self.window, day)
        if span is None:
            return {"end": "", "left": ""}
        last = span.last
        if all(c.workdays_only for c in self.channels):
            last = last_open(self.window, self.channels, span, self.view.table) or last
        today = self.view.today
        left = left_text(self.window, self.view, last) if today in span and today <= last else ""
        return {"end": day_text(last, today), "left": left}

    def _next_day(self, channels: Iterable[Channel], run: Stretch) -> str:
        day = next_open(self.window, channels, run.span.last, self.view.table)
        return day_text(day, self.view.today) if day else ""

    def _others(self, day: date) -> tuple[Channel, ...]:
        """Return the channels that were not asked about and work on the day."""
        rest = [c for c in self.window.channels.values() if c not in self.channels]
        at = self.view.now.time() if day == self.view.today else None
        return state_of(self.window, rest, day, at, self.view.table).open

    def _why(self, state: DayState, day: date) -> str:
        shut = state.shut[0]
        text = self.window.texts.get(f"why_{state.why}", "")
        return text.format(
            day=day.day, until=time_text(shut.until), arrive_by=time_text(shut.arrive_by)
        )

    # ---- outside --------------------------------------------------------------------------

    def _outside(self, run: Stretch, when: str) -> Finding:
        today = self.view.today
        current = span_at(self.window, today)
        values = {"when": when, **self._end_values(today), **self._last_values()}
        following = next_span(self.window, run.span.last)
        if following is None:
            return Finding("after_hurry" if current else "after", values)
        values |= self._next_values(following)
        if run.span.last < self.window.spans[0].first:
            return Finding("before", values)
        is_ahead = following.first.replace(day=1) == run.span.first.replace(day=1)
        state = "not_yet" if is_ahead else "closed"
        return Finding(f"{state}_hurry" if current else state, values)

    def _next_values(self, span: Span) -> Mapping[str, str]:
        first = span.first
        if all(c.workdays_only for c in self.channels):
            yesterday = first - timedelta(days=1)
            first = next_open(self.window, self.channels, yesterday, self.view.table) or first
        today = self.view.today
        return {"next_start": day_text(first, today), "next_end": day_text(span.last, first)}

    def _last_values(self) -> dict[str, str]:
        return last_values(self.window)

    def _over(self) -> Finding:
        """Return that all is over; but for a debit that is still to come."""
        values = self._last_values()
        days = [
            day
            for other in self.view.calendar.windows.values()
            if isinstance(other, MonthEndsWindow)
            for day in other.days
            if day >= self.view.today
        ]
        if not days:
            return Finding("over", values)
        return Finding("over_but", {**values, "debit_day": day_text(days[0], self.view.today)})


def last_values(window: MonthlyWindow) -> dict[str, str]:
    """Return the values that say what the last payment was; with years: it may be long ago."""
    last = window.spans[-1]
    return {
        "period": window.period,
        "last_start": plain_day(last.first),
        "last_end": plain_day(last.last, last.first),
    }


def channels_asked(window: MonthlyWindow, text: str) -> tuple[Channel, ...]:
    """Return the channels that a normalised text names; all where it names none.

    Longer names win: 手机银行 is not 手机.
    """
    words = sorted(
        ((word, channel) for channel in window.channels.values() for word in channel.words),
        key=lambda pair: -len(pair[0]),
    )
    found: set[str] = set()
    for length in dict.fromkeys(len(word) for word, _ in words):
        these = [(word, channel) for word, channel in words if len(word) == length]
        named = {word for word, _ in these if word in text}
        found |= {channel.id for word, channel in these if word in named}
        for word in named:
            text = text.replace(word, "□")
    every = tuple(window.channels.values())
    return tuple(channel for channel in every if channel.id in found) or every


def _titles(channels: Iterable[Channel]) -> str:
    return "、".join(channel.title for channel in channels)
