"""A checked calendar file to its domain value: months worked out, facts filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypedDict

from app.content.calendar_model import (
    CalendarFile,
    ChannelPart,
    DeadlinePart,
    DebitDaysPart,
    LockPart,
    MonthEndsPart,
    MonthlyPart,
    PeriodPart,
    PhasesPart,
    WindowPart,
)
from app.content.files import ContentFiles
from app.content.parsing import Parsed
from app.content.placeholders import fill_facts
from app.content.scope import Scope
from app.domain.calendar import (
    Calendar,
    Channel,
    DeadlineWindow,
    DebitDaysWindow,
    LockWindow,
    MonthEndsWindow,
    MonthlyWindow,
    PeriodWindow,
    PhasesWindow,
    Span,
    Window,
    WindowKind,
)
from app.domain.names import Region
from app.knowledge.day_spans import month_days
from app.matching.normalise import normalise


def build_calendars(files: ContentFiles) -> Mapping[Region, Calendar]:
    """Return the calendars of files that have been checked and have no errors."""
    return {
        Region(region): _Builder(files, region, parsed).build()
        for region, parsed in files.calendars.items()
    }


class _Common(TypedDict):
    """Arguments of every window."""

    id: str
    title: str
    sources: tuple[str, ...]
    period: str
    texts: Mapping[str, str]


class _Builder:
    """Builds the windows of one region; monthly ones first, since others point at them."""

    def __init__(self, files: ContentFiles, region: str, parsed: Parsed[CalendarFile]) -> None:
        self._files = files
        self._value = parsed.value
        self._file = parsed.file
        self._facts = Scope(files).fact_values(region)

    def build(self) -> Calendar:
        value = self._value
        windows: dict[str, Window] = {}
        builders: tuple[tuple[WindowKind, Callable[..., Window]], ...] = (
            (WindowKind.PERIODS, self._period),
            (WindowKind.MONTHLY, self._monthly),
            (WindowKind.DEADLINES, self._deadline),
            (WindowKind.DEBIT_DAYS, self._debit_days),
            (WindowKind.MONTH_ENDS, self._month_ends),
            (WindowKind.PHASES, self._phases),
            (WindowKind.LOCKS, self._lock),
        )
        for kind, build in builders:
            for name, part in value.windows(kind).items():
                windows[name] = build(name, part)
        questions = value.questions
        topics = questions.topics if questions else {}
        return Calendar(
            windows=windows,
            closing_days=value.closing_days,
            topics={
                intent: tuple(dict.fromkeys(normalise(word) for word in words))
                for intent, words in topics.items()
            },
            default_topic=questions.default if questions else "",
            assumed=self._filled(value.assumed),
            file=self._file,
        )

    def _monthly(self, name: str, part: MonthlyPart) -> Window:
        return MonthlyWindow(
            **self._common(name, part),
            spans=tuple(_days_of(part, month) for month in _months_after(self._period_of(part))),
            except_days=frozenset(part.days.without),
            channels={key: self._channel(key, channel) for key, channel in part.channels.items()},
            after=part.after,
        )

    def _period(self, name: str, part: PeriodPart) -> Window:
        span = Span(part.first, part.last)
        return PeriodWindow(**self._common(name, part), span=span)

    def _deadline(self, name: str, part: DeadlinePart) -> Window:
        return DeadlineWindow(
            **self._common(name, part),
            first=self._value.periods[part.within].first,
            before=part.before,
            pay_by=part.pay.window,
            pay=_days_of(self._value.monthly[part.pay.window], part.pay.month),
        )

    def _debit_days(self, name: str, part: DebitDaysPart) -> Window:
        return DebitDaysWindow(
            **self._common(name, part),
            planned=tuple(part.days),
            shifts=part.move == "next_workday",
            deposit_workdays=part.deposit_workdays,
        )

    def _month_ends(self, name: str, part: MonthEndsPart) -> Window:
        days = tuple(month_days(month.year, month.month).last for month in part.months)
        return MonthEndsWindow(**self._common(name, part), days=days)

    def _phases(self, name: str, part: PhasesPart) -> Window:
        told = {f"phase_{i}": phase.text for i, phase in enumerate(part.phases, 1)}
        return PhasesWindow(
            **self._common(name, part, told),
            firsts=tuple(phase.first for phase in part.phases),
            paid_by=part.paid_by,
        )

    def _lock(self, name: str, part: LockPart) -> Window:
        return LockWindow(
            **self._common(name, part),
            months=tuple(part.months),
            locked=(part.locked.first, part.locked.last),
            free=(part.free.first, part.free.last),
            debit=part.debit,
            paid_by=part.paid_by,
        )

    def _common(
        self, name: str, part: WindowPart, more_texts: Mapping[str, str] | None = None
    ) -> _Common:
        document = self._files.documents[part.source[0].partition("#")[0]]
        return {
            "id": name,
            "title": part.title,
            "sources": tuple(part.source),
            "period": document.front.value.applies_to,
            "texts": self._texts({**part.texts, **(more_texts or {})}),
        }

    def _period_of(self, part: MonthlyPart) -> PeriodPart:
        return self._value.periods[part.after]

    def _channel(self, name: str, part: ChannelPart) -> Channel:
        return Channel(
            id=name,
            title=part.title,
            words=tuple(dict.fromkeys(normalise(word) for word in part.words)),
            hint=self._filled(part.hint),
            workdays_only=part.open_on == "workdays",
            until=part.until,
            arrive_by=part.arrive_by,
            unstated_days=frozenset(part.unstated_days),
        )

    def _texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {state: self._filled(text).strip() for state, text in texts.items()}

    def _filled(self, text: str) -> str:
        return fill_facts(text, self._facts)


def _months_after(period: PeriodPart) -> list[date]:
    """Return the month after each month of the period: 当月参保，次月开始缴费."""
    first = month_days(period.first.year, period.first.month + 1).first
    last = month_days(period.last.year, period.last.month + 1).first
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [month_days(first.year, first.month + n).first for n in range(count)]


def _days_of(part: MonthlyPart, month: date) -> Span:
    return month_days(month.year, month.month, part.days.first, part.days.last)
