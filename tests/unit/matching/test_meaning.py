"""The second ranker: its closed forms, its share, and vectors of another model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.matching import meaning
from app.matching.calibration import FEATURES, Calibrator
from app.matching.embedding import Floats

Doubles = NDArray[np.float64]

CALIBRATOR = Calibrator((0.0,) * len(FEATURES), 0.0, 0.9, 0.5)


def unit_rows(count: int, dimensions: int, seed: int) -> Floats:
    rows = np.random.default_rng(seed).normal(size=(count, dimensions))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def near(cosines: Doubles) -> Doubles:
    return np.asarray(np.exp(meaning.WIDTH * (cosines - 1)))


def without(rows: Doubles, group: list[int], targets: Doubles, weights: list[float]) -> Doubles:
    """Return the scores of a group of rows by brute-force training without them."""
    kept = [i for i in range(len(rows)) if i not in set(group)]
    ridge = np.diag(meaning.RIDGE / np.asarray(weights)[kept])
    alpha = np.linalg.solve(near(rows[kept] @ rows[kept].T) + ridge, targets[kept])
    return np.asarray(near(rows[group] @ rows[kept].T) @ alpha)


@given(st.integers(0, 1000), st.integers(2, 6), st.integers(12, 40), st.integers(3, 50))
@settings(max_examples=25, deadline=None)
def test_closed_forms_are_training_without_the_row_and_without_the_class(
    seed: int, classes: int, count: int, dimensions: int
) -> None:
    vectors, labels = unit_rows(count, dimensions, seed), [i % classes for i in range(count)]
    weights = np.random.default_rng(seed).uniform(0.3, 1, count).tolist()
    found = meaning.fit(vectors, labels, [], classes, weights)
    rows, targets = found.rows.astype(np.float64), np.eye(classes)[labels]
    for row in range(0, count, 5):
        expected = without(rows, [row], targets, weights)[0]
        np.testing.assert_allclose(found.learned.left_out[row], expected, atol=5e-3)
    group = [i for i, label in enumerate(labels) if label == 1]
    np.testing.assert_allclose(
        found.learned.unseen[group], without(rows, group, targets, weights), atol=5e-3
    )


def test_counter_examples_lower_the_class_that_they_must_not_be() -> None:
    vectors, labels = unit_rows(30, 8, 1), [i % 3 for i in range(30)]
    twice = np.concatenate([vectors, vectors[:1]])
    with_it = learned(meaning.fit(twice, labels, [0], 3, [1.0] * 31))
    alone = learned(meaning.fit(vectors, labels, [], 3, [1.0] * 30))
    assert scores_of(with_it, vectors[0])[0] < scores_of(alone, vectors[0])[0] - 0.05


def test_is_deterministic() -> None:
    vectors, labels = unit_rows(200, 32, 3), [i % 5 for i in range(200)]
    first, again = (meaning.fit(vectors, labels, [], 5, [1.0] * 200) for _ in range(2))
    assert first.learned.alpha.tobytes() == again.learned.alpha.tobytes()
    assert first.learned.left_out.tobytes() == again.learned.left_out.tobytes()


def test_identical_vectors_are_no_problem() -> None:
    vectors = np.repeat(unit_rows(1, 8, 2), 6, axis=0)
    found = meaning.fit(vectors, [0, 1, 0, 1, 0, 1], [], 2, [1.0] * 6)
    assert np.isfinite(found.learned.left_out).all()


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_share_goes_to_the_ranker_that_knows(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = np.asarray([i % 4 for i in range(80)], dtype=np.int32)
    knows = np.asarray(np.eye(4)[labels] * 0.6 + random.random((80, 4)) * 0.3, np.float32)
    guesses = np.asarray(random.random((80, 4)), np.float32)
    ones = [1.0] * 80
    assert meaning.share_of(guesses, knows, labels, ones) > 0.6
    assert meaning.share_of(knows, guesses, labels, ones) < 0.4
    assert meaning.share_of(knows, knows, labels, ones) == pytest.approx(0.5, abs=0.01)


def test_scores_that_say_nothing_share_equally() -> None:
    nothing = np.zeros((3, 2), dtype=np.float32)
    labels = np.zeros(3, dtype=np.int32)
    assert 0.0 <= meaning.share_of(nothing, nothing, labels, [1.0] * 3) <= 1.0


def test_a_single_class_has_a_share() -> None:
    ones = np.ones((3, 1), dtype=np.float32)
    assert 0.0 <= meaning.share_of(ones, ones, np.zeros(3, np.int32), [1.0] * 3) <= 1.0


def test_scores_of_a_row_are_those_of_training() -> None:
    vectors, labels = unit_rows(30, 8, 1), [i % 3 for i in range(30)]
    found = meaning.fit(vectors, labels, [], 3, [1.0] * 30)
    meant = learned(found).view(vectors[4])
    assert meant is not None
    assert meant.similar.argmax() == 4
    expected = near(found.rows.astype(np.float64) @ found.rows[4]) @ found.learned.alpha
    np.testing.assert_allclose(meant.scores, expected, atol=1e-4)
    other = np.zeros(3, np.float32)
    np.testing.assert_allclose(meant.blended(other), meant.scores * 0.5, atol=1e-6)


@pytest.mark.parametrize("shape", [(4,), (6,), (1, 8), (0,)])
def test_a_vector_of_another_model_has_no_scores(shape: tuple[int, ...]) -> None:
    found = learned(meaning.fit(unit_rows(9, 8, 1), [0, 1, 2] * 3, [], 3, [1.0] * 9))
    assert found.view(np.ones(shape, dtype=np.float32)) is None


def learned(found: meaning.Fit) -> meaning.Meaning:
    return meaning.Meaning(found.centre, found.rows, found.learned.alpha, 0.5, CALIBRATOR)


def scores_of(found: meaning.Meaning, vector: Floats) -> Floats:
    meant = found.view(vector)
    assert meant is not None
    return meant.scores
