"""Calibrated confidence: the probability that a candidate is what the parent meant.

Learned at build time from the operators' own sentences, each scored by a model that has not seen
it (leave-one-out), and from the same sentences scored by a model that has never seen their class
(what an unforeseen question looks like). The accept threshold is read off that data for a target
precision; nobody types it in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

FEATURES = (
    "score",
    "margin",
    "fuzzy",
    "nearest",
    "known",
    "length",
    "pinyin",
    "score_x_known",
)
"""Evidence that enters the confidence, in this order."""

EXACT = 0.999
"""Confidence in an intent one of whose utterances is the message, word for word."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one candidate."""

    score: float
    """Ridge score of its class, about [0, 1]."""
    margin: float
    """Its score less the best score among the other classes; negative where it is not first."""
    fuzzy: float
    """Best rapidfuzz ratio with one of its utterances, in [0, 1]."""
    nearest: float
    """Best cosine similarity with one of its utterances, in [0, 1]."""
    known: float
    """Share of the text that the utterances know, in [0, 1]."""
    length: int
    """Characters considered, without punctuation."""
    pinyin: bool
    """Typed in pinyin only."""

    def row(self) -> list[float]:
        """Return the features in the order of `FEATURES`."""
        return [
            self.score,
            self.margin,
            self.fuzzy,
            self.nearest,
            self.known,
            min(float(np.log1p(self.length)) / 4.0, 1.5),
            float(self.pinyin),
            self.score * self.known,
        ]


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A logistic model over `FEATURES` and the thresholds chosen with it."""

    coefficients: tuple[float, ...]
    intercept: float
    accept: float
    """Least confidence to answer."""
    offer: float
    """Least confidence of the best candidate to ask back with it."""

    def confidence(self, evidence: Sequence[Evidence]) -> list[float]:
        """Return one calibrated probability in (0, 1) for each candidate."""
        if not evidence:
            return []
        rows = np.asarray([e.row() for e in evidence], dtype=np.float64)
        logits = rows @ np.asarray(self.coefficients) + self.intercept
        return [float(p) for p in 1.0 / (1.0 + np.exp(-logits))]


def calibrate(
    rows: Doubles,
    right: NDArray[np.bool_],
    weights: Doubles,
    is_topic: NDArray[np.bool_],
    target_precision: float,
) -> Calibrator:
    """Fit the confidence and choose the thresholds.

    Args:
        rows: Features of candidates, shape (examples, len(FEATURES)).
        right: Whether the candidate is what was meant.
        weights: How many such messages a row stands for.
        is_topic: Whether the candidate is a topic; the thresholds are about those.
        target_precision: Least share of right answers among those given, in (0, 1).

    The offer threshold: below even odds a question back would mostly offer the wrong thing.
    """
    # Imported here: needed at build time only, and heavy in a serving process.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, max_iter=2000)
    model.fit(rows, right, sample_weight=weights)
    probabilities = model.predict_proba(rows)[:, 1]
    return Calibrator(
        tuple(float(c) for c in model.coef_[0]),
        float(model.intercept_[0]),
        accept=threshold_for(
            probabilities[is_topic], right[is_topic], weights[is_topic], target_precision
        ),
        offer=0.5,
    )


def threshold_for(
    probabilities: Doubles, right: NDArray[np.bool_], weights: Doubles, precision: float
) -> float:
    """Return the least threshold whose accepted examples reach the precision.

    Where no threshold does, the highest probability seen: nothing is answered unless it is exact.
    """
    order = np.argsort(-probabilities, kind="stable")
    accepted = np.cumsum(weights[order])
    hits = np.cumsum((weights * right)[order])
    enough = np.flatnonzero(hits / accepted >= precision)
    if len(enough) == 0:
        return min(float(probabilities.max()), EXACT)
    return min(float(probabilities[order][enough[-1]]), EXACT)


def expected_calibration_error(
    probabilities: Doubles, right: NDArray[np.bool_], bins: int = 10
) -> float:
    """Return the mean gap between confidence and accuracy over equally wide bins, in [0, 1].

    Source: Naeini, Cooper & Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
    Binning", AAAI 2015.
    """
    if len(probabilities) == 0:
        return 0.0
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        abs(float(probabilities[index == b].mean()) - float(right[index == b].mean()))
        * float((index == b).mean())
        for b in range(bins)
        if (index == b).any()
    ]
    return float(sum(gaps))
