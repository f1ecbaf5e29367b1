"""Made-up TF-IDF rows and classes for tests of the rankers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from app.matching.calibration import FEATURES, Calibrator
from app.matching.postings import Postings
from app.matching.ranker import KernelRidge
from app.matching.view import Query, View

UNFITTED = Calibrator((0.0,) * len(FEATURES), 0.0, 0.9, 0.5)


@dataclass(frozen=True)
class Made:
    rows: sp.csr_matrix
    labels: list[int]
    negative: list[int]
    classes: int
    weights: list[float]


def made(
    seed: int,
    count: int,
    classes: int,
    negatives: int = 0,
    dimensions: int = 40,
    alike: float = 0.0,
) -> Made:
    """Return unit rows of which those of one class share some features.

    `alike` is what they all have of every feature.
    """
    random = np.random.default_rng(seed)
    labels = sorted(i % classes for i in range(count))
    negative = [int(random.integers(classes)) for _ in range(negatives)]
    dense = random.random((count + negatives, dimensions)) * (
        random.random((count + negatives, dimensions)) < 0.2
    )
    for row, label in enumerate([*labels, *negative]):
        dense[row, label % dimensions] += 1.0
    dense += alike
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    weights = random.uniform(0.3, 1.0, count + negatives).tolist()
    rows = sp.csr_matrix(dense.astype(np.float32))
    return Made(rows, labels, negative, classes, weights)


def query_of_row(rows: sp.csr_matrix, row: NDArray[np.float32]) -> Query:
    """Return a dense row as a query."""
    postings = Postings(rows)
    view = View(("chars",), rows, postings, (), KernelRidge(np.zeros((0, 0), np.float32)), UNFITTED)
    indices = np.flatnonzero(row)
    values = row[indices].astype(np.float32)
    nothing = np.zeros(0, dtype=np.int8)
    return Query(view, indices, values, postings.similar(indices, values), 1.0, "", 0, nothing)
