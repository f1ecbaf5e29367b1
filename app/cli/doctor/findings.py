"""One finding of the doctor, and how it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check ended; the value is the mark in front of it."""

    GOOD = "✓"
    NOTE = "!"
    """Works, but should be looked at."""
    BAD = "✗"
    SKIPPED = "-"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; holds no secret."""

    level: Level
    what: str
    """What was checked, Chinese, some characters."""
    seen: str
    """What was found, Chinese."""
    remedy: str = ""
    """What to do, Chinese; where to click."""
    detail: str = ""
    """For whoever looks closer: classes of errors. Shown with `--verbose` only."""

    def lines(self, *, verbose: bool = False) -> Iterator[str]:
        """Yield the finding's lines."""
        yield f"  {self.level} {self.what}：{self.seen}"
        if self.remedy:
            yield f"      → {self.remedy}"
        if self.detail and verbose:
            yield f"      （{self.detail}）"


def good(what: str, seen: str) -> Finding:
    """Return a check that passed."""
    return Finding(Level.GOOD, what, seen)


def note(what: str, seen: str, remedy: str = "", detail: str = "") -> Finding:
    """Return a check that passed with a remark."""
    return Finding(Level.NOTE, what, seen, remedy, detail)


def bad(what: str, seen: str, remedy: str, detail: str = "") -> Finding:
    """Return a check that failed."""
    return Finding(Level.BAD, what, seen, remedy, detail)


def skipped(what: str, why: str, remedy: str = "") -> Finding:
    """Return a check that was not made, and why."""
    return Finding(Level.SKIPPED, what, f"跳过：{why}", remedy)


def masked(secret: str) -> str:
    """Return how long a secret is, and nothing of it."""
    return f"已设置（{len(secret)} 位）" if secret else "没有设置"
