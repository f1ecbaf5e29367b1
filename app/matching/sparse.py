"""Sparse rows as three arrays. SciPy is loaded only where they are calculated with as a matrix.

Answering takes one product (`postings`), which numpy does as fast; SciPy costs memory of every
replica and time of every start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import scipy.sparse as sp


class SparseRows(Protocol):
    """What a `csr_matrix` and `Rows` have in common: compressed sparse rows."""

    @property
    def data(self) -> NDArray[np.float32]:
        """Values, row after row."""
        ...

    @property
    def indices(self) -> NDArray[Any]:
        """Column of each value."""
        ...

    @property
    def indptr(self) -> NDArray[Any]:
        """Where each row begins, and where the last ends, shape (rows + 1,)."""
        ...

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Compressed sparse rows."""

    data: NDArray[np.float32]
    indices: NDArray[Any]
    indptr: NDArray[Any]
    shape: tuple[int, int]


def load_blas() -> None:
    """Load SciPy's own BLAS now, so that who limits its threads next finds it."""
    import scipy.linalg  # noqa: F401 - for what it loads


def csr_of(rows: SparseRows) -> sp.csr_matrix:
    """Return the rows as a matrix to calculate with; the arrays are shared."""
    import scipy.sparse as sp

    load_blas()
    if isinstance(rows, sp.csr_matrix):
        return rows
    return sp.csr_matrix((rows.data, rows.indices, rows.indptr), shape=rows.shape)
