"""What the columns of the table mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

COVERAGE = 0.9
"""Share of the in-scope questions that a method is allowed to answer (its surest ones)."""


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """Return the probability that an in-scope question gets the higher confidence."""
    ranks = rankdata([*inside, *outside])
    count = len(inside)
    wins = ranks[:count].sum() - count * (count + 1) / 2
    return float(wins / (count * len(outside)))


def false_accepts(inside: Sequence[float], outside: Sequence[float]) -> float:
    """Return the share of out-of-scope questions answered where `COVERAGE` in scope are."""
    threshold = np.quantile(np.asarray(inside), 1 - COVERAGE, method="lower")
    return float((np.asarray(outside) >= threshold).mean())


def percentile_us(seconds: Sequence[float], percent: float) -> float:
    """Return a percentile of durations, in microseconds."""
    return float(np.percentile(np.asarray(seconds), percent) * 1e6)
