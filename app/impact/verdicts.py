"""What the difference between two outcomes of a case amounts to."""

from __future__ import annotations

from app.domain.turn import Decision
from app.impact.cases import CaseKind, ReplayCase
from app.impact.findings import Change, ChangeKind, Outcome

_ORDER = {kind: number for number, kind in enumerate(ChangeKind)}
_WHOLE = {CaseKind.FLOW, CaseKind.CONVERSATION}
_URGENT = {Decision.SAFETY.value, Decision.HANDOFF.value}
"""Decisions that a parent must not lose, although no topic answers."""


def change_of(case: ReplayCase, before: Outcome, after: Outcome) -> Change | None:
    """Return what changed between two outcomes of a case, None where a parent sees the same."""
    kind = _kind(case, before, after)
    if kind is None:
        return None
    return Change(case, before, after, kind, _is_worse(case, before, after, kind))


def worst_first(change: Change) -> tuple[bool, int, int, str, str, str]:
    """Return by what changes are ordered."""
    case = change.case
    rank = _ORDER[change.kind]
    return (not change.is_regression, rank, -case.count, case.kind, case.account, case.text)


def _kind(case: ReplayCase, before: Outcome, after: Outcome) -> ChangeKind | None:
    if before.passed and after.passed is False:
        return _failed(case, before, after)
    if before.passed is False and after.passed:
        return ChangeKind.FIXED
    if case.kind in _WHOLE:
        return _difference(before, after)
    if before.answered and after.answered and before.topics[:1] != after.topics[:1]:
        unsure = case.expected is None and not after.exact
        return ChangeKind.STOLEN if unsure else ChangeKind.TOPIC
    if before.answered and not after.answered:
        offers = after.decision == Decision.CLARIFY and set(before.topics) & set(after.topics)
        return ChangeKind.CLARIFIED if offers else ChangeKind.REFUSED
    if after.answered and not before.answered:
        return ChangeKind.ANSWERED
    if before.decision in _URGENT and after.decision != before.decision:
        return ChangeKind.REFUSED
    return _difference(before, after)


def _failed(case: ReplayCase, before: Outcome, after: Outcome) -> ChangeKind:
    """Return in which way a test fails that passed."""
    if case.kind in _WHOLE:
        return ChangeKind.BROKEN
    is_topic = case.kind is CaseKind.TEST and bool(case.expected)
    if after.answered:
        return ChangeKind.STOLEN if is_topic or before.answered else ChangeKind.BROKEN
    return ChangeKind.REFUSED if is_topic or before.answered else ChangeKind.BROKEN


def _difference(before: Outcome, after: Outcome) -> ChangeKind | None:
    if (before.decision, before.topics) != (after.decision, after.topics):
        return ChangeKind.TOPIC
    return ChangeKind.REPLY if before.text != after.text else None


def _is_worse(case: ReplayCase, before: Outcome, after: Outcome, kind: ChangeKind) -> bool:
    if case.expected is not None:
        return before.passed is True and after.passed is False
    # An operator who writes a sentence into an intent means it to go there.
    return kind in {ChangeKind.STOLEN, ChangeKind.REFUSED} and not after.exact
