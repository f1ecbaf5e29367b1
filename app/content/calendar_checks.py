"""Calendar files: what they point at exists, days stand in order, texts use the right names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.content.calendar_model import (
    CalendarFile,
    DeadlinePart,
    DebitDaysPart,
    LockPart,
    MonthEndsPart,
    MonthlyPart,
    PeriodPart,
    PhasesPart,
    WindowPart,
)
from app.content.parsing import Parsed
from app.content.placeholders import fact_names, fill_facts, wrong_template
from app.content.problems import did_you_mean
from app.content.scope import Scope
from app.content.yaml_source import NodePath, YamlSource
from app.domain.calendar import OPTIONAL_TEXTS, PHASE_NAMES, PLACEHOLDERS, WindowKind
from app.knowledge.workdays import is_known


def windows_of(calendar: CalendarFile) -> Iterator[tuple[WindowKind, str, WindowPart]]:
    """Yield every window with its kind and name."""
    for kind in WindowKind:
        for name, part in calendar.windows(kind).items():
            yield kind, name, part


@dataclass(frozen=True, slots=True)
class CalendarText:
    """One text of a calendar with the names it may use."""

    path: NodePath
    text: str
    names: frozenset[str]
    anchors: tuple[str, ...]


def calendar_texts(calendar: CalendarFile) -> Iterator[CalendarText]:
    """Yield every text that parents read."""
    for kind, name, part in windows_of(calendar):
        base: NodePath = (kind.value, name)
        anchors = tuple(part.source)
        for state, text in part.texts.items():
            names = PLACEHOLDERS[kind].get(state, frozenset())
            yield CalendarText((*base, "texts", state), text, names, anchors)
        if isinstance(part, PhasesPart):
            for i, phase in enumerate(part.phases):
                path = (*base, "phases", i, "text")
                yield CalendarText(path, phase.text, PHASE_NAMES, anchors)
        if isinstance(part, MonthlyPart):
            for key, channel in part.channels.items():
                if channel.hint:
                    path = (*base, "channels", key, "hint")
                    yield CalendarText(path, channel.hint, frozenset(), anchors)


def check_calendars(scope: Scope) -> None:
    """Report everything that keeps a calendar, or an answer that refers to it, from working."""
    for parsed in scope.files.calendars.values():
        _Checker(scope, parsed).check()
    for intent in scope.files.intents.values():
        for region, answer in intent.value.answers.items():
            for key in ("windows", "windows_if_asked"):
                for i, reference in enumerate(getattr(answer, key)):
                    path: NodePath = ("answers", region, key, i)
                    _check_reference(scope, intent.source, path, region, reference)


def _check_reference(
    scope: Scope, source: YamlSource, path: NodePath, region: str, reference: str
) -> None:
    if not scope.has_calendar(region):
        message = f"{region} 没有日历（knowledge/calendar/{region}.yml）"
        scope.files.problems.add("R012", source.place(path), message)
        return
    calendar = scope.files.calendars.get(region)
    if calendar is None:
        return  # broken, and reported as such
    known = {name: part for _, name, part in windows_of(calendar.value)}
    name, _, channel = reference.partition(".")
    part = known.get(name)
    if part is None:
        hint = did_you_mean(name, known)
        scope.files.problems.add("R012", source.place(path), f"日历里没有窗口 {name}{hint}")
        return
    channels = part.channels if isinstance(part, MonthlyPart) else {}
    if channel and channel not in channels:
        hint = did_you_mean(channel, channels)
        message = f"窗口 {name} 里没有渠道 {channel}{hint}"
        scope.files.problems.add("R012", source.place(path), message)


class _Checker:
    """Checks one calendar."""

    def __init__(self, scope: Scope, parsed: Parsed[CalendarFile]) -> None:
        self._scope = scope
        self._problems = scope.files.problems
        self._source = parsed.source
        self._value = parsed.value

    def check(self) -> None:
        self._check_names()
        for kind, name, part in windows_of(self._value):
            self._check_texts(kind, name, part)
            self._check_pointers(kind, name, part)
            self._check_order(kind, name, part)
        region = self._value.region
        assumed = CalendarText(("assumed",), self._value.assumed, frozenset({"years"}), ())
        for text in (assumed, *calendar_texts(self._value)):
            self._check_names_in(text, region)
        self._check_holidays()
        self._check_questions()

    def _check_names(self) -> None:
        seen: dict[str, str] = {}
        for kind, name, _ in windows_of(self._value):
            first = seen.setdefault(name, kind.value)
            if first != kind.value:
                place = self._source.key_place((kind.value, name))
                self._problems.add("Y005", place, f"“{name}”在 {first} 里已经有了", "换一个名称")

    def _check_texts(self, kind: WindowKind, name: str, part: WindowPart) -> None:
        path: NodePath = (kind.value, name, "texts")
        texts, known = part.texts, PLACEHOLDERS[kind]
        for state in texts.keys() - known.keys():
            hint = did_you_mean(state, known)
            place = self._source.key_place((*path, state))
            self._problems.add("S001", place, f"不认识的键 {state}{hint}")
        for state in known.keys() - texts.keys() - OPTIONAL_TEXTS.get(kind, frozenset()):
            self._problems.add("S002", self._source.place(path), f"texts（说法）缺少 {state}")

    def _check_names_in(self, text: CalendarText, region: str) -> None:
        source = self._source
        facts = fact_names(text.text)
        for fact in facts:
            if not self._scope.is_fact(region, fact):
                hint = did_you_mean(fact, self._scope.fact_values(region))
                place = source.find(text.path, f"{{fact.{fact}}}")
                self._problems.add("R006", place, f"{region} 没有事实 {fact}{hint}")
        rest = fill_facts(text.text, dict.fromkeys(facts, ""))
        wrong = wrong_template(rest, text.names)
        if wrong:
            self._problems.add("R007", source.place(text.path), wrong, "改成规定的名称")

    def _check_pointers(self, kind: WindowKind, name: str, part: WindowPart) -> None:
        base: NodePath = (kind.value, name)
        match part:
            case MonthlyPart():
                self._check_pointer((*base, "after"), part.after, WindowKind.PERIODS)
            case DeadlinePart():
                self._check_pointer((*base, "within"), part.within, WindowKind.PERIODS)
                self._check_pointer((*base, "pay", "window"), part.pay.window, WindowKind.MONTHLY)
            case PhasesPart():
                self._check_pointer((*base, "paid_by"), part.paid_by, WindowKind.MONTHLY)
            case LockPart():
                self._check_pointer((*base, "paid_by"), part.paid_by, WindowKind.MONTHLY)
                self._check_pointer((*base, "debit"), part.debit, WindowKind.DEBIT_DAYS)

    def _check_pointer(self, path: NodePath, name: str, kind: WindowKind) -> None:
        known = self._value.windows(kind)
        if name not in known:
            message = f"{kind.value} 里没有 {name}{did_you_mean(name, known)}"
            self._problems.add("R012", self._source.place(path), message)

    def _check_order(self, kind: WindowKind, name: str, part: WindowPart) -> None:
        base: NodePath = (kind.value, name)
        match part:
            case MonthlyPart():
                self._in_order((*base, "days", "last"), (part.days.first, part.days.last))
            case PeriodPart():
                self._in_order((*base, "last"), (part.first, part.last))
            case DebitDaysPart():
                self._in_order((*base, "days"), part.days)
            case MonthEndsPart():
                self._in_order((*base, "months"), part.months)
            case PhasesPart():
                self._in_order((*base, "phases"), [phase.first for phase in part.phases])
            case LockPart():
                self._in_order((*base, "months"), part.months)
                days = (part.locked.first, part.locked.last, part.free.first, part.free.last)
                self._in_order((*base, "free"), days)

    def _in_order(self, path: NodePath, days: Sequence[date] | Sequence[int]) -> None:
        if list(days) != sorted(days):
            shown = "、".join(str(day) for day in days)
            self._problems.add("S008", self._source.place(path), f"先后颠倒：{shown}")

    def _check_questions(self) -> None:
        """Report topics of questions of dates whose answer says nothing about dates."""
        questions = self._value.questions
        if questions is None:
            return
        base: NodePath = ("questions",)
        known = self._scope.files.intents
        for path, name in [
            ((*base, "default"), questions.default),
            *(((*base, "topics", name), name) for name in questions.topics),
        ]:
            intent = known.get(name)
            if intent is None:
                if not self._scope.is_intent(name):
                    hint = did_you_mean(name, known)
                    self._problems.add(
                        "R004", self._source.key_place(path), f"没有意图 {name}{hint}"
                    )
                continue
            answer = intent.value.answers.get(self._value.region)
            if self._value.region in intent.value.regions:
                continue  # a gap: it says that the document does not state it
            if answer is None or not answer.windows:
                message = f"意图 {name} 在 {self._value.region} 的答案没有写 windows"
                remedy = "在它的答案里写 windows，或从这里删掉"
                self._problems.add("R005", self._source.key_place(path), message, remedy)

    def _check_holidays(self) -> None:
        """Warn about years whose holidays are not known yet: days are then only assumed."""
        years = sorted({d.year for d in _days(self._value) if not is_known(d.year)})
        if years:
            shown = "、".join(str(year) for year in years)
            message = f"{shown} 年的放假安排程序里还没有，按周一至周五推算"
            self._problems.add("C022", self._source.place(), message)


def _days(calendar: CalendarFile) -> Iterable[date]:
    for period in calendar.periods.values():
        yield from (period.first, period.last)
    for debit in calendar.debit_days.values():
        yield from debit.days
    for ends in calendar.month_ends.values():
        yield from ends.months
