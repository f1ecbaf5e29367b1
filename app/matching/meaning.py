"""The second ranker: the regression of `ranker` on sentence embeddings, and the mean of both.

The kernel is exp(γ(cos − 1)) of the centred vectors. A linear one sees some hundred dimensions for
thousands of utterances and gets a sixth fewer of ours right (docs/adr/0010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching import ranker
from app.matching.calibration import Calibrator
from app.matching.embedding import Floats

WIDTH = 1.0
"""γ; leave-one-out accuracy is flat between 0.5 and 2."""
RIDGE = 0.05
"""λ; leave-one-out accuracy is flat between 0.03 and 0.1."""

_DECAY = 0.01
"""Of the two weights from which the share is taken, so that they are finite for any content."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was learned from the embeddings of one region's utterances."""

    centre: Floats
    """Mean vector of the utterances, shape (dimensions,): what they all have in common says
    nothing about their class."""
    rows: Floats
    """Centred unit vectors of utterances, then counter-examples, shape (n, dimensions)."""
    alpha: Floats
    """What each row says about every class, shape (n, classes)."""
    share: float
    """Weight of these scores in the mean with the other ranker's, in [0, 1]."""
    calibrator: Calibrator
    """Fitted on the weighted mean of both rankers' scores."""

    def view(self, vector: Floats) -> Meant | None:
        """Return what the embeddings say about a text, None for another model's size of vector."""
        if vector.shape != self.centre.shape:
            return None
        similar = self.rows @ centred(vector[None], self.centre)[0]
        scores = np.asarray(_near(similar) @ self.alpha, dtype=np.float32)
        return Meant(scores, np.asarray(similar, dtype=np.float32), self.share)


@dataclass(frozen=True, slots=True)
class Meant:
    """What the embeddings say about one text."""

    scores: Floats
    """Score of every class."""
    similar: Floats
    """Cosine with every utterance, then counter-example."""
    share: float
    """See `Meaning`."""

    def blended(self, lexical: Floats) -> Floats:
        """Return the mean of these scores and the other ranker's."""
        return blend(lexical, self.scores, self.share)


@dataclass(frozen=True, slots=True)
class Fit:
    """A trained ranker and what is needed to judge it."""

    centre: Floats
    rows: Floats
    learned: ranker.Fitted


def blend(lexical: Floats, meaning: Floats, share: float) -> Floats:
    """Return the weighted mean of both rankers' scores."""
    return np.asarray((1 - share) * lexical + share * meaning, dtype=np.float32)


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Return unit rows after the centre is taken off."""
    moved = vectors - centre
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-6), dtype=np.float32)


def fit(
    vectors: Floats,
    labels: Sequence[int],
    negative: Sequence[int],
    classes: int,
    weights: Sequence[float],
) -> Fit:
    """Train on the embeddings of utterances and counter-examples; see `ranker.fit`.

    Args:
        vectors: Unit rows of the utterances, then of the counter-examples, shape (n, dimensions).
        labels: Class of each utterance.
        negative: For each counter-example the class that it must not be.
        classes: Number of classes.
        weights: How much each row counts, in (0, 1].

    Cost: O(n³), about 4 s for 6,000 rows. Deterministic for a given number of BLAS threads.
    """
    centre = np.asarray(vectors[: len(labels)].mean(axis=0), dtype=np.float32)
    rows = centred(vectors, centre)
    ridge = RIDGE / np.asarray(weights, np.float32)
    learned = ranker.fit_kernel(
        lambda: np.asfortranarray(_near(rows @ rows.T)), labels, negative, classes, ridge
    )
    return Fit(centre, rows, learned)


def share_of(
    lexical: Floats, meaning: Floats, labels: NDArray[np.int32], weights: Sequence[float]
) -> float:
    """Return which share of the mean makes the utterances' own classes most likely.

    Few utterances leave words unseen, so that embeddings deserve more. Both rankers' scores by a
    model without the utterance are summed with two weights, the likelihood being that of a softmax.

    Args:
        lexical: Leave-one-out scores of the first ranker, shape (utterances, classes).
        meaning: Those of the second.
        labels: Class of each utterance.
        weights: How much each utterance counts.
    """
    # Imported here: needed at build time only.
    from scipy.optimize import minimize

    count = len(labels)
    both = np.stack([lexical, meaning], axis=2).astype(np.float64)
    counts = np.asarray(weights, dtype=np.float64)[:count]
    own = both[np.arange(count), labels]

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = both @ found
        most = logits.max(axis=1, keepdims=True)
        odds = np.exp(logits - most)
        sums = odds.sum(axis=1, keepdims=True)
        unlikely = (most + np.log(sums))[:, 0] - own @ found
        mean = np.einsum("nc,nck->nk", odds / sums, both)
        value = float(counts @ unlikely) + _DECAY * float(found @ found)
        return value, counts @ (mean - own) + 2 * _DECAY * found

    found = minimize(loss, np.ones(2), jac=True, bounds=[(0.0, None)] * 2, method="L-BFGS-B").x
    # Two digits: no more is learned, and less than that does not depend on the machine.
    return round(float(found[1] / found.sum()), 2) if found.sum() > 0 else 0.5


def _near(cosines: Floats) -> Floats:
    """Return the kernel of cosines."""
    return np.asarray(np.exp(np.float32(WIDTH) * (cosines - 1)), dtype=np.float32)
