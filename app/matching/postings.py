"""An inverted index, feature → utterances that have it: cosines with all of them at once."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]

MOST_POSTINGS = 400_000
"""Entries that are read for one message, about 0.5 ms. Some ten thousand utterances never get
there; beyond it the message's commonest features, which say least, are left out."""


class Postings:
    """The rows of a matrix by column. Immutable."""

    def __init__(self, rows: sp.csr_matrix) -> None:
        """Turn the rows over.

        Args:
            rows: Shape (utterances, dimensions), float32.
        """
        columns = rows.tocsc()
        self._count = rows.shape[0]
        self._starts = np.asarray(columns.indptr, dtype=np.int64)
        self._rows = columns.indices
        self._values = columns.data

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
        met = sp.csc_matrix(
            (
                np.concatenate([self._values[r] for r in ranges]),
                np.concatenate([self._rows[r] for r in ranges]),
                np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
            ),
            shape=(self._count, len(ranges)),
        )
        return np.asarray(met @ values, dtype=np.float32)
