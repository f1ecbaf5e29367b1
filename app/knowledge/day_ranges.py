"""The days that a sentence names, as plain numbers for what knows no calendar."""

from __future__ import annotations

from datetime import date

from app.knowledge.date_words import find_days
from app.knowledge.moments import plain


def days_named(text: str, today: date) -> list[tuple[int, int]]:
    """Return the first and last day of every span that a text names, as ordinals.

    >>> days_named("3月5号交的", date(2026, 3, 10)) == [(date(2026, 3, 5).toordinal(),) * 2]
    True
    """
    return [
        (found.span.first.toordinal(), found.span.last.toordinal())
        for found in find_days(plain(text), today)
    ]
