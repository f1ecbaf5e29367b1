"""Which moment a question is about: 今晚, 周末, 15号下午三点, 20号之后 … relative to now.

A message names dates for all kinds of reasons (“上个月参的保，今天能交吗”). What is asked about
stands in the clause that asks; where no clause with a date asks, the last date counts.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from app.domain.calendar import Span
from app.knowledge.clock_words import Clock, find_clocks
from app.knowledge.date_words import Found, find_days

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL = "[零〇一二两三四五六七八九十]{1,3}+"
_COUNTED = re.compile(
    rf"(?<![周期拜初])({_NUMERAL})(?=个?(?:月|号|日|点|天|周|星期|礼拜|年|分|刻)|十?[到至]{_NUMERAL}[号日])"
    rf"|(?<=月)({_NUMERAL})(?![个几])|(?<=\d[到至-])({_NUMERAL})(?=[号日])|(?<=点)({_NUMERAL})(?!点)"
)
_SPOKEN = (
    (re.compile("今(?:儿个?)?(晚|夜|早)上?"), r"今天\1上"),
    (re.compile("明(?:儿个?)?(晚|早)上?"), r"明天\1上"),
    (re.compile("昨(?:儿个?)?(晚|夜)上?"), r"昨天\1上"),
    (re.compile("(?<![今以之前])后儿个?"), "后天"),
    (re.compile("半个月"), "15天"),
    (re.compile("元月"), "1月"),
)
_SPACE = re.compile(r"(?<=\d)\s+|\s+(?=\d)")
_CLAUSE = re.compile(r"[,。;?!\s、]+")
_ASKS = re.compile(
    r"[吗么嘛呢]|能不|能[交缴办付弄参报扣]|可以|可不|行不|行[吗么]|还[能可来行让给有]|来得及|来不及|赶得上|赶不上|"
    r"[几哪啥]|什么|怎么|咋|是不是|会不会|要不要|晚不晚|算不算|让不让|开不开|给不给|[^\d]不$|没$|成不|中不|得不"
)
_PAID = re.compile("^.{0,4}?[交缴付扣]")
_ENROLLED = re.compile("^[^,。;?!交缴付]{0,5}?(?:参|登记|报上|入保)")
_JUST_ENROLLED = re.compile("(?:刚|才)[^,。;?!交缴付]{0,4}(?:参|登记|报上|入保)")
_JOINS = re.compile(r"^(?:还有)?(?:和|跟|与|或者?|还是|、|,|及)?$")
_TOLD = re.compile(
    r"^(?:那天|那会儿|那次|[早晚]上|[上下]午)?[^,。;?!吗能]{0,4}?"
    r"(?:没(?:[交缴付办扣存弄]|成|过|赶上)|试了|去了|[交缴付办扣存]了|[交缴付办扣登存去]过)"
)
"""After a date: it is told what happened then, not asked."""
_RANGE = re.compile(r"^(?:到|至|-|~)$")
_APPOSITION = re.compile(r"^(?:就|正好|刚好|都|已经|又|才|恰好|是|,|,)*$")
_JUST_PASSED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is asked about: days, and a time of day where one is named."""

    span: Span
    at: time | None = None
    said: str = ""
    """The words for the days; empty where they are to be shown as dates only."""
    clock: str = ""
    """The time of day as it is to be shown."""
    is_now: bool = False
    """Whether none was named."""


def now_moment(now: datetime) -> Moment:
    """Return the present moment, as asked about where none is named."""
    return Moment(Span(now.date(), now.date()), now.time(), is_now=True)


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Return the text with Chinese numerals before units as digits, widths and cases folded.

    Remembered: several readers of one message ask for it.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    for pattern, written in _SPOKEN:
        text = pattern.sub(written, text)
    text = _COUNTED.sub(lambda m: _number(next(g for g in m.groups() if g)), text)
    return _SPACE.sub("", text)


def _number(numeral: str) -> str:
    if "十" not in numeral:
        return "".join(str(_DIGITS[char]) for char in numeral)
    tens, _, ones = numeral.partition("十")
    return str((_DIGITS.get(tens[-1:], 1)) * 10 + _DIGITS.get(ones[:1], 0))


def find_moments(text: str, now: datetime) -> tuple[Moment, ...]:
    """Return the moments that the question is about, at most two; now where it names none.

    `now` is local time; the text may be normalised or not.
    """
    text = plain(text)
    found = _without_appositions(_ordered(text, now.date()), text)
    found = [day for day in found if not _TOLD.match(text[day.end :])]
    clocks = find_clocks(text)
    chosen = _asked(found, text)
    if not chosen:
        clock = _clock_of(None, clocks, text)
        return (_at_clock(clock, now) if clock else now_moment(now),)
    clock = _clock_of(chosen[-1], clocks, text)
    return tuple(_moment(day, clock, now) for day in chosen[-2:])


def find_payment(text: str, now: datetime) -> Moment:
    """Return the day on which the parent paid or will pay: the date next to 交, 缴, 付, 扣."""
    text = plain(text)
    found = _without_appositions(_ordered(text, now.date()), text)
    paid = [day for day in found if _PAID.match(text[day.end :])]
    if paid or found:
        day = (paid or found)[0]
        return Moment(day.span, None, day.said)
    return now_moment(now)


def find_enrolment(text: str, now: datetime) -> Moment | None:
    """Return the day on which the parent enrolled, where they say so: 12月参的保, 刚登记完."""
    text = plain(text)
    done = [day for day in _ordered(text, now.date()) if _ENROLLED.match(text[day.end :])]
    if done:
        return Moment(done[0].span, None, done[0].said)
    return now_moment(now) if _JUST_ENROLLED.search(text) else None


def _ordered(text: str, today: date) -> list[Found]:
    return sorted(find_days(text, today), key=lambda found: found.start)


def _without_appositions(found: list[Found], text: str) -> list[Found]:
    """Drop what only explains the day before it: 明天周六, 今天都21号了."""
    kept: list[Found] = []
    for day in found:
        before = kept[-1] if kept else None
        explains = (
            before is not None
            and day.explains
            and (not before.explains or _is_its_weekday(day, before))
            and before.span.first == before.span.last
            and _APPOSITION.match(text[before.end : day.start])
        )
        if not explains:
            kept.append(day)
    return kept


def _is_its_weekday(day: Found, before: Found) -> bool:
    """Tell whether a weekday only names that of the date before it: 12月20号是周六."""
    is_named = day.said[-1:] in "一二三四五六日天" and day.said[0] in "周星礼"
    return is_named and day.span.first.weekday() == before.span.first.weekday()


def _asked(found: Sequence[Found], text: str) -> list[Found]:
    """Return the days of the last clause that asks and names one; else the last of all."""
    if not found:
        return []
    for first, last in reversed(_clauses(text)):
        inside = [day for day in found if first <= day.start < last]
        if inside and _ASKS.search(text[first:last]):
            return _joined(inside, text)
    return _joined(list(found), text)


def _clauses(text: str) -> list[tuple[int, int]]:
    bounds = [0, *(m.end() for m in _CLAUSE.finditer(text)), len(text)]
    return [(a, b) for a, b in itertools.pairwise(bounds) if b > a]


def _joined(days: list[Found], text: str) -> list[Found]:
    """Return the last day, or what is joined to it: 周六到周日 as one span, 今天或明天 as two."""
    last = days[-1]
    if len(days) < 2:
        return [last]
    before = days[-2]
    gap = text[before.end : last.start]
    if before.span.first <= last.span.last:
        follows = last.span.first - before.span.last == timedelta(days=1)
        if _RANGE.match(gap) or (follows and _JOINS.match(gap)):
            span = Span(before.span.first, max(before.span.last, last.span.last))
            said = text[before.start : last.end] if len(gap) < 2 else ""
            return [Found(before.start, last.end, span, said)]
    return [before, last] if _JOINS.match(gap) else [last]


def _clock_of(day: Found | None, clocks: Sequence[Clock], text: str) -> Clock | None:
    """Return the time of day that belongs to the day: in its clause, or in the one that asks."""
    if day is None or not clocks:
        return clocks[-1] if clocks else None
    for first, last in _clauses(text):
        if first <= day.start < last:
            inside = [clock for clock in clocks if first <= clock.start < last]
            if inside:
                return inside[-1]
    later = [clock for clock in clocks if clock.start >= day.end]
    return later[0] if later else None


def _moment(day: Found, clock: Clock | None, now: datetime) -> Moment:
    if clock is not None:
        return Moment(day.span, clock.at, day.said, clock.shown)
    if day.is_today and not day.said.startswith("今"):
        return now_moment(now)  # 现在, 目前
    return Moment(day.span, now.time() if day.is_today else None, day.said)


def _at_clock(clock: Clock, now: datetime) -> Moment:
    """Return a time without a day: today's, or tomorrow's where it is over."""
    day = now.date()
    moment = datetime.combine(day, clock.at, now.tzinfo)
    if moment + _JUST_PASSED < now:
        day += timedelta(days=1)
    return Moment(Span(day, day), clock.at, clock.shown, clock.shown)
