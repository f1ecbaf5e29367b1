"""Numbers and days in a message, read as the choice whose range holds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from app.domain.flows import Slot

Days = Callable[[str], Iterable[tuple[int, int]]]
"""Text → spans of days that it names, as ordinals of the first and the last day."""
_NUMERAL = r"(?<![\d.])(?:\d{1,6}|[零一二两三四五六七八九十百]{1,5})(?![\d.])"
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_SCALES = {"十": 10, "百": 100}


def number_choices(text: str, slot: Slot, asked: bool) -> set[str]:
    """Return the choices that the numbers of a text fall into.

    Numbers that stand before the slot's unit count always; where there are none, all numbers
    count if the slot was just asked.
    """
    unit = re.escape(slot.unit)
    found = re.findall(rf"({_NUMERAL})\s*(?:个)?{unit}", text) if unit else []
    if not found and asked:
        found = re.findall(_NUMERAL, text)
    numbers = [n for n in map(read_number, found) if n is not None]
    return {b.value for n in numbers for b in slot.ranges if b.holds(n, n)}


def day_choices(spans: Iterable[tuple[int, int]], slot: Slot) -> set[str]:
    """Return the choices whose days hold the named ones; a span over two of them is neither."""
    return {b.value for first, last in spans for b in slot.ranges if b.holds(first, last)}


def read_number(numeral: str) -> int | None:
    """Read 12, 十二, 二十, 一百零五; None where the characters are no number below 1,000.

    >>> read_number("十二"), read_number("两百"), read_number("十百")
    (12, 200, None)
    """
    if numeral.isdecimal():
        return int(numeral)
    total, digit, scale_before = 0, None, 1000
    for char in numeral:
        if char in _SCALES:
            scale = _SCALES[char]
            if scale >= scale_before or (digit is None and scale == 100):
                return None
            total += (1 if digit is None else digit) * scale
            digit, scale_before = None, scale
        elif digit not in (None, 0):
            return None
        else:
            digit = _DIGITS[char]
    return total + (digit or 0)
