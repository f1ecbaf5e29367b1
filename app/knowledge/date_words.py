"""Dates in a sentence: 后天, 这周六, 15号, 12月20日之后, 下个月底, 国庆 … as spans of days.

Form only: each pattern gives the days that its words mean on a given day. Which of several is
asked about is for `moments`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from app.domain.calendar import Span
from app.knowledge import day_spans, lunar
from app.knowledge.workdays import festival

_DAY = timedelta(days=1)
_BOUND = (
    r"(?:(?P<after>之后|以后|过后|后(?![天面来台续]))|(?P<before>之前|以前|前(?![天面台几两后])))?"
)
_OVER = r"(?P<over>过了|过完|等到?过)?"
_SOME = "下下个?|下个?|这个?|本|当|(?<![赶碰遇撞轮])上个?"
_YEAR = r"(?:(?P<y>\d{4})年|(?P<year>今年|明年|去年)的?)?"
_PART = r"(?P<part>底|末|初|中旬|上旬|下旬|中)"
_UNTIL = r"(?:到|至|-|~)"
_WEEKDAYS = {**{c: i for i, c in enumerate("一二三四五六日")}, "天": 6}
_WEEKDAYS |= {str(i + 1): i for i in range(7)}
_RELATIVE_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
_SHIFTS = {"上": -1, "下": 1, "下下": 2}
_YEARS = {"今年": 0, "明年": 1, "去年": -1}
_FESTIVALS = {"年": "春节", "过年": "春节", "大年": "春节"}
_DECEMBER = {"平安夜": 24, "圣诞": 25, "跨年": 31}
_FESTIVALS |= {"五一": "劳动节", "十一": "国庆"}


@dataclass(frozen=True, slots=True)
class Found:
    """Days that a piece of the text means."""

    start: int
    end: int
    """Position in the text, end excluded."""
    span: Span
    said: str
    is_today: bool = False
    explains: bool = False
    """Weekday or day of the month: may only explain the day named just before (明天周六)."""


def find_days(text: str, today: date) -> Iterator[Found]:
    """Yield the days named in a plain text (see `moments.plain`), by pattern, not by position."""
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(text):
            span = read(match, today)
            if span is not None:
                is_today = read is _day_word and span == Span(today, today)
                explains = read in {_day_of_month, _weekday, _month_day}
                yield Found(*match.span(), span, match.group(), is_today, explains)
            # Masked either way: a 31号 that does not exist is no other date.
            text = text[: match.start()] + "□" * len(match.group()) + text[match.end() :]


@lru_cache(maxsize=1024)
def without_days(text: str) -> tuple[str, int]:
    """Return a plain text without its dates, and how many there were."""
    count = 0
    for pattern, _ in _PATTERNS:
        text, found = pattern.subn("□", text)
        count += found
    return text.replace("□", ""), count


def _group(match: re.Match[str], name: str) -> str:
    return match.groupdict().get(name) or ""


def _bounded(span: Span, match: re.Match[str], today: date, *, in_month: bool = False) -> Span:
    """Apply 之前, 之后 and 过了."""
    if _group(match, "before"):
        return day_spans.before(span, today, _group(match, "part"))
    if _group(match, "after") or _group(match, "over"):
        return day_spans.after(span, within_month=in_month)
    return span


def _shift(match: re.Match[str]) -> int:
    return _SHIFTS.get(_group(match, "which").removesuffix("个"), 0)


def _year(match: re.Match[str], today: date, month: int, day: int) -> int:
    if _group(match, "y"):
        return int(match["y"])
    named = _YEARS.get(_group(match, "year"))
    return day_spans.nearest_year(today, month, day) if named is None else today.year + named


def _month_day(match: re.Match[str], today: date) -> Span | None:
    month, number = int(match["m"]), int(match["d"])
    if not 1 <= month <= 12:
        return None
    day = day_spans.existing(_year(match, today, month, number), month, number)
    return _bounded(Span(day, day), match, today, in_month=True) if day else None


def _month_day_range(match: re.Match[str], today: date) -> Span | None:
    month, number = int(match["m"]), int(match["d"])
    last_month = int(match["m2"] or month)
    if not (1 <= month <= 12 and 1 <= last_month <= 12):
        return None
    year = _year(match, today, month, number)
    first = day_spans.existing(year, month, number)
    last = day_spans.existing(year + (last_month < month), last_month, int(match["d2"]))
    return Span(first, last) if first and last and first <= last else None


def _month(match: re.Match[str], today: date) -> Span | None:
    month = int(match["m"])
    if not 1 <= month <= 12:
        return None
    # By the end of the month: in the middle of it, this month is meant.
    year = _year(match, today, month, 31)
    return _bounded(day_spans.month_part(year, month, _group(match, "part"), today), match, today)


def _some_month(match: re.Match[str], today: date) -> Span | None:
    year, month = today.year, today.month + _shift(match)
    if match["d"]:
        first = day_spans.month_days(year, month).first
        day = day_spans.existing(first.year, first.month, int(match["d"]))
        return _bounded(Span(day, day), match, today, in_month=True) if day else None
    return _bounded(day_spans.month_part(year, month, _group(match, "part"), today), match, today)


def _last_of_month(match: re.Match[str], today: date) -> Span | None:
    last = day_spans.month_days(today.year, today.month + _shift(match)).last
    return _bounded(Span(last, last), match, today)


def _part(match: re.Match[str], today: date) -> Span | None:
    return _bounded(day_spans.upcoming_part(today, match["part"]), match, today)


def _year_end(match: re.Match[str], today: date) -> Span | None:
    return _bounded(day_spans.month_days(today.year, 12, 21), match, today)


def _day_range(match: re.Match[str], today: date) -> Span | None:
    if re.search(r"每个?月的?$", match.string[: match.start()]):
        return None  # the rule itself, quoted
    first = day_spans.upcoming(today, int(match["d"]))
    last = first and day_spans.existing(first.year, first.month, int(match["d2"]))
    return Span(first, last) if first and last and first <= last else None


def _day_of_month(match: re.Match[str], today: date) -> Span | None:
    if _group(match, "after") or _group(match, "over"):
        return day_spans.after_day(today, int(match["d"]))
    day = day_spans.upcoming(today, int(match["d"]))
    return _bounded(Span(day, day), match, today) if day else None


def _weekday(match: re.Match[str], today: date) -> Span | None:
    day = day_spans.week_of(today, _shift(match)).first + _WEEKDAYS[match["w"]] * _DAY
    if not match["which"] and day < today:
        day += 7 * _DAY
    is_weekend = bool(match["sunday"]) and day.weekday() == 5
    return _bounded(Span(day, day + _DAY if is_weekend else day), match, today)


def _weekend(match: re.Match[str], today: date) -> Span | None:
    sunday = day_spans.week_of(today, _shift(match)).last
    return _bounded(Span(sunday - _DAY, sunday), match, today)


def _week(match: re.Match[str], today: date) -> Span | None:
    span = day_spans.week_of(today, _shift(match))
    rest = Span(max(today, span.first), span.last) if today in span else span
    return _bounded(rest, match, today)


def _day_word(match: re.Match[str], today: date) -> Span | None:
    day = today + _RELATIVE_DAYS.get(_group(match, "rel"), 0) * _DAY
    if day == today and _group(match, "before"):
        return Span(day, day)
    return _bounded(Span(day, day), match, today)


def _later(match: re.Match[str], today: date) -> Span | None:
    count, unit = int(match["n"]), match["unit"]
    if unit == "月":
        day = day_spans.month_days(today.year, today.month + count, today.day).first
    else:
        day = today + count * (1 if unit == "天" else 7) * _DAY
    return Span(day, day)


def _festival(match: re.Match[str], today: date) -> Span | None:
    span = festival(_FESTIVALS.get(match["f"], match["f"]), today)
    if span and (_group(match, "after") or _group(match, "over")):
        return day_spans.after_holiday(span)
    return span and _bounded(span, match, today)


def _lunar_day(match: re.Match[str], today: date) -> Span | None:
    if not _group(match, "month") and not lunar.is_near(today):
        return None  # 初一 is a school year
    span = lunar.new_year_day(today, match["n"])
    return span and _bounded(span, match, today)


def _new_year_eve(match: re.Match[str], today: date) -> Span | None:
    day = 15 if _group(match, "lantern") else 0
    span = lunar.new_year_days(today, day, day)
    return span and _bounded(span, match, today)


def _fixed_day(match: re.Match[str], today: date) -> Span | None:
    number = _DECEMBER[match["f"]]
    day = date(day_spans.nearest_year(today, 12, number), 12, number)
    return _bounded(Span(day, day), match, today)


def _summer(_: re.Match[str], today: date) -> Span | None:
    year = today.year + (today > date(today.year, 8, 31))
    return Span(max(today, date(year, 7, 1)), date(year, 8, 31))


def _next_year(_: re.Match[str], today: date) -> Span | None:
    return Span(date(today.year + 1, 1, 1), date(today.year + 1, 12, 31))


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Span | None]], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (
            rf"{_OVER}(?:大年30|大年三十|年三十|年30|三十晚上|除夕夜?|(?P<lantern>元宵节?)){_BOUND}",
            _new_year_eve,
        ),
        (
            rf"{_OVER}(?:(?P<month>大年|正月)(?:里的?)?初?|(?<![上读念从到])初)"
            r"(?P<n>[一二三四五六七八九十]|\d{1,2})[号日]?"
            rf"(?![中十\d]|[年班]级?|学|新生|毕业|的?孩子){_BOUND}",
            _lunar_day,
        ),
        (rf"{_OVER}(?P<f>平安夜|圣诞|跨年)(?:节|夜|那天)?{_BOUND}", _fixed_day),
        (
            rf"{_OVER}(?P<y>\d{{4}})[年/.-](?P<m>\d{{1,2}})[月/.-](?P<d>\d{{1,2}})[号日]?{_BOUND}",
            _month_day,
        ),
        (
            rf"{_OVER}(?<![\d/.:-])(?P<m>1[0-2]|0?[1-9])[/.](?P<d>3[01]|[12]\d|0?[1-9])"
            rf"(?![\d/.:%元块万倍个])[号日]?{_BOUND}",
            _month_day,
        ),
        (
            rf"{_YEAR}(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})[号日]?{_UNTIL}"
            r"(?:(?P<m2>\d{1,2})月)?(?P<d2>\d{1,2})[号日]",
            _month_day_range,
        ),
        (
            rf"{_OVER}{_YEAR}(?P<m>\d{{1,2}})月份?的?(?P<d>\d{{1,2}})"
            rf"(?:[号日]|(?![\d个天元块家年点:%,.]|小时)){_BOUND}",
            _month_day,
        ),
        (rf"(?P<which>{_SOME})月份?的?(?:月底)?最后[一1]天{_BOUND}", _last_of_month),
        (
            rf"{_OVER}(?P<which>{_SOME})月份?的?(?:月(?=[底末初中]))?"
            rf"(?:(?P<d>\d{{1,2}})[号日]|{_PART})?{_BOUND}",
            _some_month,
        ),
        (rf"{_OVER}{_YEAR}(?<![\d个])(?P<m>\d{{1,2}})月份?的?{_PART}?{_BOUND}", _month),
        (
            rf"(?P<which>{_SOME})?(?:周|星期|礼拜)(?P<w>[一二三四五六日天]|[1-7](?![\d\-至到]))"
            rf"(?P<sunday>[、和]?[日天](?![常数]))?{_BOUND}",
            _weekday,
        ),
        (rf"(?<!\d)(?P<d>\d{{1,2}})[号日]?{_UNTIL}(?P<d2>\d{{1,2}})[号日]", _day_range),
        (rf"{_OVER}(?<![\d第])(?P<d>\d{{1,2}})[号日](?![楼线内文店口窗]){_BOUND}", _day_of_month),
        (rf"(?:月(?=[底末初中])|(?=[中上下]旬)){_PART}{_BOUND}", _part),
        (rf"年(?P<part>[底末]){_BOUND}", _year_end),
        (rf"(?P<which>{_SOME})?(?:周末|双休日?|礼拜末){_BOUND}", _weekend),
        (rf"(?P<which>{_SOME})(?:周|星期|礼拜)(?![一二三四五六日天末1-7]){_BOUND}", _week),
        (
            r"(?:再?过)?(?P<n>\d{1,2})个?(?P<unit>天|周|星期|礼拜|月)(?:之后|以后|过后|后(?!天))",
            _later,
        ),
        (r"再?过(?P<n>\d{1,2})个?(?P<unit>天|周|星期|礼拜|月)", _later),
        (rf"{_OVER}(?P<rel>大后|大前|后|前|今|明|昨)天{_BOUND}", _day_word),
        (rf"{_OVER}(?P<rel>今|明|昨)(?:日(?!期)|儿个?){_BOUND}", _day_word),
        (r"现在|这会儿?|目前|眼下|此刻", _day_word),
        (
            rf"{_OVER}(?P<f>元旦|春节|过年|大年|清明|五一|劳动节|端午|中秋|国庆|十一(?=[放长黄假能可])"
            r"|(?<=过完)年|(?<![\d今去明往每半多几两当次过])年(?=[前后](?!面)))"
            rf"(?:节|期间|放假|假期|[那这]几天|长假)*{_BOUND}",
            _festival,
        ),
        (r"暑假", _summer),
        (r"明年(?=再|还|才|能|可以|去)", _next_year),
    )
)
