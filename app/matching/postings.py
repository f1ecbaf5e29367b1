"""An inverted index, feature → utterances that have it: cosines with all of them at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.matching.sparse import SparseRows

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]

MOST_POSTINGS = 400_000
"""Entries that are read for one message, about 0.5 ms. Some ten thousand utterances never get
there; beyond it the message's commonest features, which say least, are left out."""


class Postings:
    """The rows of a matrix by column. Immutable."""

    def __init__(self, rows: SparseRows) -> None:
        """Turn the rows over.

        Args:
            rows: Shape (utterances, dimensions), float32.
        """
        self._count, columns = rows.shape
        # Stable: within a column the rows ascend.
        order = np.argsort(rows.indices, kind="stable")
        lengths = np.bincount(rows.indices, minlength=columns)
        self._starts = np.concatenate([[0], np.cumsum(lengths)])
        # In as few bytes as will do: two of them for up to 65,535 utterances.
        numbers = np.arange(self._count, dtype=np.min_scalar_type(self._count))
        self._rows = np.repeat(numbers, np.diff(rows.indptr))[order]
        self._values = rows.data[order]

    def similar(self, indices: Positions, values: Floats) -> Floats:
        """Return the inner product of a sparse vector with every row, shape (utterances,)."""
        starts = self._starts[indices]
        lengths = self._starts[indices + 1] - starts
        if lengths.sum() > MOST_POSTINGS:
            rarest = np.argsort(lengths, kind="stable")
            kept = rarest[np.cumsum(lengths[rarest]) <= MOST_POSTINGS]
            starts, lengths, values = starts[kept], lengths[kept], values[kept]
        ranges = [
            slice(a, b) for a, b in zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
        ]
        if not ranges:
            return np.zeros(self._count, dtype=np.float32)
        met = np.concatenate([self._rows[r] for r in ranges])
        weights = np.concatenate([self._values[r] for r in ranges]) * np.repeat(values, lengths)
        return np.bincount(met, weights, minlength=self._count).astype(np.float32)
