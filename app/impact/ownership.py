"""Which utterances would go to another intent if nobody had written them: before and after.

An utterance always finds its own intent, word for word; a parent who puts it a little differently
is where the ranker sends it without that line (leave-one-out, see `explaining.confusables`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.names import IntentId
from app.matching.explaining import Confusable, is_judged, left_out
from app.matching.matcher import Matcher

SAMPLE = 2_000
"""Utterances that are judged where training did not judge them; some ten seconds."""
LEAST_MOVE = 0.05
"""Change of the margin below which a change of owner is no news: every added line moves all
scores a little, and what lies on the border falls to one side or the other."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An utterance that has another owner than before."""

    text: str
    own: IntentId
    before: Confusable
    after: Confusable

    @property
    def old_owner(self) -> IntentId:
        """The intent that a like wording went to."""
        return owner(self.before)

    @property
    def new_owner(self) -> IntentId:
        """The intent that it goes to now."""
        return owner(self.after)

    @property
    def is_lost(self) -> bool:
        """Whether its own intent had it, and has it no longer."""
        return self.old_owner == self.own

    @property
    def is_news(self) -> bool:
        """Whether it moved across the border, not along it."""
        return abs(self.before.margin - self.after.margin) >= LEAST_MOVE


def owner(judged: Confusable) -> IntentId:
    """Return the intent that an utterance goes to when it is left out."""
    return judged.intent if judged.margin >= 0 else judged.rival


def moved(old: Matcher, new: Matcher) -> tuple[Moved, ...]:
    """Return the utterances of both that stand in the same class and clearly have another owner.

    Where training judged none (content beyond `ranker.MOST_ROWS`) a sample is looked at.
    """
    before_rows, after_rows = _rows(old), _rows(new)
    both = sorted(before_rows.keys() & after_rows.keys())
    if not (is_judged(old) and is_judged(new)):
        both = _sample(both)
    befores = left_out(old, [before_rows[key] for key in both])
    afters = left_out(new, [after_rows[key] for key in both])
    found = (
        Moved(text, own, before, after)
        for (own, text), before, after in zip(both, befores, afters, strict=True)
    )
    return tuple(m for m in found if m.old_owner != m.new_owner and m.is_news)


def _rows(matcher: Matcher) -> dict[tuple[IntentId, str], int]:
    model = matcher.model
    return {
        (model.classes[label], text): row
        for row, (label, text) in enumerate(zip(model.labels, model.utterances, strict=True))
    }


def _sample(keys: Sequence[tuple[IntentId, str]]) -> list[tuple[IntentId, str]]:
    if len(keys) <= SAMPLE:
        return list(keys)
    return [keys[i * len(keys) // SAMPLE] for i in range(SAMPLE)]
