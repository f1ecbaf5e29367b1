"""Numbers, dates and clock times of a Chinese text as comparable tokens.

Writing differs, meaning does not: `12月15—17日`, `12月15日至17日` and `12 月 15 号到 17 号`
give the same tokens, `两个工作日` and `2个工作日` too. Numbers of steps are no numbers.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

Token = tuple[str, ...]
"""Kind and values: ("元", "435"), ("月日", "12", "15"), ("日-日", "5", "20"),
("钟", "15", "0"), ("", "12333")."""

_DASHES = re.compile(r"[—–－―‐‑−~～〜]+")
_STEP = re.compile(
    r"(?m)^[ \t>*\-]*(?:\d{1,2}[.、)](?!\d)|\(\d{1,2}\))[ \t]*|第\d+[步点条项]|步骤\d+"
)
_CIRCLED = re.compile(r"[①-⑳]")
_BLANKS = re.compile(r"[^\S\n]+")
_LOOSE_BLANK = re.compile(r"(?<!\d) | (?!\d)")
_UNTIL = re.compile(r"(?<=[\d日号月年个天周元])(?:至|到)(?=\d)")
_UNITS = (
    "个工作日|工作日|小时|分钟|个月|周岁|岁|万元|元|块|%|年度|年|月份|月|日|号|天|周|次|家|类|种|名|位"
    "|倍|级|份|张|个"
)
_CLOCK = re.compile(
    r"(?P<half>下午|晚上|傍晚)?(?<!\d)(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?!\d)|[点时](?![间候]))"
)
_ELEMENT = re.compile(rf"(\d+(?:\.\d+)*)({_UNITS})?")
_HAN_ELEMENT = re.compile(
    r"([零一二两三四五六七八九十]{1,3})(个工作日|工作日|个月|周岁|小时|[岁天周年元次家类种个])"
)
_SAME_UNIT = {
    "年度": "年",
    "月份": "月",
    "号": "日",
    "块": "元",
    "周岁": "岁",
    "个工作日": "工作日",
}
_LARGER = {"月": "年", "日": "月"}
_LINKS = frozenset({"-", "、", "和", "及", "与", ",", "或"})
_COUNTED_LOOSELY = frozenset({"个", "家", "类", "种", "次"})
"""Counting words that authors use for their own structure (`两种办法`): claims only in digits."""
_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_LONGEST_RANGE = 5
"""Days or months that a range is spelled out to: 15-17日 names the 16th, 5-20日 does not."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number as it stands in a text."""

    claims: tuple[Token, ...]
    """What it says: itself, or itself with the year or month it belongs to; the whole range."""
    supports: tuple[Token, ...]
    """What it can prove: all of that, the bare number, the days inside a short range."""
    shown: str
    """As it stands in the canonical text."""
    is_claim: bool = True
    """False for a loose count in Chinese numerals, which is no statement of policy."""


@dataclass(slots=True)
class _Element:
    value: str
    unit: str
    start: int
    end: int


def canonical(text: str) -> str:
    """Return the text without step numbers, widths, spaces and variants of dashes."""
    text = unicodedata.normalize("NFKC", _CIRCLED.sub("", text))
    text = _STEP.sub("", _DASHES.sub("-", text)).replace("×", "*").replace("零点", "0点")
    return _UNTIL.sub("-", _LOOSE_BLANK.sub("", _BLANKS.sub(" ", text)))


def as_written(shown: str) -> re.Pattern[str]:
    """Return a pattern that finds a piece of canonical text in the text it was made from."""
    variants = {"-": rf"(?:{_DASHES.pattern}|至|到)", ":": "[:：]", "*": "[*×＊]"}
    return re.compile(r"\s*".join(variants.get(char, re.escape(char)) for char in shown))


def quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a canonical text, URLs excluded by the caller."""
    rest = text
    for match in _CLOCK.finditer(text):
        rest = rest[: match.start()] + " " * len(match.group()) + rest[match.end() :]
        hour = int(match["hour"]) + (12 if match["half"] and int(match["hour"]) < 12 else 0)
        token: Token = ("钟", str(hour), str(int(match["minute"] or 0)))
        yield Quantity((token,), (token,), match.group())
    yield from _in_digits(rest)
    for match in _HAN_ELEMENT.finditer(rest):
        value, unit = _read_han(match.group(1)), _unit(match.group(2))
        token = (unit, str(value))
        is_claim = value > 1 and unit not in _COUNTED_LOOSELY
        yield Quantity((token,), (token,), match.group(), is_claim)


def _unit(unit: str) -> str:
    return _SAME_UNIT.get(unit, unit)


def _elements(text: str) -> list[_Element]:
    """Return the numbers with units; one before `-` or `、` takes the unit of the next."""
    found = [
        _Element(match.group(1), _unit(match.group(2) or ""), match.start(), match.end())
        for match in _ELEMENT.finditer(text)
    ]
    for this, following in reversed(list(itertools.pairwise(found))):
        if not this.unit and text[this.end : following.start] in {"-", "、"}:
            this.unit = following.unit
    return found


def _in_digits(text: str) -> Iterator[Quantity]:
    """Yield the numbers in digits, dates with the year and month that belong to them."""
    dates: dict[str, str] = {}
    before: _Element | None = None
    for element in _elements(text):
        gap = text[before.end : element.start] if before else None
        is_range = gap == "-" and before is not None and before.unit == element.unit != ""
        if gap is None or not _is_date(element) or (gap and gap not in _LINKS):
            dates = {}
        value, unit = _plain(element), element.unit
        larger = _LARGER.get(unit, "") if _is_date(element) else ""
        single: Token = (unit, value)
        if larger in dates:
            single = (larger + unit, dates[larger], value)
        claims, supports = [single], [single, (unit, value), ("", value)]
        start = element.start
        if is_range and before is not None:
            span: Token = (f"{unit}-{unit}", _plain(before), value)
            claims.append(span)
            supports += [span, *_between(before, element, dates.get(larger, ""))]
        if before is not None and (is_range or (gap == "" and len(single) > 2)):
            start = before.start
        yield Quantity(tuple(claims), tuple(supports), text[start : element.end])
        if _is_date(element):
            dates = {unit: value} if unit == "年" else {**dates, unit: value}
        before = element


def _plain(element: _Element) -> str:
    return str(int(element.value)) if _is_date(element) else element.value


def _is_date(element: _Element) -> bool:
    """Tell 2025年, 12月 and 15日 from 250号, 2年 and 3个月."""
    limits = {"年": (1900, 2100), "月": (1, 12), "日": (1, 31)}.get(element.unit)
    if limits is None or not element.value.isdigit():
        return False
    return limits[0] <= int(element.value) <= limits[1]


def _between(first: _Element, last: _Element, larger_value: str) -> Iterator[Token]:
    """Yield the dates inside a short range, such as the 16th of 12月15-17日."""
    if not larger_value or not 0 < int(last.value) - int(first.value) <= _LONGEST_RANGE:
        return
    for value in range(int(first.value) + 1, int(last.value)):
        yield (_LARGER[last.unit] + last.unit, larger_value, str(value))


def _read_han(numeral: str) -> int:
    """Read 两 as 2, 十二 as 12, 二十 as 20."""
    if "十" not in numeral:
        return int("".join(str(_HAN_DIGITS[char]) for char in numeral))
    tens, _, ones = numeral.partition("十")
    return (_HAN_DIGITS.get(tens, 1)) * 10 + _HAN_DIGITS.get(ones, 0)
