"""The ranker for very large content: the regression of `ranker`, solved near the message only.

Nothing of the size of all utterances is ever inverted, and no matrix of dimensions × classes kept:
for each message its nearest utterances are found through the inverted index, and kernel ridge is
solved among those. What is far away has next to no say in a score, so the ranking is the same as
the global one's within the noise (docs/benchmarks.md); each message costs about 1 ms more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.matching.postings import Postings
from app.matching.ranker import NEGATIVE_TARGET, RIDGE, gains_of, steep
from app.matching.view import Query

if TYPE_CHECKING:
    import scipy.sparse as sp

NEIGHBOURS = 64
"""Rows that are looked at; accuracy is flat between 32 and 128."""

_MOST_TRIES = 8
_FAR = 0.3
"""Share of the highest cosine below which a row is hardly ever among the nearest; only to sort
fewer of them."""

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LocalRidge:
    """Kernel ridge regression among the rows nearest to a message. Immutable."""

    rows: sp.csr_matrix
    """Utterances, then counter-examples, shape (n, dimensions)."""
    targets: sp.csr_matrix
    """What each row says about the classes, shape (n, classes)."""
    ridge: Floats
    """λ of each row."""

    def scores(self, query: Query) -> Floats:
        """Return a score for every class."""
        return self.scores_near(query.similar)

    def scores_near(self, similar: Floats) -> Floats:
        """Return the scores of a text with these cosines to the rows; 0: the row has no say."""
        near = nearest(similar, NEIGHBOURS)
        said = self.targets[near]
        weights = said.data * np.repeat(
            self._solve(near, steep(similar[near])), np.diff(said.indptr)
        )
        sums = np.bincount(said.indices, weights, minlength=self.targets.shape[1])
        return np.asarray(sums, dtype=np.float32)

    def gains(self, query: Query, first: int, second: int) -> Floats:
        """Return what each of the query's features adds to the first class over the second."""
        near = nearest(query.similar, NEIGHBOURS)
        said = self.targets[near]
        apart = (said[:, [first]] - said[:, [second]]).toarray()[:, 0]
        return gains_of(query, self.rows[near], query.similar[near], self._solve(near, apart))

    def _solve(self, near: Rows, values: Floats) -> Floats:
        """Return (K + Λ)⁻¹ · values, among some rows."""
        from scipy.linalg import lapack

        if not len(near):
            return values
        kernel, ridge = _kernel(self.rows[near]), self.ridge[near]
        for _ in range(_MOST_TRIES):
            _, solved, failed = lapack.sposv(kernel + np.diag(ridge), values)
            if not failed:
                return np.asarray(solved, dtype=np.float32).reshape(-1)
            ridge = ridge * 2  # see `ranker`
        raise np.linalg.LinAlgError(f"kernel is not positive definite at row {failed}")


def nearest(similar: Floats, count: int) -> Rows:
    """Return the rows with the highest positive cosines, at most `count`, in ascending order."""
    highest = similar.max(initial=0.0)
    found = np.flatnonzero(similar > highest * _FAR)
    if len(found) < count:
        found = np.flatnonzero(similar > 0)
    if len(found) > count:
        found = found[np.argpartition(-similar[found], count - 1)[:count]]
    return np.sort(found)


def _kernel(rows: sp.csr_matrix) -> Floats:
    """Return the kernel of a few rows, shape (n, n)."""
    import scipy.sparse as sp

    # Over the dimensions that they have: a product over all of them would first count them all.
    _, columns = np.unique(rows.indices, return_inverse=True)
    dimensions = int(columns.max(initial=-1)) + 1
    few = sp.csr_matrix((rows.data, columns, rows.indptr), shape=(rows.shape[0], dimensions))
    return steep((few @ few.T).toarray())


def fit(
    rows: sp.csr_matrix,
    postings: Postings,
    labels: Sequence[int],
    negative: Sequence[int],
    classes: int,
    weights: Sequence[float],
) -> LocalRidge:
    """Train on the utterances and the counter-examples; arguments as in `ranker.fit`.

    Cost: about 2 ms for each counter-example, next to nothing for an utterance.
    """
    import scipy.sparse as sp

    count = len(labels)
    ridge = RIDGE / np.asarray(weights, dtype=np.float32)
    targets = sp.csr_matrix(
        (np.ones(count, dtype=np.float32), (np.arange(count), np.asarray(labels, dtype=np.int32))),
        shape=(count, classes),
    )
    if not len(negative):
        return LocalRidge(rows, targets, ridge)
    alone = LocalRidge(rows[:count], targets, ridge[:count])
    others = []
    for row, label in zip(rows[count:], negative, strict=True):
        said = np.clip(alone.scores_near(postings.similar(row.indices, row.data)[:count]), 0, 1)
        said[label] = NEGATIVE_TARGET
        others.append(sp.csr_matrix(said))
    return LocalRidge(rows, sp.vstack([targets, *others], format="csr"), ridge)


class LeftOut:
    """Judges utterances as if they, or their whole class, had not been written."""

    def __init__(self, ranker: LocalRidge, postings: Postings, labels: NDArray[np.int32]) -> None:
        self._ranker = ranker
        self._postings = postings
        self._labels = labels

    def without_row(self, row: int) -> Floats:
        """Return the scores of an utterance by a model without it."""
        similar = self._similar(row)
        similar[row] = 0
        return self._ranker.scores_near(similar)

    def without_class(self, row: int) -> Floats:
        """Return the scores of an utterance by a model that never saw its class."""
        similar = self._similar(row)
        similar[: len(self._labels)][self._labels == self._labels[row]] = 0
        return self._ranker.scores_near(similar)

    def _similar(self, row: int) -> Floats:
        start, stop = self._ranker.rows.indptr[row : row + 2]
        return self._postings.similar(
            self._ranker.rows.indices[start:stop], self._ranker.rows.data[start:stop]
        )
