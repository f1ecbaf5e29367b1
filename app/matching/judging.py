"""What the operators' own sentences tell about the ranker: each is judged by a model without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.matching.calibration import EXACT, FEATURES, Calibrator, calibrate
from app.matching.local_ridge import LeftOut, LocalRidge
from app.matching.matcher import Matcher, Model
from app.matching.meaning import Fit, Meant
from app.matching.view import Query, View

Floats = NDArray[np.float32]

TARGET_PRECISION = 0.98
"""Share of right answers demanded among the answers given to parents."""

TRAFFIC_ODDS = 0.08
"""Odds of a wrong first candidate in real traffic, relative to the odds on an operator's sentence
that the model has not seen. Operators write sentences that differ from one another, so leaving one
out is a harder exam than a parent's question: the best topic is wrong for about one sentence in
four when left out, for about one in thirty of labelled parents' questions. The calibration weighs
wrong outcomes accordingly (label shift: Saerens, Latinne & Decaestecker, "Adjusting the Outputs of
a Classifier to New a Priori Probabilities", Neural Computation 2002)."""

MOST_JUDGED = 12_000
"""Utterances up to which a calibration looks at all; of more it looks at a sample."""

SAMPLE = 4_000
"""Size of the sample. A calibration learns a dozen numbers; the rest would tell it nothing."""

UNFITTED = Calibrator((0.0,) * len(FEATURES), 0.0, EXACT, EXACT)
"""Where nothing can be learned, only exact matches count."""

_UNSEEN_WEIGHT = 0.08
"""How often a message is about something that nobody foresaw, relative to the foreseen."""

_UNSEEN_ALONE = 0.3
"""The same where no class stands for what is out of scope, so that all of it is unforeseen."""


class Hindsight(Protocol):
    """Scores of the utterances by models that have not seen them."""

    def without_row(self, row: int) -> Floats:
        """Return the scores of an utterance by a model without it."""
        ...

    def without_class(self, row: int) -> Floats:
        """Return the scores of an utterance by a model that never saw its class."""
        ...


def hindsight_of(model: Model) -> Hindsight:
    """Return the hindsight of a trained model, which is computed when it is asked for.

    Raises:
        TypeError: The model's ranker is a global one; its hindsight exists in training only.
    """
    ranker = model.whole.ranker
    if not isinstance(ranker, LocalRidge):
        raise TypeError(type(ranker).__name__)
    return LeftOut(ranker, model.whole.postings, model.labels)


def rivals_of(
    judged: Hindsight, labels: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return for each utterance its strongest other class and how far the own is ahead of it.

    With a single class there is no other: the class itself, and its score.
    """
    rivals = np.zeros(len(labels), dtype=np.int32)
    margins = np.zeros(len(labels), dtype=np.float32)
    for row, label in enumerate(labels):
        rivals[row], margins[row] = rival_of(judged, row, int(label))
    return rivals, margins


def rival_of(judged: Hindsight, row: int, label: int) -> tuple[int, float]:
    """Return an utterance's strongest other class and how far its own is ahead of it."""
    scores = np.array(judged.without_row(row))
    own = scores[label]
    scores[label] = -np.inf
    rival = int(np.argmax(scores))
    return rival, float(own - scores[rival] if np.isfinite(scores[rival]) else own)


def judge(
    matcher: Matcher,
    view: View,
    known: NDArray[np.float64],
    judged: Hindsight,
    second: Second | None = None,
) -> Calibrator:
    """Calibrate on every utterance as seen by a model without it, and without its class.

    Args:
        matcher: Its evidence is calibrated; its own calibrators are not looked at.
        view: The view that is calibrated.
        known: For each utterance the share of it that the utterances know; NaN where the view
            sees nothing of it.
        judged: Its scores by models that have not seen it.
        second: What the embeddings say about the utterances, where they have a say.
    """
    model = matcher.model
    cases = _Cases(matcher)
    unseen = _UNSEEN_WEIGHT if set(model.classes) - model.topics else _UNSEEN_ALONE
    for row in judged_rows(len(model.labels)):
        if np.isfinite(known[row]):
            query = _query(matcher, view, row, float(known[row]))
            for scores, weight, class_known in (
                (judged.without_row(row), 1.0, True),
                (judged.without_class(row), unseen, False),
            ):
                meant = second.of(row, class_known=class_known) if second else None
                if meant is not None:
                    scores = meant.blended(scores)
                cases.add(query, row, scores, weight, class_known=class_known, meant=meant)
    return cases.calibrator()


def judged_rows(count: int) -> list[int]:
    """Return the rows of the utterances that a calibration looks at, ascending."""
    if count <= MOST_JUDGED:
        return list(range(count))
    # Multiples of the golden ratio are spread evenly and in step with no number of utterances.
    spread = np.arange(SAMPLE) * 0.6180339887498949 % 1.0
    return [int(row) for row in np.unique((spread * count).astype(np.int64))]


def _query(matcher: Matcher, view: View, row: int, known: float) -> Query:
    """Return an utterance as the view sees it."""
    start, stop = view.rows.indptr[row : row + 2]
    indices = view.rows.indices[start:stop].astype(np.int64)
    values = view.rows.data[start:stop]
    return Query(
        view=view,
        indices=indices,
        values=values,
        similar=view.postings.similar(indices, values),
        known=known,
        text=view.texts[row],
        chars=len(matcher.model.whole.texts[row]),
        sides=matcher.model.sides[row],
    )


@dataclass(frozen=True, slots=True)
class Second:
    """What the embeddings say about the utterances, by models that have not seen them."""

    fit: Fit
    share: float

    def of(self, row: int, *, class_known: bool) -> Meant:
        """Return what they say about one utterance."""
        learned = self.fit.learned
        scores = learned.without_row(row) if class_known else learned.without_class(row)
        return Meant(scores, self.fit.rows @ self.fit.rows[row], self.share)


class _Cases:
    """Collects the calibration data: for each utterance its best candidates, right or wrong."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._is_topic_class = np.asarray(
            [c in matcher.model.topics for c in matcher.model.classes]
        )
        self._rows: list[list[float]] = []
        self._right: list[bool] = []
        self._weights: list[float] = []
        self._is_topic: list[bool] = []

    def add(
        self,
        query: Query,
        row: int,
        scores: Floats,
        weight: float,
        *,
        class_known: bool,
        meant: Meant | None = None,
    ) -> None:
        """Judge the best class and the best topic for an utterance."""
        own = int(self._matcher.model.labels[row])
        seen = np.array(scores)
        if not class_known:
            seen[own] = -np.inf
        topics = np.where(self._is_topic_class, seen, -np.inf)
        labels = sorted({int(np.argmax(seen)), int(np.argmax(topics))})
        labels = [label for label in labels if np.isfinite(seen[label])]
        found = self._matcher.evidence(query, seen, labels, leave_out=row, meant=meant)
        for (evidence, _), label in zip(found, labels, strict=True):
            self._rows.append(evidence.row())
            right = class_known and label == own
            self._right.append(right)
            self._weights.append(weight if right else weight * TRAFFIC_ODDS)
            self._is_topic.append(bool(self._is_topic_class[label]))

    def calibrator(self) -> Calibrator:
        """Fit on what was collected."""
        right = np.asarray(self._right)
        is_topic = np.asarray(self._is_topic)
        if not is_topic.any() or not right.any() or right.all():
            return UNFITTED
        return calibrate(
            np.asarray(self._rows, dtype=np.float64),
            right,
            np.asarray(self._weights, dtype=np.float64),
            is_topic,
            TARGET_PRECISION,
        )
