"""What a step of the dialogue decided, before it is rendered and stored."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.dialogue.understanding import Reading
from app.domain.handoff import Handoff
from app.domain.names import IntentId
from app.domain.turn import (
    Candidate,
    Decision,
    FlowState,
    Learned,
    Memory,
    Ranking,
    Reminder,
    Reply,
    Sequel,
)

__all__ = ["Learned", "Outcome", "seen"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision with its reply and what the session must remember of it."""

    decision: Decision
    reply: Reply | None
    reason: str
    """Why, in Chinese, for the trace."""
    topics: tuple[IntentId, ...] = ()
    flow: FlowState | None = None
    """Open flow after this turn."""
    ended: FlowState | None = None
    """A flow that came to its verdict in this turn, with the slots that led there."""
    candidates: tuple[Candidate, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    missed: bool = False
    """Nothing useful was said: counts towards the escalation of fallbacks."""
    keep_offer: bool = False
    """The choices of the reply before stay valid (smalltalk in between)."""
    rest: tuple[str, ...] = field(default=())
    """Parts that were already split off and still wait (command “更多”)."""
    ready_text: str = ""
    """Text that was rendered before (“更多”, “再说一遍”): sent as it is."""
    is_remark: bool = False
    """Nothing to say again: “再说一遍” is about the reply before."""
    asked: str = ""
    """The question that a question back is about; remembered until it is answered."""
    reminders: tuple[Reminder, ...] | None = None
    """Reminders from now on; None: as before."""
    proposed: Reminder | None = None
    """A reminder that waits for the parent's consent."""
    learned: Learned | None = None
    """What a choice taught about how parents put a question."""
    memory: Memory | None = None
    """What to keep for long; None: what was kept before."""
    handoff: Handoff | None = None
    """What the inbox has to do."""
    sequel: Sequel = Sequel.NONE
    """What the message says about the answer before it."""
    erase: bool = False
    """Everything stored about the parent is to be deleted."""
    leans: bool = False
    """The message was understood by the topic before it: no question that stands by itself."""


def seen(outcome: Outcome, reading: Reading) -> Outcome:
    """Attach the ranking, for the trace and for `yibao eval`."""
    return replace(outcome, candidates=reading.ranking.candidates, rankings=(reading.ranking,))
