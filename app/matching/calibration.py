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

_STRENGTH = 3.0
"""Variance of the coefficients that is expected beforehand; matters for small content only."""

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
    "meaning",
    "meaning_nearest",
    "opposed",
)
"""Evidence that enters the confidence, in this order."""

EXACT = 0.999
"""Confidence in an intent one of whose utterances is the message, word for word."""


_RISING = {
    "score",
    "margin",
    "fuzzy",
    "known",
    "score_x_known",
    "meaning",
    "meaning_nearest",
}
"""Evidence that never lowers the confidence. (`nearest` may: beside the score, which knows all
utterances, one that is very near tells of a coincidence.)"""

_FALLING = {"opposed"}
"""Evidence that never raises the confidence."""

_EXPECTED = {"opposed": -4.0}
"""What a coefficient is expected to be beforehand, where it is not 0: operators declare opposites
because they are none of the same question, and little content has few sentences that show it."""


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
    meaning: float | None = None
    """Its score by the embeddings alone, None where they had no say."""
    meaning_nearest: float = 0.0
    """Best cosine of the embeddings with one of its utterances, in [−1, 1]."""
    opposed: float = 0.0
    """Share of its nearest utterances that say the opposite of the message, in [0, 1]."""

    def row(self) -> list[float]:
        """Return the features in the order of `FEATURES`."""
        return [
            self.score,
            self.margin,
            self.fuzzy,
            # Where embeddings speak, their nearest utterance tells more than the one in words.
            self.nearest if self.meaning is None else 0.0,
            self.known,
            min(float(np.log1p(self.length)) / 4.0, 1.5),
            float(self.pinyin),
            self.score * self.known,
            self.meaning or 0.0,
            self.meaning_nearest,
            self.opposed,
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
    learned = _regression(rows, right, weights)
    probabilities = _sigmoid(rows @ learned[:-1] + learned[-1])
    return Calibrator(
        tuple(float(c) for c in learned[:-1]),
        float(learned[-1]),
        accept=threshold_for(
            probabilities[is_topic], right[is_topic], weights[is_topic], target_precision
        ),
        offer=0.5,
    )


def _regression(rows: Doubles, right: NDArray[np.bool_], weights: Doubles) -> Doubles:
    """Return coefficients and intercept of the logistic model, L2-regularised.

    The signs of what must speak for a candidate are held (`_RISING`): the operators' sentences are
    all about this insurance, so by themselves they teach nothing about strangers, and little
    content may even teach that an unknown text is a sure one.
    """
    # Imported here: needed at build time only.
    from scipy.optimize import minimize

    signs = np.where(right, 1.0, -1.0)
    expected = np.asarray([_EXPECTED.get(name, 0.0) for name in FEATURES])

    def loss(found: Doubles) -> tuple[float, Doubles]:
        logits = rows @ found[:-1] + found[-1]
        error = weights * (_sigmoid(logits) - right)
        astray = found[:-1] - expected
        value = float(weights @ np.logaddexp(0.0, -signs * logits))
        value += float(astray @ astray) / (2 * _STRENGTH)
        slope = np.append(rows.T @ error + astray / _STRENGTH, error.sum())
        return value, slope

    bounds = [
        (0.0 if name in _RISING else None, 0.0 if name in _FALLING else None) for name in FEATURES
    ] + [(None, None)]
    options = {"maxiter": 2000, "ftol": 1e-12, "gtol": 1e-7}
    found = minimize(
        loss, np.append(expected, 0.0), jac=True, bounds=bounds, method="L-BFGS-B", options=options
    )
    return np.asarray(found.x, dtype=np.float64)


def _sigmoid(logits: Doubles) -> Doubles:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -500, 500))))


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
