"""Collecting problems: every check adds to one list, nothing stops at the first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.content.rules import RULES
from app.errors import ContentProblem

_ALLOWED = re.compile(r"#[ ]*允许[ ]*([A-Z]\d{3})(?=[ ：:])")


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
        self._allowed: set[tuple[str, int, str]] = set()

    def allow(self, file: str, text: str) -> None:
        """Take in the warnings that the author of a file answers for: `# 允许 C034：为什么`."""
        for number, line in enumerate(text.split("\n"), start=1):
            for match in _ALLOWED.finditer(line):
                self._allowed.add((file, number, match.group(1)))

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

    def has(self, rule: str, place: Place) -> bool:
        """Tell whether this was reported at this place already."""
        at = (place.file, place.line, place.column)
        return any(p.rule == rule and (p.file, p.line, p.column) == at for p in self._problems)

    def ordered(self) -> tuple[ContentProblem, ...]:
        """Return all problems by file, line, column, rule; without warnings that are allowed."""
        return tuple(sorted(p for p in self._problems if not self._is_allowed(p)))

    def _is_allowed(self, problem: ContentProblem) -> bool:
        at = (problem.file, problem.line, problem.rule)
        return problem.level == "warning" and at in self._allowed

    def has_errors(self) -> bool:
        """Tell whether anything found keeps the content from being used."""
        return any(p.level == "error" for p in self._problems)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `，是不是想写 “…”？` for the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return f"，是不是想写“{near[0]}”？" if near else ""
