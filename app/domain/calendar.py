"""Dated periods of a region's policy (政策日历): when to enrol, to pay, to have money ready.

Dates and wording only. What they mean at a moment is worked out by `app.knowledge`; the texts are
the operators', with `{name}` where a computed date goes. `PLACEHOLDERS` is the contract: which
texts a kind of window has, and which names each may use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

Texts = Mapping[str, str]
"""State → the operators' text for it; lines apart by a newline, the conclusion first."""


class WindowKind(StrEnum):
    """The kinds of dated period; also the headings of `knowledge/calendar/<region>.yml`."""

    MONTHLY = "monthly"
    PERIODS = "periods"
    DEADLINES = "deadlines"
    DEBIT_DAYS = "debit_days"
    MONTH_ENDS = "month_ends"
    PHASES = "phases"
    LOCKS = "locks"


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to pay (渠道) with its own hours."""

    id: str
    title: str
    words: tuple[str, ...]
    """How parents name it, normalised."""
    hint: str = ""
    """When on the day it works, e.g. `15:00前`."""
    workdays_only: bool = False
    until: time | None = None
    """Payment must be done before this time of day; None: all day long."""
    arrive_by: time | None = None
    """Latest time of day to be there."""
    unstated_days: frozenset[int] = frozenset()
    """Days of the month on which the document does not say whether it works."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days, first and last included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> tuple[date, ...]:
        """Return every day, in order."""
        return tuple(
            self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What every dated period has."""

    id: str
    title: str
    sources: tuple[str, ...]
    """`document#heading`, as written."""
    period: str = ""
    """The policy year as parents read it, e.g. `2025–2026 年度`."""
    texts: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyWindow(Window):
    """The same days of several months in a row: 每月5日至20日."""

    spans: tuple[Span, ...]
    """In order; at least one."""
    except_days: frozenset[int]
    """Days of the month inside the spans on which nothing is promised."""
    channels: Mapping[str, Channel]
    after: str = ""
    """Period in whose following month the first payment falls; empty: months are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodWindow(Window):
    """One run of days: 参保时间."""

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineWindow(Window):
    """Something to report before a day, and to pay later: 补缴."""

    first: date
    before: date
    """The document says “before” this day; whether the day itself counts, it does not say."""
    pay_by: str
    """Monthly window that the payment belongs to."""
    pay: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitDaysWindow(Window):
    """Days on which banks collect: 银行批量扣款日."""

    planned: tuple[date, ...]
    """As the document lists them, in order."""
    shifts: bool
    """Whether a day that is no workday moves to the next one (顺延)."""
    deposit_workdays: int
    """Workdays before the debit by which the money must be in the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEndsWindow(Window):
    """The last day of several months: 医保账户划扣."""

    days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasesWindow(Window):
    """An effect that depends on the day of payment: 待遇享受时间."""

    firsts: tuple[date, ...]
    """First day of each phase, in order; the n-th has the text `phase_<n>`, from 1."""
    paid_by: str
    """Monthly window after whose end nothing can be paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWindow(Window):
    """Days around a bank debit on which no other channel may be used: 批扣锁定."""

    months: tuple[date, ...]
    """First days of the months."""
    locked: tuple[int, int]
    """First and last day of the month."""
    free: tuple[int, int]
    """Days of the month on which other channels work again."""
    debit: str
    paid_by: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """All dated periods of one region."""

    windows: Mapping[str, Window]
    closing_days: int = 3
    """So many days before its end a period counts as about to close."""
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Intent → words that say what a mere question of dates is about; the first that has one of
    its words is meant."""
    default_topic: str = ""
    """Intent of a question of dates without any such word, e.g. 今天能交吗."""
    assumed: str = ""
    """Note for a year whose holidays are not known; `{years}`."""
    file: str = ""
    """Path relative to the content root, for messages."""


_OPEN = {"when", "end", "left"}
_NEXT = {"when", "next_start", "next_end"}
_LAST = {"period", "last_start", "last_end"}

_MONTHLY: Mapping[str, set[str]] = {
    "before": _NEXT,
    "open": _OPEN,
    "open_limited": _OPEN | {"limited", "limited_end"},
    "open_one": _OPEN | {"open", "hint"},
    "some": _OPEN | {"open", "shut", "why", "next_day"},
    "some_last": _OPEN | {"open", "shut", "why"},
    "early": _OPEN | {"open", "early", "until"},
    "hours": _OPEN | {"hours"},
    "none": {"when", "shut", "why", "next_day", "hint"},
    "none_others": {"when", "shut", "why", "next_day", "hint", "others"},
    "none_last": {"when", "shut", "why", "period"},
    "none_others_last": {"when", "shut", "why", "others", "period"},
    "unsure": {"when", "shut", "unsure", "sure_day"},
    "unsure_apart": {"when", "shut", "unsure", "sure_day", "next_day"},
    "unsure_one": {"when", "unsure", "sure_day"},
    "unsure_last": {"when", "unsure"},
    "closed": _NEXT,
    "closed_hurry": _NEXT | {"end", "left"},
    "not_yet": _NEXT,
    "not_yet_hurry": _NEXT | {"end", "left"},
    "after": _LAST | {"when"},
    "after_hurry": _LAST | {"when", "end", "left"},
    "over": _LAST,
    "over_but": _LAST | {"debit_day"},
    "range": {"when", "dates"},
    "range_limited": {"when", "dates", "limited"},
    "left": {"days_left"},
    "left_soon": {"days_left"},
    "left_last": set(),
    "why_excluded": {"day"},
    "why_weekend": set(),
    "why_holiday": set(),
    "why_late": {"until"},
    "why_queue": {"arrive_by"},
}
_PERIODS: Mapping[str, set[str]] = {
    "before": {"when", "start", "end"},
    "open": {"when", "start", "end", "days_left", "month", "pay_start", "pay_end"},
    "closing": {"when", "end", "days_left", "month", "pay_start", "pay_end"},
    "last_day": {"when", "end", "month", "pay_start", "pay_end"},
    "asked_open": {"when", "end", "days_left", "month", "pay_start", "pay_end"},
    "asked_after": {"when", "start", "end", "days_left"},
    "enrolled": {"when", "end", "month", "pay_start", "pay_end"},
    "over": {"period", "start", "end"},
    "over_paying": {"period", "start", "end", "month", "pay_start", "pay_end"},
}
_DEADLINES: Mapping[str, set[str]] = {
    "early": {"when", "start", "before", "pay_start", "pay_end"},
    "open": {"when", "before", "days_left", "pay_start", "pay_end"},
    "closing": {"when", "before", "days_left", "pay_start", "pay_end"},
    "due_day": {"when", "before", "pay_start", "pay_end"},
    "asked_late": {"when", "before", "days_left", "pay_start", "pay_end"},
    "reported": {"when", "before", "pay_start", "pay_end"},
    "paying": {"when", "before", "pay_start", "pay_end", "left"},
    "paying_pause": {"when", "before", "pay_start", "pay_end", "next_day"},
    "over": {"period", "before", "pay_start", "pay_end"},
    "left": {"days_left"},
    "left_soon": {"days_left"},
    "left_last": set(),
}
_DEBIT = {"next", "deposit", "days_until"}
_DEBIT_DAYS: Mapping[str, set[str]] = {
    "next": _DEBIT,
    "next_late": _DEBIT,
    "today": {"when"},
    "today_next": {"when"} | _DEBIT,
    "asked_yes": {"when"} | _DEBIT,
    "asked_no": {"when"},
    "past": {"past"},
    "shifted": {"planned", "moved"},
    "over": {"period", "last"},
}
_MONTH_ENDS: Mapping[str, set[str]] = {
    "next": {"next", "days_until", "remaining"},
    "today": {"when"},
    "today_next": {"when", "next"},
    "asked_yes": {"when"},
    "asked_no": {"when"},
    "day_off": {"next"},
    "over": {"period", "last"},
}
_PHASES: Mapping[str, set[str]] = {"over": _LAST, "after": _LAST | {"when"}}

_LOCKS: Mapping[str, set[str]] = {
    "before": _NEXT,
    "free": {"when", "lock_start", "lock_end"},
    "locked": {"when", "lock_start", "lock_end", "free_start", "free_end"},
    "afterwards": {"when", "free_end", "open"},
    "debit_day": _NEXT,
    "shifted": {"when", "planned", "moved"},
    "closed": _NEXT,
    "over": _LAST,
    "note": set(),
}

PLACEHOLDERS: Mapping[WindowKind, Mapping[str, frozenset[str]]] = {
    kind: {state: frozenset(names) for state, names in states.items()}
    for kind, states in {
        WindowKind.MONTHLY: _MONTHLY,
        WindowKind.PERIODS: _PERIODS,
        WindowKind.DEADLINES: _DEADLINES,
        WindowKind.DEBIT_DAYS: _DEBIT_DAYS,
        WindowKind.MONTH_ENDS: _MONTH_ENDS,
        WindowKind.PHASES: _PHASES,
        WindowKind.LOCKS: _LOCKS,
    }.items()
}
"""Kind of window → state → names that its text may use."""

PHASE_NAMES = frozenset({"when"})
"""What the text of a phase may use."""
OPTIONAL_TEXTS: Mapping[WindowKind, frozenset[str]] = {
    WindowKind.LOCKS: frozenset({"note"}),
    WindowKind.MONTHLY: frozenset({"hours"}),
    WindowKind.PERIODS: frozenset({"enrolled"}),
    WindowKind.PHASES: frozenset({"after"}),
    WindowKind.DEBIT_DAYS: frozenset({"past"}),
}
"""Texts that a window may lack."""
