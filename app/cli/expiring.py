"""`yibao expiring`: documents and dated periods that end soon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.cli.input_error import InputError
from app.domain.content import Catalog
from app.knowledge import expiry

_WITHIN = re.compile(r"(\d{1,4})\s*(d|天|w|周)?")
_WEEK = 7


def parse_within(text: str) -> timedelta:
    """Read `60d`, `60` or `8w`.

    Raises:
        InputError: It is none of these.
    """
    match = _WITHIN.fullmatch(text.strip().lower())
    if match is None:
        raise InputError(f"时间 {text} 看不懂，请写成 60d（60 天）或 8w（8 周）")
    days = int(match.group(1)) * (_WEEK if match.group(2) in {"w", "周"} else 1)
    return timedelta(days=days)


def lines(catalog: Catalog, now: datetime, within: timedelta) -> Iterator[str]:
    """Yield one line for everything that ends in time, and what to do about it."""
    found = expiry.expiring(catalog, now, within)
    for item in found:
        yield str(item)
    yield from expiry.unknown_years(catalog, now)
    if not found:
        yield f"{within.days} 天内没有到期的内容。"
    elif any(item.days_left < 0 for item in found):
        yield "过期的内容会带着提醒回答；新文件到了，换 knowledge/ 里的文件和日历。"
