"""Collecting problems: every check adds to one list, nothing stops at the first."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from app.content.rules import RULES
from app.errors import ContentProblem


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the content: a file and a position in it."""

    file: str
    """Relative to the content root, with `/`."""
    line: int = 0
    """1-based; 0 means the whole file."""
    column: int = 0
    """1-based; 0 where unknown."""


class ProblemList:
    """Problems found so far; level and default remedy come from the rule registry."""

    def __init__(self) -> None:
        self._problems: set[ContentProblem] = set()

    def add(self, rule: str, place: Place, message: str, remedy: str = "") -> None:
        """Add one problem; the same problem twice counts once.

        Raises:
            KeyError: `rule` is not in the registry, which is a mistake in the program.
        """
        registered = RULES[rule]
        self._problems.add(
            ContentProblem(
                file=place.file,
                line=place.line,
                column=place.column,
                rule=rule,
                message=message,
                remedy=remedy or registered.remedy,
                level=registered.level,
            )
        )

    def ordered(self) -> tuple[ContentProblem, ...]:
        """Return all problems by file, line, column, rule."""
        return tuple(sorted(self._problems))

    def has_errors(self) -> bool:
        """Tell whether anything found keeps the content from being used."""
        return any(p.level == "error" for p in self._problems)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `，是不是想写 “…”？` for the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return f"，是不是想写“{near[0]}”？" if near else ""
