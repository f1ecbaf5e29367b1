"""Times of day in a sentence: 下午三点半, 14点前, 晚上, 半夜."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_MORNING = "早上|早晨|清早|大早|早间|上午|一早"
_NOON = "中午|午休|晌午"
_AFTERNOON = "下午|午后|傍晚|后晌"
_EVENING = "晚上|夜上|晚间|大晚上|夜里|夜间|晚饭后|睡前|下班后|下班以后|下了班|下班再"
_NIGHT = "半夜|深夜|大半夜|后半夜|凌晨"
_HALF = rf"(?P<half>{_MORNING}|{_NOON}|{_AFTERNOON}|{_EVENING}|{_NIGHT}|早上|晚上)"
_CLOCK = re.compile(
    rf"(?P<over>过了|等到?过)?(?:{_HALF}的?)?(?<![第有这那几\d*x.:-])(?P<h>\d{{1,2}})"
    r"(?:点(?P<full>钟|整)?|:|时(?![间候效刻]))"
    r"(?P<m>半|[123一三]刻|\d{1,2}分?)?(?P<more>多|左右)?(?P<bound>之后|以后|过后|过了|后|之前|以前|前)?"
)
_PART = re.compile(_HALF)
_PART_TIMES = (
    (_MORNING, time(9)),
    (_NOON, time(12, 30)),
    (_EVENING, time(20)),
    ("凌晨", time(2)),
    (_NIGHT, time(23, 30)),
)
_QUARTERS = {"1": 15, "一": 15, "2": 30, "3": 45, "三": 45}
_MINUTE = timedelta(minutes=1)
_LAST = time(23, 59)
_LATE = "半夜|深夜|大半夜"
_SECOND_HALF = (
    (f"{_AFTERNOON}|{_EVENING}", range(1, 12)),
    (_LATE, range(7, 12)),
    (_NOON, range(3)),
    ("", range(1, 7)),
)
"""Words → hours of the clock's face that lie after noon. Without any word, one to six o'clock do:
nobody pays at three in the night."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in a text."""

    start: int
    at: time
    """A minute before or after the named one for 之前 and 之后."""
    shown: str
    """As it is to be shown, e.g. `15:00以后`; for 晚上 the word itself."""


def find_clocks(text: str) -> tuple[Clock, ...]:
    """Return the times of day in a plain text (see `moments.plain`), in order.

    下午 alone is none: the afternoon lies on both sides of 15:00.
    """
    found: list[Clock] = []
    for match in _CLOCK.finditer(text):
        clock = _read_clock(match)
        if clock is not None:
            found.append(clock)
            text = text[: match.start()] + "□" * len(match.group()) + text[match.end() :]
    for match in _PART.finditer(text):
        at = next((t for words, t in _PART_TIMES if re.fullmatch(words, match["half"])), None)
        if at is not None:
            found.append(Clock(match.start(), at, match["half"].replace("夜上", "晚上")))
    return tuple(sorted(found, key=lambda clock: clock.start))


def without_clocks(text: str) -> tuple[str, int]:
    """Return a plain text without its times of day, 下午 too, and how many there were."""
    clocks = [match for match in _CLOCK.finditer(text) if _read_clock(match) is not None]
    for match in reversed(clocks):
        text = text[: match.start()] + text[match.end() :]
    text, parts = _PART.subn("", text)
    return text, len(clocks) + parts


def _read_clock(match: re.Match[str]) -> Clock | None:
    half, minutes = match["half"] or "", match["m"] or ""
    bare = not (
        half or minutes or match["full"] or match["bound"] or match["more"] or match["over"]
    )
    if match["h"] == "1" and bare and ":" not in match.group():
        return None  # 快一点, 早一点
    hour = _hour(int(match["h"]), half)
    minute = _minutes(minutes)
    if hour is None or minute > 59:
        return None
    named = _LAST if hour == 24 else time(hour, minute)
    bound = match["bound"] or ("后" if match["over"] or match["more"] == "多" else "")
    shown = f"{hour:02d}:{minute:02d}"
    if bound.endswith("前"):
        return Clock(match.start(), _moved(named, -_MINUTE), f"{shown}前")
    if bound:
        return Clock(match.start(), _moved(named, _MINUTE), f"{shown}以后")
    return Clock(match.start(), named, shown)


def _hour(hour: int, half: str) -> int | None:
    """Return the hour of the day, 24 for midnight at its end; None where there is none."""
    if hour == 12 and re.fullmatch(f"{_EVENING}|{_LATE}", half):
        return 24
    for words, hours in _SECOND_HALF:
        if hour in hours and re.fullmatch(words, half):
            return hour + 12
    return hour if hour <= 24 else None


def _minutes(said: str) -> int:
    if said.endswith("刻"):
        return _QUARTERS[said[0]]
    if said == "半":
        return 30
    return int(said.removesuffix("分")) if said else 0


def _moved(at: time, by: timedelta) -> time:
    """Move a time within its day."""
    moved = datetime.combine(date(2000, 1, 2), at) + by
    return moved.time() if moved.day == 2 else (time(0) if by < timedelta(0) else _LAST)
