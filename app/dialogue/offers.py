"""Answers by tap, number or ordinal to the choices of the last reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from app.domain.turn import Choice
from app.matching.normalise import REMEMBERED, normalise, squeeze

_PICK = r"(?:上面|刚才|前面)?的?(?:那?就|我?要|我?选|回复|选择|还是)?"
_UNIT = r"(?:个|种|项|条|号|题|款|样)"
_TAIL = r"(?:吧|呢|啊|的|了|选项|答案|方式|办法)*"
_ORDINAL = re.compile(rf"^{_PICK}(?:第)?([1-9一二两三四五六七八九]){_UNIT}?{_TAIL}$")
_FROM_THE_END = re.compile(rf"^{_PICK}倒数第?([1-9一二三四五六七八九]){_UNIT}?{_TAIL}$")
_LAST = re.compile(
    rf"^{_PICK}(?:最后(?:面)?的?那?[一1]?{_UNIT}?|末尾那?个|最下面那?[一1]?{_UNIT}?|(?:后面|下面|后边|下边|后)那?[一1]?{_UNIT}|后者){_TAIL}$"
)
_FIRST = re.compile(
    rf"^{_PICK}(?:头[一1]?{_UNIT}|最前面那?[一1]?{_UNIT}?|最上面那?[一1]?{_UNIT}?|"
    rf"(?:前面|上面|前边|上边|前)那?[一1]?{_UNIT}|首{_UNIT}|前者){_TAIL}$"
)
_MIDDLE = re.compile(rf"^{_PICK}中间那?[一1]?{_UNIT}?{_TAIL}$")
_DIGITS = "一二三四五六七八九"
_CIRCLED = {chr(0x2460 + i): str(i + 1) for i in range(9)}
_LEADING_NUMBER = re.compile(r"^[1-9](?=\D)")
_WRAPPING = re.compile(rf"^{_PICK}(.+?)(?:那?个|那?种|这个|这种)?(?:吧|呢|啊|的|了)*$")


def number_of(text: str) -> int | None:
    """Read “2”, “②”, “第二个”, “选2” as 2; None where the text is something else."""
    match = _ORDINAL.match(_plain(text))
    return _value(match.group(1)) if match else None


@lru_cache(maxsize=REMEMBERED)
def position_of(text: str, count: int) -> int | None:
    """Return which of `count` choices a text points at, from 1; None where at none of them.

    >>> position_of("后面那个", 2), position_of("倒数第二个", 5), position_of("中间那个", 2)
    (2, 4, None)
    """
    plain = _plain(text)
    number = number_of(text)
    if number is None and (match := _FROM_THE_END.match(plain)):
        number = count + 1 - _value(match.group(1))
    elif number is None and _LAST.match(plain):
        number = count
    elif number is None and _FIRST.match(plain):
        number = 1
    elif number is None and count % 2 and _MIDDLE.match(plain):
        number = count // 2 + 1
    return number if number is not None and 1 <= number <= count else None


@lru_cache(maxsize=REMEMBERED)
def points(text: str) -> bool:
    """Tell whether the text is nothing but a number or a position."""
    plain = _plain(text)
    patterns = (_ORDINAL, _FROM_THE_END, _LAST, _FIRST, _MIDDLE)
    return any(pattern.match(plain) for pattern in patterns)


def chosen(text: str, offered: Sequence[Choice]) -> Choice | None:
    """Return the offered choice that the text picks by number, position or its own words."""
    if not offered:
        return None
    position = position_of(text, len(offered))
    if position is not None:
        return offered[position - 1]
    said = _said(_plain(text))
    for choice in offered:
        if not said.isdisjoint(_names(choice.label, choice.say)):
            return choice
    return None


@lru_cache(maxsize=REMEMBERED)
def _said(plain: str) -> frozenset[str]:
    """Return the words by which a text may pick a choice."""
    wrapped = _WRAPPING.match(plain)
    forms = {plain, _LEADING_NUMBER.sub("", plain), wrapped.group(1) if wrapped else ""}
    return frozenset(forms - {""})


@lru_cache(maxsize=REMEMBERED)
def _plain(text: str) -> str:
    """Return what is compared; remembered, since labels of choices come again and again."""
    return squeeze(normalise("".join(_CIRCLED.get(c, c) for c in text)))


@lru_cache(maxsize=REMEMBERED)
def _names(label: str, say: str) -> frozenset[str]:
    """Return what picks a choice by its own words."""
    return frozenset((_plain(label), _plain(say), _plain(label.partition("：")[0])))


def _value(digit: str) -> int:
    if digit == "两":
        return 2
    return int(digit) if digit.isascii() else _DIGITS.index(digit) + 1
