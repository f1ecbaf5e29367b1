"""What a turn leaves for operators: a journal entry where a question was asked, and counts.

Kept is what a review needs and no more: questions that were typed outside flows. Alarms, what a
parent says inside a flow, words to a person who has the conversation, commands, small talk, taps
and pictures leave counts only (docs/adr/0018).
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from app.dialogue.offers import chosen
from app.dialogue.privacy import mask_for_keeping
from app.domain.handoff import CaseState, Step
from app.domain.journal import QUESTION_CHARS, JournalEntry, Noted, Reason
from app.domain.turn import (
    Candidate,
    Decision,
    Message,
    MessageKind,
    Ranking,
    Sequel,
    Session,
    Turn,
)

LATENCIES_MS = (0, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000)
"""Lower ends of the buckets in which answers are counted by the time they took."""
_LATENCIES = tuple(f"latency:{low}" for low in LATENCIES_MS)
_HOURS = tuple(f"hour:{hour:02}" for hour in range(24))
_DECISIONS = {decision: f"decision:{decision}" for decision in Decision}
_ANSWERED = frozenset({Decision.ANSWER, Decision.FLOW})
_UNSURE = {Decision.CLARIFY: Reason.CLARIFY, Decision.FALLBACK: Reason.FALLBACK}


def noted(before: Session, message: Message, turn: Turn, at: datetime, took_ms: float) -> Noted:
    """Return what to write down of a turn.

    Args:
        before: The session as the message found it.
        message: What was sent.
        turn: What became of it.
        at: The moment, Asia/Shanghai.
        took_ms: From the message to the reply, in milliseconds.
    """
    entry = None
    if message.kind is MessageKind.TEXT and turn.trace.decision is not Decision.SAFETY:
        entry = _entry(before, message, turn, at)
    return Noted(message.account, at, _counts(before, message, turn, at, took_ms), entry)


def _entry(before: Session, message: Message, turn: Turn, at: datetime) -> JournalEntry | None:
    if turn.sequel is Sequel.UNSOLVED:
        return _earlier(before, message.account, at, Reason.UNSOLVED)
    if turn.decision is Decision.HANDOFF:
        wanted = _wants_person(before, turn)
        return _earlier(before, message.account, at, Reason.HANDOFF) if wanted else None
    if turn.reply is None or before.flow is not None:
        return None
    if turn.decision not in _ANSWERED and turn.decision not in _UNSURE:
        return None
    masked = mask_for_keeping(message.text.strip())
    if chosen(masked, before.offered) is not None:
        return None
    question = masked[:QUESTION_CHARS]
    return _asked(message.account, question, turn, before, at) if question else None


def _asked(account: str, question: str, turn: Turn, before: Session, at: datetime) -> JournalEntry:
    ranking = turn.trace.rankings[0] if turn.trace.rankings else None
    best = ranking.candidates[0] if ranking and ranking.candidates else None
    topics = turn.topics
    if turn.decision is Decision.FALLBACK and turn.session.misses <= before.misses and best:
        # An honest no: the gap or background intent that was recognised.
        topics = (best.intent,)
    return JournalEntry(
        at=at,
        account=account,
        question=question,
        decision=turn.decision,
        topics=topics,
        confidence=round(best.confidence, 3) if best else None,
        margin=round(_margin(ranking), 3) if ranking else None,
        reason=_reason(turn, before, ranking),
    )


def _earlier(before: Session, account: str, at: datetime, reason: Reason) -> JournalEntry | None:
    """Return the question before this message: it is the one that was not answered well."""
    question = mask_for_keeping(before.question)[:QUESTION_CHARS]
    if not question:
        return None
    return JournalEntry(
        at, account, question, Decision.ANSWER, before.last_topics, None, None, reason
    )


def _reason(turn: Turn, before: Session, ranking: Ranking | None) -> Reason:
    if turn.decision is Decision.FALLBACK and turn.session.misses <= before.misses:
        return Reason.ANSWERED
    if turn.decision in _UNSURE:
        return _UNSURE[turn.decision]
    return Reason.LOW_MARGIN if ranking and is_close(ranking) else Reason.ANSWERED


def is_close(ranking: Ranking) -> bool:
    """Tell whether an answer was a near thing.

    The calibration says by how much a sure topic stands above one that is only worth offering:
    `accept - offer`. A runner-up that comes nearer than that might have been meant.
    """
    if ranking.is_exact or not ranking.candidates:
        return False
    best = ranking.candidates[0].confidence
    return best < ranking.accept or _margin(ranking) < ranking.accept - ranking.offer


def _margin(ranking: Ranking | None) -> float:
    candidates: tuple[Candidate, ...] = ranking.candidates if ranking else ()
    if not candidates:
        return 0.0
    return candidates[0].confidence - (candidates[1].confidence if len(candidates) > 1 else 0.0)


def _counts(
    before: Session, message: Message, turn: Turn, at: datetime, took_ms: float
) -> tuple[str, ...]:
    if message.kind is MessageKind.SILENT:
        return ()
    latency = _LATENCIES[max(0, bisect_right(LATENCIES_MS, took_ms) - 1)]
    names = ["messages", _DECISIONS[turn.decision], _HOURS[at.hour], latency]
    names += [f"topic:{topic}" for topic in turn.topics if turn.decision in _ANSWERED]
    is_answer = turn.decision is Decision.ANSWER or turn.trace.ended is not None
    names += ["answered"] if is_answer else []
    names += ["missed"] if turn.session.misses > before.misses else []
    names += [str(turn.sequel)] if turn.sequel else []
    names += ["handoff"] if _wants_person(before, turn) else []
    return tuple(names)


def _wants_person(before: Session, turn: Turn) -> bool:
    """Tell whether a person is wanted with this turn, not since one before it."""
    if turn.decision is not Decision.HANDOFF:
        return False
    if turn.handoff is None:
        return turn.reply is not None
    if turn.handoff.step is Step.TRANSFER:
        # Every message goes to WeChat's customer service anew while it has the parent.
        return before.hold is None or before.hold.state is not CaseState.TRANSFERRED
    return turn.handoff.step in {Step.OPEN, Step.TICKET}
