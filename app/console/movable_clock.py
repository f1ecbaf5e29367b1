"""The playground's clock: now, or a moment that the operator chose."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain.content import Document

FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Years that may be chosen; beyond them a date is a slip of the finger."""
_HOUR = time(10)
_FORMAT = "%Y-%m-%d %H:%M"
_MOMENT = re.compile(
    r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(?:\D{1,9}(\d{1,2})\D{1,3}(\d{1,2}))?\D{0,3}", re.ASCII
)
_SETTLED = timedelta(days=10)
"""How long after its first day a document is in force beyond doubt."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A moment worth trying, with what it is called."""

    label: str
    moment: str
    """E.g. `2025-12-10 10:00`."""


class MovableClock:
    """Tells the present until a moment is chosen; always in the zone of the clock below."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.chosen: datetime | None = None

    def __call__(self) -> datetime:
        """Return the moment to answer for."""
        return self.chosen or self._clock()

    def choose(self, words: str) -> bool:
        """Stand still at a moment such as `2025-12-10 10:00` or `2025年12月10日`.

        Returns:
            Whether the words are a moment; where not, nothing changes. Without a time of day it
            is ten in the morning.
        """
        match = _MOMENT.fullmatch(unicodedata.normalize("NFKC", words).strip())
        if match is None:
            return False
        year, month, day = (int(part) for part in match.group(1, 2, 3))
        hour, minute = match.group(4, 5)
        try:
            at = time(int(hour), int(minute)) if hour else _HOUR
            moment = datetime.combine(date(year, month, day), at, self._clock().tzinfo)
        except ValueError:
            return False
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            return False
        self.chosen = moment
        return True

    def run(self) -> None:
        """Tell the present again."""
        self.chosen = None

    def words(self) -> str:
        """Write the moment as `choose` reads it, in the same way in every browser."""
        return f"{self():{_FORMAT}}"


def presets(documents: Sequence[Document]) -> tuple[Preset, ...]:
    """Return a moment within and one after the validity of the first of the documents."""
    if not documents:
        return ()
    newest = documents[0]
    within = min(newest.valid_from + _SETTLED, newest.valid_until)
    return (
        Preset("文件有效期内", _moment(within)),
        Preset("文件过期后", _moment(newest.valid_until + timedelta(days=1))),
    )


def _moment(day: date) -> str:
    return f"{datetime.combine(day, _HOUR):{_FORMAT}}"
