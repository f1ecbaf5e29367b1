"""What every kind of dated period is worked out from, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from app.domain.calendar import Calendar, MonthlyWindow, Window
from app.knowledge.workdays import Workdays

W = TypeVar("W", bound=Window)


@dataclass(frozen=True, slots=True)
class View:
    """A calendar at a moment."""

    calendar: Calendar
    now: datetime
    """Local time, without zone."""
    table: Workdays = field(default_factory=Workdays)

    @property
    def today(self) -> date:
        """The day of `now`."""
        return self.now.date()

    def window(self, name: str, kind: type[W]) -> W:
        """Return a window by name.

        Raises:
            KeyError: There is none (the loader proves that there is).
            TypeError: It is of another kind (the loader proves that it is not).
        """
        found = self.calendar.windows[name]
        if not isinstance(found, kind):
            raise TypeError(f"{name} is no {kind.__name__}")
        return found

    def paid_after(self, period: str) -> MonthlyWindow | None:
        """Return the monthly window whose first payment follows the period, if there is one."""
        for window in self.calendar.windows.values():
            if isinstance(window, MonthlyWindow) and window.after == period:
                return window
        return None


@dataclass(frozen=True, slots=True)
class Finding:
    """A state of a window, and the values for its text."""

    state: str
    values: Mapping[str, str] = field(default_factory=dict)
    brief: bool = False
    """Only the first line of the text, because another finding follows."""
    date_first: bool = False
    """The line with the date before the one that says yes or no: it was asked for (几号截止)."""
    window: Window | None = None
    """Whose text it takes, where that is not the window that was asked about."""


def wording(window: Window, finding: Finding) -> tuple[str, ...]:
    """Return the operators' text for a finding, line by line; nothing where they wrote none."""
    text = window.texts.get(finding.state, "")
    lines = tuple(text.format(**finding.values).split("\n")) if text else ()
    if finding.date_first:
        lines = (*lines[1:], *lines[:1])
    return lines[:1] if finding.brief else lines


def left_text(window: Window, view: View, last: date) -> str:
    """Return how many days are left until `last`, in the operators' words for few or many."""
    days = (last - view.today).days
    state = (
        "left_last" if days == 0 else "left_soon" if days <= view.calendar.closing_days else "left"
    )
    return window.texts.get(state, "").format(days_left=days)
