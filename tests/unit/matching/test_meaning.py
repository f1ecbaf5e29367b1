"""The second ranker: its closed form is the first one's, and it changes nothing where it is off."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching import meaning, ranker
from app.matching.calibration import Calibrator
from app.matching.embedding import Floats

CALIBRATOR = Calibrator((0.0,) * 8, 0.0, 0.9, 0.5)


def unit_rows(count: int, dimensions: int, seed: int) -> Floats:
    rows = np.random.default_rng(seed).normal(size=(count, dimensions))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@given(
    st.integers(0, 1000),
    st.integers(2, 6),
    st.integers(12, 40),
    st.integers(0, 6),
    st.integers(3, 50),
)
@settings(max_examples=25, deadline=None)
def test_is_the_kernel_ridge_of_ranker(
    seed: int, classes: int, count: int, negatives: int, dimensions: int
) -> None:
    vectors = unit_rows(count + negatives, dimensions, seed)
    labels = [i % classes for i in range(count)]
    wrong = [i % classes for i in range(negatives)]
    weights = np.random.default_rng(seed).uniform(0.3, 1, count + negatives).tolist()
    found = meaning.fit(vectors, labels, wrong, classes, weights)
    scale = (ranker.RIDGE / meaning.RIDGE) ** 0.5
    rows = sp.csr_matrix(meaning.centred(vectors, found.centre) * scale)
    with mock.patch.object(ranker, "steep", lambda cosines: cosines):
        expected = ranker.fit(rows, labels, wrong, classes, weights)
    np.testing.assert_allclose(found.left_out, expected.left_out, atol=2e-3)
    np.testing.assert_allclose(found.unseen, expected.unseen, atol=2e-3)
    np.testing.assert_allclose(found.weights, rows.T @ expected.alpha * scale, atol=2e-3)


def test_left_out_is_what_training_without_the_row_gives() -> None:
    vectors, labels = unit_rows(30, 8, 1), [i % 3 for i in range(30)]
    whole = meaning.fit(vectors, labels, [], 3, [1.0] * 30)
    rows = meaning.centred(vectors, whole.centre).astype(np.float64)
    kept = [i for i in range(30) if i != 7]
    targets = np.eye(3)[[labels[i] for i in kept]]
    kernel = rows[kept] @ rows[kept].T + meaning.RIDGE * np.eye(29)
    expected = rows[7] @ rows[kept].T @ np.linalg.solve(kernel, targets)
    np.testing.assert_allclose(whole.left_out[7], expected, atol=1e-5)


def test_is_deterministic() -> None:
    vectors, labels = unit_rows(200, 32, 3), [i % 5 for i in range(200)]
    first, again = (meaning.fit(vectors, labels, [], 5, [1.0] * 200) for _ in range(2))
    assert first.weights.tobytes() == again.weights.tobytes()
    assert first.left_out.tobytes() == again.left_out.tobytes()


def test_identical_vectors_are_no_problem() -> None:
    vectors = np.repeat(unit_rows(1, 8, 2), 6, axis=0)
    found = meaning.fit(vectors, [0, 1, 0, 1, 0, 1], [], 2, [1.0] * 6)
    assert np.isfinite(found.left_out).all()


@pytest.mark.parametrize("shape", [(4,), (6,), (1, 5), (0,)])
def test_a_vector_of_another_model_has_no_scores(shape: tuple[int, ...]) -> None:
    learned = meaning.Meaning(np.zeros(5, np.float32), np.zeros((5, 3), np.float32), CALIBRATOR)
    assert learned.scores(np.ones(shape, dtype=np.float32)) is None
    scores = learned.scores(np.ones(5, dtype=np.float32))
    assert scores is not None
    assert scores.shape == (3,)
