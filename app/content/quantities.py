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
"""Kind and values: ("元", "435"), ("月日", "12", "15"), ("钟", "15", "0"), ("", "12333")."""

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
_DATE_UNITS = frozenset({"年", "月", "日"})
_LINKS = frozenset({"-", "、", "和", "及", "与", ",", "或"})
_COUNTED_LOOSELY = frozenset({"个", "家", "类", "种", "次"})
"""Counting words that authors use for their own structure (`两种办法`): claims only in digits."""
_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_LONGEST_RANGE = 5
"""Days or months that a range is spelled out to: 15-17日 names the 16th, 5-20日 does not."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number as it stands in a text."""

    tokens: tuple[Token, ...]
    """What it claims: itself, and together with the year or month right before it."""
    implied: tuple[Token, ...]
    """What else it supports: the days inside a range, the month that a list carries on."""
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


def quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a canonical text, URLs excluded by the caller."""
    rest = text
    for match in _CLOCK.finditer(text):
        rest = rest[: match.start()] + " " * len(match.group()) + rest[match.end() :]
        hour = int(match["hour"]) + (12 if match["half"] and int(match["hour"]) < 12 else 0)
        token = ("钟", str(hour), str(int(match["minute"] or 0)))
        yield Quantity((token,), (), match.group())
    yield from _dated(rest)
    for match in _HAN_ELEMENT.finditer(rest):
        value, unit = _read_han(match.group(1)), _unit(match.group(2))
        is_claim = value > 1 and unit not in _COUNTED_LOOSELY
        yield Quantity(((unit, str(value)),), (), match.group(), is_claim)


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


def _dated(text: str) -> Iterator[Quantity]:
    """Yield numbers and dates, each date with the year and month that belong to it."""
    context: dict[str, str] = {}
    before: _Element | None = None
    for element in _elements(text):
        value = _plain(element)
        unit = element.unit if _is_date(element) else ""
        if not unit:
            yield Quantity(((element.unit, value),), ((("", value),)), _shown(text, element))
            before = None
            continue
        gap = text[before.end : element.start] if before else None
        if gap is None or (gap and gap not in _LINKS):
            context = {}
        larger = {"月": "年", "日": "月"}.get(unit, "")
        tokens: list[Token] = [(unit, value)]
        implied: list[Token] = [("", value)]
        if larger in context:
            pair = (larger + unit, context[larger], value)
            adjacent = gap == "" and before is not None and before.unit == larger
            (tokens if adjacent else implied).append(pair)
        if gap == "-" and before is not None and before.unit == unit:
            implied += _between(unit, _plain(before), value, larger, context)
        start = before.start if len(tokens) > 1 and before else element.start
        yield Quantity(tuple(tokens), tuple(implied), text[start : element.end])
        context[unit] = value
        before = element


def _plain(element: _Element) -> str:
    return str(int(element.value)) if _is_date(element) else element.value


def _is_date(element: _Element) -> bool:
    """Tell 2025年, 12月 and 15日 from 250号, 2年 and 3个月."""
    limits = {"年": (1900, 2100), "月": (1, 12), "日": (1, 31)}.get(element.unit)
    if limits is None or not element.value.isdigit():
        return False
    return limits[0] <= int(element.value) <= limits[1]


def _between(
    unit: str, first: str, last: str, larger: str, context: dict[str, str]
) -> Iterator[Token]:
    """Yield what lies inside a range such as 15-17日."""
    if not 0 < int(last) - int(first) <= _LONGEST_RANGE:
        return
    for value in range(int(first) + 1, int(last)):
        yield (unit, str(value))
        if larger in context:
            yield (larger + unit, context[larger], str(value))


def _shown(text: str, element: _Element) -> str:
    return text[element.start : element.end]


def _read_han(numeral: str) -> int:
    """Read 两 as 2, 十二 as 12, 二十 as 20."""
    if "十" not in numeral:
        return int("".join(str(_HAN_DIGITS[char]) for char in numeral))
    tens, _, ones = numeral.partition("十")
    return (_HAN_DIGITS.get(tens, 1)) * 10 + _HAN_DIGITS.get(ones, 0)
