"""The playground's clock: now, or a moment that the operator chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain.content import Document

FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Years that may be chosen; beyond them a date is a slip of the finger."""
_HOUR = time(10)
_SETTLED = timedelta(days=10)
"""How long after its first day a document is in force beyond doubt."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A moment worth trying, with what it is called."""

    label: str
    moment: str
    """As an input of type `datetime-local` holds it, e.g. `2025-12-10T10:00`."""


class MovableClock:
    """Tells the present until a moment is chosen; always in the zone of the clock below."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.chosen: datetime | None = None

    def __call__(self) -> datetime:
        """Return the moment to answer for."""
        return self.chosen or self._clock()

    def choose(self, text: str) -> bool:
        """Stand still at a moment written like `2025-12-10T10:00`; False where it is none."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return False
        if moment.tzinfo is not None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
            return False
        self.chosen = moment.replace(tzinfo=self._clock().tzinfo)
        return True

    def run(self) -> None:
        """Tell the present again."""
        self.chosen = None

    def field_value(self) -> str:
        """Return the moment as an input of type `datetime-local` holds it."""
        return self().replace(tzinfo=None).isoformat(timespec="minutes")


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
    return datetime.combine(day, _HOUR).isoformat(timespec="minutes")
