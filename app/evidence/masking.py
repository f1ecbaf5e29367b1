"""Numbers that could tell who somebody is, taken out before a text leaves the house.

Phone, ID, card and student numbers all have six digits or more; amounts, years, dates and the
hotlines of the documents have fewer in a row.
"""

from __future__ import annotations

import re

_YEARS = r"(?:19|20)\d\d(?:[-/.](?:(?:19|20)\d\d|\d{1,2}(?:[-/.]\d{1,2})?))?"
_LONG = re.compile(rf"(?<!\d)(?!{_YEARS}(?![ \-]?\d))\d(?:[ \-]?\d){{5,}}")
_SPELLED = re.compile(r"[零〇一二两三四五六七八九幺]{6,}")
MASK = "〔号码〕"


def mask_numbers(text: str) -> str:
    """Replace every run of six digits or more, also grouped by spaces or hyphens, or spelled out.

    Digits of any script count. Years, ranges of years and dates stay.

    >>> mask_numbers("我的电话138 1234 5678，2025-2026年度交了380")
    '我的电话〔号码〕，2025-2026年度交了380'
    """
    return _SPELLED.sub(MASK, _LONG.sub(MASK, text))
