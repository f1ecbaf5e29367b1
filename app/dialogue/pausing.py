"""Time between messages: a flow pauses after a while, and after a day all is forgotten.

The clock is injected and may jump: backwards counts as no time at all.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.turn import Session

IDLE = timedelta(minutes=30)
"""Without a message for so long, an open flow pauses."""
FORGET = timedelta(hours=24)
"""Without a message for so long, the conversation begins anew (as the stored session does)."""


def resting(session: Session, now: datetime) -> timedelta:
    """Return how long the conversation has rested; zero where it is new or the clock went back."""
    last = session.updated_at
    if last is None:
        return timedelta(0)
    if (last.tzinfo is None) is not (now.tzinfo is None):
        # Only a stored session that nobody here wrote mixes the two; both mean local time.
        last = last.replace(tzinfo=now.tzinfo)
    return max(now - last, timedelta(0))


def woken(session: Session, now: datetime, idle: timedelta = IDLE) -> Session:
    """Return the session as it is to a message at `now`: whole, paused or forgotten."""
    rest = resting(session, now)
    if rest >= FORGET:
        return Session(
            turns=session.turns, lost=session.lost, reminders=session.reminders, hold=session.hold
        )
    if session.flow is None or rest < idle:
        return session
    memory = replace(session.memory, paused=session.flow, reminded=False, held="")
    return replace(session, flow=None, memory=memory)
