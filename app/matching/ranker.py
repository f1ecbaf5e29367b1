"""The classifier over the operators' utterances: kernel ridge regression on one-hot targets.

Ridge on a TF-IDF kernel ranks like logistic regression on short questions (docs/adr/0005) and has
what that lacks: the scores that a model trained without an utterance, or without a whole group of
them, would give to it, in closed form. Confidence is calibrated on those (see `calibration`), so
that no utterance vouches for itself.

Formulas: with A = (K + λI)⁻¹ and α = AY, the prediction for a left-out group G is
Y_G − (A_GG)⁻¹ α_G (Rifkin & Lippert, "Notes on Regularized Least Squares", MIT 2007, §4, for one
row; the block form is the same algebra).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.matching.sparse import SparseRows, csr_of
from app.matching.view import Query

if TYPE_CHECKING:
    import scipy.sparse as sp

RIDGE = 0.4
"""λ; leave-one-out accuracy is flat between 0.25 and 0.6."""

STEEPNESS = 1.3
"""Power to which cosines are raised. Thousands of utterances that share one common character with
a message say little about it, and yet together they outvote the few that are really like it; a
steeper kernel lets them say less. Against 1.0 (docs/adr/0009): one point and a half more of
our utterances right when left out, one to two of the operators' test sentences, and better
separation of what is out of scope on every data set."""

MOST_ROWS = 12_000
"""Rows up to which the regression is solved as a whole. The inverse costs O(n³) time and 4·n²
bytes: with 12,000 rows about 15 s a view on one core, and 0.6 GB. Beyond: `local_ridge`."""

_MOST_TRIES = 8
_CHUNK = 512
"""Rows of the kernel that are computed at once."""

Floats = NDArray[np.float32]


NEGATIVE_TARGET = -0.3
"""Target of a counter-example for the class that it must not be."""


@dataclass(frozen=True, slots=True)
class KernelRidge:
    """What each utterance and counter-example says about every class."""

    alpha: Floats
    """Shape (n, classes)."""

    def scores(self, query: Query) -> Floats:
        """Return a score for every class."""
        return np.asarray(steep(query.similar) @ self.alpha, dtype=np.float32)

    def gains(self, query: Query, first: int, second: int) -> Floats:
        """Return what each of the query's features adds to the first class over the second."""
        said = self.alpha[:, first] - self.alpha[:, second]
        return gains_of(query, query.view.rows, query.similar, said)


def steep(cosines: Floats) -> Floats:
    """Return the kernel: a cosine, the smaller the less it counts."""
    return np.power(np.maximum(cosines, 0.0), np.float32(STEEPNESS))


def gains_of(query: Query, rows: SparseRows, similar: Floats, said: Floats) -> Floats:
    """Return what each of the query's features adds to Σ said·steep(similar), exactly.

    A cosine is a sum over features; its kernel is divided among them in proportion.
    """
    shares = np.power(np.maximum(similar, 0.0), np.float32(STEEPNESS - 1)) * said
    return np.asarray(query.values * (csr_of(rows).T @ shares)[query.indices], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained ranker and what is needed to judge it."""

    alpha: Floats
    """What each row says about every class, shape (n, classes)."""
    left_out: Floats
    """Leave-one-out scores of the utterances, shape (utterances, classes)."""
    unseen: Floats
    """Scores of each utterance by a model that never saw its class, same shape."""

    def without_row(self, row: int) -> Floats:
        """Return the scores of an utterance by a model without it."""
        return np.asarray(self.left_out[row])

    def without_class(self, row: int) -> Floats:
        """Return the scores of an utterance by a model that never saw its class."""
        return np.asarray(self.unseen[row])


def fit(
    rows: sp.csr_matrix,
    labels: Sequence[int],
    negative: Sequence[int],
    classes: int,
    weights: Sequence[float],
) -> Fitted:
    """Train on the utterances and the counter-examples.

    A counter-example says what a text is not; what it is instead nobody wrote. Its targets are
    therefore what the others say about it, but for the one class that it must not be.

    Args:
        rows: Utterances, then counter-examples, as TF-IDF rows, shape (n, dimensions).
        labels: Class of each utterance.
        negative: For each counter-example the class that it must not be.
        classes: Number of classes.
        weights: How much each row counts, in (0, 1]; as if λ were divided by it for that row.

    Returns:
        What the rows say, and scores of the utterances (not of the counter-examples).

    Cost: O(n³), about 4 s for 5,000 rows. Deterministic for a given number of BLAS threads.
    """
    ridge = RIDGE / np.asarray(weights, np.float32)
    return fit_kernel(lambda: _kernel(rows), labels, negative, classes, ridge)


def fit_kernel(
    kernel: Callable[[], Floats],
    labels: Sequence[int],
    negative: Sequence[int],
    classes: int,
    ridge: Floats,
) -> Fitted:
    """Train as `fit` does, with any kernel.

    Args:
        kernel: Computes the kernel of all rows, shape (n, n), column by column; the lower triangle
            is enough. Called again where it turns out not to be positive definite.
        labels: Class of each utterance.
        negative: For each counter-example the class that it must not be.
        classes: Number of classes.
        ridge: λ of each row.
    """
    count = len(labels)
    targets = np.zeros((len(ridge), classes), dtype=np.float32)
    if not count:
        return Fitted(targets, targets, targets)
    targets[np.arange(count), np.asarray(labels)] = 1.0
    root = _inverse_root(kernel, ridge)
    # diag(A) and A_GG from the root, without ever forming A: half the work.
    diagonal = np.einsum("ij,ij->j", root, root)
    alpha = root.T @ (root @ targets)
    if len(negative):
        others = np.arange(count, len(ridge))
        targets[others] = np.clip(targets[others] - alpha[others] / diagonal[others, None], 0, 1)
        targets[others, np.asarray(negative)] = NEGATIVE_TARGET
        alpha = root.T @ (root @ targets)
    left_out = (targets - alpha / diagonal[:, None])[:count]
    unseen = left_out.copy()
    label_array = np.asarray(labels)
    for label in range(classes):
        group = np.flatnonzero(label_array == label)
        if len(group):
            block = root[:, group].T @ root[:, group]
            unseen[group] = targets[group] - np.linalg.solve(block, alpha[group])
    return Fitted(
        np.ascontiguousarray(alpha), left_out.astype(np.float32), unseen.astype(np.float32)
    )


def _kernel(rows: sp.csr_matrix) -> Floats:
    """Return the kernel of all rows, shape (n, n), column by column; the lower triangle only."""
    count = rows.shape[0]
    kernel = np.zeros((count, count), dtype=np.float32, order="F")
    # As a whole the sparse product would take three times the memory of the dense one.
    for start in range(0, count, _CHUNK):
        chunk = rows[start : start + _CHUNK].T.tocsr()
        kernel[start:, start : start + _CHUNK] = steep((rows[start:] @ chunk).toarray())
    return kernel


def _inverse_root(kernel: Callable[[], Floats], ridge: Floats) -> Floats:
    """Return L⁻¹ with LLᵀ = K + diag(λ), so that A = L⁻ᵀL⁻¹, in single precision and in place."""
    from scipy.linalg import lapack  # only who learns needs it

    for _ in range(_MOST_TRIES):
        matrix = kernel()
        matrix[np.diag_indices_from(matrix)] += ridge
        factor, failed = lapack.spotrf(matrix, lower=1, overwrite_a=1, clean=1)
        if not failed:
            root, _ = lapack.strtri(factor, lower=1, overwrite_c=1)
            return np.asarray(root, dtype=np.float32)
        # A power of a kernel need not be a kernel; what it lacks, the ridge has always had.
        ridge = ridge * 2
    raise np.linalg.LinAlgError(f"kernel is not positive definite at row {failed}")
