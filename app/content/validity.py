"""What has expired, or soon will: documents and dated periods of calendars."""

from __future__ import annotations

from datetime import date, timedelta

from app.content.problems import Place
from app.content.scope import Scope

SOON = timedelta(days=60)
"""How long before its last day something is announced: new rules take weeks to be written up."""


def check_validity(scope: Scope, today: date) -> None:
    """Report documents and periods that have ended by `today`, or end within two months."""
    for document in scope.files.documents.values():
        place = document.front.source.place(("valid_until",))
        name = f"文件“{document.front.value.title}”"
        _report(scope, place, name, document.front.value.valid_until, today)
    for calendar in scope.files.calendars.values():
        for name, period in calendar.value.periods.items():
            if period.last < period.first:
                continue  # told as S008: which of the two is wrong is not known
            place = calendar.source.place(("periods", name, "last"))
            _report(scope, place, f"日历里的 {name} ", period.last, today)


def _report(scope: Scope, place: Place, name: str, last: date, today: date) -> None:
    if last < today:
        scope.files.problems.add("C025", place, f"{name}有效到 {last}，已经过期")
    elif last - today <= SOON:
        left = (last - today).days
        scope.files.problems.add("C026", place, f"{name}有效到 {last}，还有 {left} 天")
