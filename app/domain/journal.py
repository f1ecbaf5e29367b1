"""What is kept of a turn for operators: the masked question and counts; never who asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from app.domain.names import IntentId
from app.domain.turn import Decision

QUESTION_CHARS = 120
"""Of a question that is kept; longer ones are cut."""


class Reason(StrEnum):
    """Why a question is in the journal."""

    FALLBACK = "fallback"
    """The bot had to say that it does not know."""
    CLARIFY = "clarify"
    """The bot asked back."""
    LOW_MARGIN = "low_margin"
    """Answered, but another reading came near."""
    UNSOLVED = "unsolved"
    """The parent said that the answer did not help (没解决)."""
    HANDOFF = "handoff"
    """The parent wanted a person after this question."""
    ANSWERED = "answered"
    """Answered with confidence, or said with confidence that it is not written."""


TO_REVIEW = frozenset(Reason) - {Reason.ANSWERED}
"""Reasons for which an operator should look at a question."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One question; carries no user and nothing that leads to one."""

    at: datetime
    """Asia/Shanghai."""
    account: str
    question: str
    """Masked for keeping (`privacy.mask_for_keeping`), ≤ `QUESTION_CHARS` characters."""
    decision: Decision
    """What the bot decided about the question."""
    topics: tuple[IntentId, ...]
    """Answered; on clarify offered; on fallback the gap or background that was recognised."""
    confidence: float | None
    """Of the best candidate, [0, 1]; None where nothing was ranked."""
    margin: float | None
    """By which it leads the next one, [0, 1]."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class Noted:
    """What one turn adds to journal and statistics."""

    account: str
    at: datetime
    counts: tuple[str, ...]
    """Counters of the day that go up by one, e.g. `topic:fee_standard`; see `DayStatistics`."""
    entry: JournalEntry | None = None


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """Counters of an account's day.

    Names: `messages`, `decision:<decision>`, `topic:<intent>`, `hour:<00…23>`, `latency:<ms or
    more>`, `answered`, `missed` (nothing useful to say), `reasked`, `unsolved`, `handoff`.
    """

    account: str
    day: date
    counts: Mapping[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """Return a counter; 0 where nothing was counted."""
        return self.counts.get(name, 0)

    def family(self, kind: str) -> dict[str, int]:
        """Return the counters `kind:…` by what follows the colon."""
        prefix = f"{kind}:"
        return {n.removeprefix(prefix): c for n, c in self.counts.items() if n.startswith(prefix)}

    @property
    def resolved(self) -> int:
        """Answers after which the parent neither asked the same again nor said 没解决."""
        return max(0, self.of("answered") - self.of("reasked") - self.of("unsolved"))
