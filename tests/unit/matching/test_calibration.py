"""Confidence, thresholds and how far they are from the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.calibration import (
    EXACT,
    FEATURES,
    Calibrator,
    Evidence,
    calibrate,
    expected_calibration_error,
    threshold_for,
)

CASES = st.lists(
    st.tuples(st.floats(0, 0.875, width=16), st.booleans(), st.floats(0.0625, 2, width=16)),
    min_size=1,
    max_size=60,
)


def evidence(score: float, **others: float) -> Evidence:
    values = {"margin": score, "fuzzy": score, "nearest": score, "known": 1.0, **others}
    return Evidence(score=score, length=8, pinyin=False, **values)


@given(CASES, st.floats(0.5, 1.0))
@settings(max_examples=200)
def test_threshold_is_the_least_that_reaches_the_precision(
    cases: list[tuple[float, bool, float]], precision: float
) -> None:
    probabilities, right, weights = (np.asarray(column) for column in zip(*cases, strict=True))
    threshold = threshold_for(probabilities, right, weights, precision)

    def share(least: float) -> float:
        taken = probabilities >= least
        return float((weights * right)[taken].sum() / weights[taken].sum())

    enough = [p for p in probabilities if share(p) >= precision + 1e-9]
    if enough:
        # Of equal probabilities some may be right: the threshold may fall among them.
        assert threshold <= min(enough)
    assert threshold in probabilities


def test_threshold_where_nothing_is_good_enough() -> None:
    probabilities = np.asarray([0.9, 0.4])
    wrong, weights = np.asarray([False, False]), np.ones(2)
    assert threshold_for(probabilities, wrong, weights, 0.98) == 0.9


def test_threshold_never_keeps_an_exact_match_from_being_answered() -> None:
    sure = np.asarray([0.99999, 0.99995])
    assert threshold_for(sure, np.asarray([True, False]), np.ones(2), 0.98) == EXACT
    assert threshold_for(sure, np.asarray([False, False]), np.ones(2), 0.98) == EXACT


def test_weights_count() -> None:
    probabilities = np.asarray([0.9, 0.8, 0.7])
    right = np.asarray([True, False, True])
    assert threshold_for(probabilities, right, np.asarray([1.0, 1.0, 1.0]), 0.9) == 0.9
    assert threshold_for(probabilities, right, np.asarray([9.0, 0.1, 1.0]), 0.9) == 0.7


def test_calibration_error_of_the_truth_is_nothing() -> None:
    probabilities = np.asarray([0.25] * 4 + [0.75] * 4)
    right = np.asarray([True, False, False, False, True, True, True, False])
    assert expected_calibration_error(probabilities, right) == pytest.approx(0)


def test_calibration_error_of_false_certainty() -> None:
    assert expected_calibration_error(np.ones(4), np.zeros(4, dtype=bool)) == 1.0
    assert expected_calibration_error(np.zeros(4), np.ones(4, dtype=bool)) == 1.0
    half = np.asarray([True, False])
    assert expected_calibration_error(np.ones(2), half) == pytest.approx(0.5)


def test_calibration_error_of_nothing() -> None:
    assert expected_calibration_error(np.empty(0), np.empty(0, dtype=bool)) == 0.0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_calibration_error_is_a_share(cases: list[tuple[float, bool]]) -> None:
    probabilities, right = (np.asarray(column) for column in zip(*cases, strict=True))
    assert 0.0 <= expected_calibration_error(probabilities, right) <= 1.0


class TestCalibrate:
    def learned(self) -> Calibrator:
        random = np.random.default_rng(1)
        scores = random.uniform(0, 1, 2000)
        right = random.uniform(0, 1, 2000) < scores
        rows = np.asarray([evidence(float(s)).row() for s in scores])
        return calibrate(rows, right, np.ones(2000), np.ones(2000, dtype=bool), 0.9)

    def test_learns_the_probability(self) -> None:
        calibrator = self.learned()
        scores = np.linspace(0.05, 0.95, 19)
        found = calibrator.confidence([evidence(float(s)) for s in scores])
        np.testing.assert_allclose(found, scores, atol=0.12)
        assert found == sorted(found)

    def test_threshold_reaches_the_target(self) -> None:
        assert 0.7 < self.learned().accept < 0.95

    def test_is_deterministic(self) -> None:
        assert self.learned() == self.learned()

    def test_of_no_candidates_there_is_no_confidence(self) -> None:
        assert self.learned().confidence([]) == []


def test_row_has_all_features() -> None:
    assert len(evidence(0.5).row()) == len(FEATURES)
    row = dict(zip(FEATURES, evidence(0.5, known=0.4).row(), strict=True))
    assert row["score_x_known"] == pytest.approx(0.2)
