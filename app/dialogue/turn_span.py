"""What a turn's span tells of it: how it was decided, never what was said."""

from __future__ import annotations

from app.domain.turn import Turn
from app.tracing import current

_REVISION_DIGITS = 12


def note_turn(turn: Turn, *, stateless: bool) -> None:
    """Note the turn in the current span, where there is one."""
    span = current()
    if span is None:
        return
    span.note(
        decision=str(turn.decision),
        topics=[str(topic) for topic in turn.topics],
        revision=turn.trace.revision[:_REVISION_DIGITS],
        stateless=stateless,
    )
    if turn.candidates:
        span.note(confidence=round(turn.candidates[0].confidence, 3))
