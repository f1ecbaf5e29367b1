"""Entries for tests of the review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.journal import JournalEntry, Reason
from app.domain.names import IntentId
from app.domain.turn import Decision
from app.settings import SHANGHAI

NOW = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)


def asked(
    question: str,
    reason: Reason = Reason.FALLBACK,
    *,
    account: str = "beijing",
    minute: int = 0,
    topics: Sequence[str] = (),
    decision: Decision = Decision.FALLBACK,
) -> JournalEntry:
    """Return a question that was asked some minutes after ten o'clock."""
    at = NOW + timedelta(minutes=minute)
    known = tuple(IntentId(topic) for topic in topics)
    return JournalEntry(at, account, question, decision, known, 0.4, 0.1, reason)
