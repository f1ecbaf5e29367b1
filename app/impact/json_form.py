"""An impact as JSON: a stable form for whoever runs the comparison in a process of its own."""

from __future__ import annotations

from typing import Any, TypedDict

from app.impact.findings import AnswerChange, Change, Edit, Impact, Outcome, Score
from app.impact.wording import CASE_NAMES, KIND_NAMES, thief_text, verdict_line

VERSION = 1
"""Of the form; goes up where a key changes its meaning or disappears."""


class ImpactJson(TypedDict):
    """See docs/impact.md; keys may be added, none changes its meaning within a version."""

    version: int
    at: str
    old_revision: str
    new_revision: str
    verdict: str
    """The conclusion in one Chinese line."""
    is_empty: bool
    accuracy: dict[str, float]
    right: dict[str, int]
    false_accepts: dict[str, int]
    refused: dict[str, int]
    totals: dict[str, int]
    scores: dict[str, dict[str, int]]
    regressions: list[dict[str, Any]]
    """The same objects as in `changes`, those that need a reason."""
    changes: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    edits: list[dict[str, Any]]
    titles: dict[str, str]


def to_json(impact: Impact) -> ImpactJson:
    """Return the impact as JSON values; the same impact gives the same text."""
    return ImpactJson(
        version=VERSION,
        at=impact.at.isoformat(),
        old_revision=impact.old_revision,
        new_revision=impact.new_revision,
        verdict=verdict_line(impact),
        is_empty=impact.is_empty,
        accuracy={"old": round(impact.accuracy_old, 4), "new": round(impact.accuracy_new, 4)},
        right=_score(impact.right),
        false_accepts={"old": impact.false_accepts_old, "new": impact.false_accepts_new},
        refused=_score(impact.refused),
        totals={str(kind): count for kind, count in impact.totals.items()},
        scores={str(kind): _score(score) for kind, score in impact.scores.items()},
        regressions=[_change(change) for change in impact.regressions],
        changes=[_change(change) for change in impact.changes],
        answers=[_answer(change) for change in impact.answers],
        edits=[_edit(edit) for edit in impact.edits],
        titles=dict(sorted(impact.titles.items())),
    )


def _score(score: Score) -> dict[str, int]:
    return {"total": score.total, "old": score.old, "new": score.new}


def _change(change: Change) -> dict[str, Any]:
    case, thief = change.case, change.thief
    return {
        "kind": str(change.kind),
        "kind_name": KIND_NAMES[change.kind],
        "is_regression": change.is_regression,
        "case": {
            "kind": str(case.kind),
            "kind_name": CASE_NAMES[case.kind],
            "account": case.account,
            "text": case.text,
            "expected": None if case.expected is None else sorted(case.expected),
            "count": case.count,
            "file": case.file,
        },
        "before": _outcome(change.before),
        "after": _outcome(change.after),
        "thief": thief
        and {
            "text": thief.text,
            "intent": thief.intent,
            "file": thief.file,
            "similarity": thief.similarity,
        },
        "advice": thief_text(change),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    confidence = outcome.confidence
    return {
        "decision": outcome.decision,
        "topics": list(outcome.topics),
        "text": outcome.text,
        "passed": outcome.passed,
        "answered": outcome.answered,
        "confidence": None if confidence is None else round(confidence, 4),
        "note": outcome.note,
    }


def _answer(change: AnswerChange) -> dict[str, Any]:
    return {
        "intent": change.intent,
        "title": change.title,
        "region": change.region,
        "state": change.state,
        "before": change.before,
        "after": change.after,
        "file": change.file,
        "more": change.more,
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        "file": edit.file,
        "what": edit.what,
        "added": list(edit.added),
        "removed": list(edit.removed),
    }
