"""Which texts differ between two contents, or between two moments of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta

from app.domain.calendar import Calendar, Span
from app.domain.content import Catalog
from app.impact.answers import AnswerText, answers_at
from app.impact.findings import VARIANT, AnswerChange
from app.knowledge.calendar import SHANGHAI

NOTICE, DATES, DATES_IF_ASKED = "过期提示", "日期", "日期（问到时）"
_PARTS = (
    ("text", "正文"),
    ("dates", DATES),
    ("dates_if_asked", DATES_IF_ASKED),
    ("notice", NOTICE),
    ("source", "依据"),
    ("related", "相关问题"),
    ("flow", "启动的流程"),
)
_BY_DATE = (NOTICE, DATES, DATES_IF_ASKED)
"""Parts that depend on the moment."""
_MORNING = time(10)
_BACK_DAYS = 365
_SHOWN_DATES = 3
"""Dates that are shown of a text that differs at many."""


def compare_contents(old: Catalog, new: Catalog, at: datetime) -> tuple[AnswerChange, ...]:
    """Return the texts that differ, at `at` and at every date that either content names.

    A few tenths of a second for a hundred intents; some seconds where the dates differ.
    """
    now = compare_answers(answers_at(old, at), answers_at(new, at))
    found = {(c.intent, c.region, c.state): [c] for c in now}
    if not _is_dated_alike(old, new):
        for moment, intents in _moments((old, new), at):
            texts = [answers_at(catalog, moment, intents=intents) for catalog in (old, new)]
            for change in compare_answers(*texts):
                if change.part in _BY_DATE:
                    kept = found.setdefault((change.intent, change.region, change.state), [])
                    _keep(kept, change, moment)
    changes = (change for kept in found.values() for change in kept)
    return tuple(sorted((*changes, *_wording(old, new)), key=_order))


def _keep(kept: list[AnswerChange], change: AnswerChange, moment: datetime) -> None:
    """Keep the first few dates at which a text differs, and count the others."""
    if any((c.before, c.after) == (change.before, change.after) for c in kept):
        return
    if len(kept) < _SHOWN_DATES:
        kept.append(replace(change, state=f"{change.state} {moment:%Y-%m-%d}"))
    else:
        kept[-1] = replace(kept[-1], more=kept[-1].more + 1)


def compare_answers(
    before: Iterable[AnswerText], after: Iterable[AnswerText]
) -> tuple[AnswerChange, ...]:
    """Return the parts that differ, by intent and region; whole texts that are new or gone."""
    olds, news = ({_key(t): t for t in texts} for texts in (before, after))
    found: list[AnswerChange] = []
    for key in olds.keys() | news.keys():
        old, new = olds.get(key), news.get(key)
        if old is not None and new is not None:
            found.extend(_parts(old, new))
        else:
            found.extend(_whole(old, new))
    return tuple(sorted(found, key=_order))


def _moments(
    catalogs: Sequence[Catalog], at: datetime
) -> Iterator[tuple[datetime, frozenset[str]]]:
    """Yield the days around every date that the contents name, each with the intents it is about.

    At ten in the morning, ascending, from a year before `at` on; an empty set: all intents.
    """
    start = at.date() - timedelta(days=_BACK_DAYS)
    ends = {d.valid_until + timedelta(days=1) for c in catalogs for d in c.documents.values()}
    days: set[date] = set()
    for calendar in (calendar for c in catalogs for calendar in c.calendar.values()):
        near = (-calendar.closing_days, -1, 0, 1)
        days |= {day + timedelta(days=n) for day in _dates(calendar) for n in near}
    dated = frozenset(
        str(intent.id)
        for catalog in catalogs
        for intent in catalog.intents.values()
        if any(a.windows or a.windows_if_asked for a in intent.answers.values())
    )
    for day in sorted(day for day in days | ends if day >= start):
        if day in ends or dated:
            yield datetime.combine(day, _MORNING, SHANGHAI), frozenset() if day in ends else dated


def _is_dated_alike(old: Catalog, new: Catalog) -> bool:
    """Tell whether no date can make a difference that one moment does not show."""
    return _dated(old) == _dated(new)


def _dated(catalog: Catalog) -> object:
    """Return all that decides what an answer says at which date."""
    answers = {
        (intent.id, region): (answer.windows, answer.windows_if_asked, answer.sources)
        for intent in catalog.intents.values()
        for region, answer in intent.answers.items()
    }
    documents = {d.id: (d.valid_until, d.applies_to, d.confirm) for d in catalog.documents.values()}
    return catalog.calendar, answers, documents, catalog.texts.entries["expired"]


def _wording(old: Catalog, new: Catalog) -> Iterator[AnswerChange]:
    before, after = old.texts.entries, new.texts.entries
    for key in sorted(before.keys() | after.keys()):
        one, other = " ｜ ".join(before.get(key, ())), " ｜ ".join(after.get(key, ()))
        if one != other:
            yield AnswerChange(
                "_texts", "机器人自己的话", "", key, one, other, "intents/_texts.yml"
            )


def _parts(old: AnswerText, new: AnswerText) -> Iterator[AnswerChange]:
    for name, label in _PARTS:
        before, after = _text(old, name), _text(new, name)
        if before != after:
            state = f"{new.state}{VARIANT}{label}" if new.state else label
            yield _change(new, state, before, after)
    if old.title != new.title:
        yield _change(new, "标题", old.title, new.title)


def _whole(old: AnswerText | None, new: AnswerText | None) -> Iterator[AnswerChange]:
    one = new or old
    if one is not None:
        state = one.state or "整个回答"
        yield _change(one, state, old.shown if old else "", new.shown if new else "")


def _text(answer: AnswerText, name: str) -> str:
    value = getattr(answer, name)
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _change(answer: AnswerText, state: str, before: str, after: str) -> AnswerChange:
    return AnswerChange(
        answer.intent, answer.title, answer.region, state, before, after, answer.file
    )


def _key(answer: AnswerText) -> tuple[str, str, str]:
    return (answer.intent, answer.region, answer.state)


def _order(change: AnswerChange) -> tuple[bool, str, str, str]:
    return (change.intent.startswith("_"), change.intent, change.region, change.state)


def _dates(calendar: Calendar) -> Iterator[date]:
    """Yield every day that a window names."""
    for window in calendar.windows.values():
        for field in fields(window):
            yield from _days(getattr(window, field.name))


def _days(value: object) -> Iterator[date]:
    match value:
        case Span():
            yield from (value.first, value.last)
        case date():
            yield value
        case tuple():
            for part in value:
                yield from _days(part)
