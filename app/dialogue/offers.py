"""Answers by tap, number or ordinal to the choices of the last reply."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.domain.turn import Choice
from app.matching.normalise import normalise, squeeze

_ORDINAL = re.compile(
    r"^(?:选|我选|回复)?(?:第)?([1-9一二三四五六七八九])(?:个|种|项|条|号|题)?(?:吧|呢|啊|的)?$"
)
_DIGITS = "一二三四五六七八九"
_CIRCLED = {chr(0x2460 + i): str(i + 1) for i in range(9)}


def number_of(text: str) -> int | None:
    """Read “2”, “②”, “第二个”, “选2” as 2; None where the text is something else."""
    plain = squeeze(normalise("".join(_CIRCLED.get(c, c) for c in text)))
    match = _ORDINAL.match(plain)
    if match is None:
        return None
    digit = match.group(1)
    return int(digit) if digit.isascii() else _DIGITS.index(digit) + 1


def chosen(text: str, offered: Sequence[Choice]) -> Choice | None:
    """Return the offered choice that the text picks by number or by its own words."""
    number = number_of(text)
    if number is not None and number <= len(offered):
        return offered[number - 1]
    plain = squeeze(normalise(text))
    for choice in offered:
        if plain and plain in {squeeze(normalise(choice.label)), squeeze(normalise(choice.say))}:
            return choice
    return None
