"""The closed forms give what training again would give."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.matching import ranker
from app.matching.ranker import NEGATIVE_TARGET, RIDGE, Fitted, KernelRidge, steep
from tests.unit.matching.made_rows import Made, made, query_of_row

Doubles = NDArray[np.float64]


def solved(rows: sp.csr_matrix, targets: Doubles, weights: list[float], at: Doubles) -> Doubles:
    """Train by brute force and predict for the rows `at`."""
    dense = rows.toarray().astype(np.float64)
    kernel = steep(dense @ dense.T) + np.diag(RIDGE / np.asarray(weights))
    return np.asarray(steep(at @ dense.T) @ np.linalg.solve(kernel, targets))


def without(data: Made, group: list[int], targets: Doubles) -> Doubles:
    """Return the scores of a group of rows by a model that was trained without them."""
    kept = [i for i in range(data.rows.shape[0]) if i not in set(group)]
    at = data.rows[group].toarray().astype(np.float64)
    return solved(data.rows[kept], targets[kept], [data.weights[i] for i in kept], at)


def said(data: Made, fitted: Fitted, at: Doubles) -> Doubles:
    return np.asarray(steep(at @ data.rows.toarray().T) @ fitted.alpha)


def one_hot(data: Made) -> Doubles:
    return np.eye(data.classes)[data.labels]


@given(st.integers(0, 500), st.integers(6, 40), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_left_out_is_training_without_the_row(seed: int, count: int, classes: int) -> None:
    data = made(seed, count, classes)
    fitted = ranker.fit(data.rows, data.labels, [], classes, data.weights)
    for row in range(count):
        expected = without(data, [row], one_hot(data))[0]
        np.testing.assert_allclose(fitted.left_out[row], expected, atol=2e-4)
        np.testing.assert_array_equal(fitted.without_row(row), fitted.left_out[row])


@given(st.integers(0, 500), st.integers(6, 40), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_unseen_is_training_without_the_class(seed: int, count: int, classes: int) -> None:
    data = made(seed, count, classes)
    fitted = ranker.fit(data.rows, data.labels, [], classes, data.weights)
    for label in range(classes):
        group = [i for i, other in enumerate(data.labels) if other == label]
        expected = without(data, group, one_hot(data))
        np.testing.assert_allclose(fitted.unseen[group], expected, atol=2e-4)
        np.testing.assert_array_equal(fitted.without_class(group[0]), fitted.unseen[group[0]])


@given(st.integers(0, 500))
@settings(max_examples=20, deadline=None)
def test_scores_are_those_of_brute_force(seed: int) -> None:
    data = made(seed, 30, 4)
    fitted = ranker.fit(data.rows, data.labels, [], 4, data.weights)
    at = made(seed + 1, 10, 4).rows.toarray()
    expected = solved(data.rows, one_hot(data), data.weights, at.astype(np.float64))
    np.testing.assert_allclose(said(data, fitted, at), expected, atol=2e-4)
    whole = KernelRidge(fitted.alpha)
    query = query_of_row(data.rows, at[0])
    np.testing.assert_allclose(whole.scores(query), expected[0], atol=2e-4)
    gains = whole.gains(query, 0, 1)
    assert gains.sum() == pytest.approx(expected[0, 0] - expected[0, 1], abs=5e-4)


@given(st.integers(0, 500), st.integers(1, 8))
@settings(max_examples=20, deadline=None)
def test_counter_examples_have_the_targets_of_the_others(seed: int, negatives: int) -> None:
    data = made(seed, 30, 4, negatives)
    fitted = ranker.fit(data.rows, data.labels, data.negative, 4, data.weights)
    targets = np.vstack([one_hot(data), np.zeros((negatives, 4))])
    others = [without(data, [30 + i], targets)[0] for i in range(negatives)]
    for i, label in enumerate(data.negative):
        # With the targets of the other counter-examples at zero, as in the first pass.
        targets[30 + i] = np.clip(others[i], 0, 1)
        targets[30 + i, label] = NEGATIVE_TARGET
    at = data.rows.toarray().astype(np.float64)
    expected = solved(data.rows, targets, data.weights, at)
    np.testing.assert_allclose(said(data, fitted, at), expected, atol=5e-4)
    assert fitted.left_out.shape == (30, 4)


def test_a_counter_example_lowers_the_class_that_it_must_not_be() -> None:
    data = made(3, 40, 4)
    query = query_of_row(data.rows, data.rows[0].toarray()[0])
    rows = sp.vstack([data.rows, data.rows[0]], format="csr")
    label = data.labels[0]
    again = query_of_row(rows, data.rows[0].toarray()[0])
    before = KernelRidge(ranker.fit(data.rows, data.labels, [], 4, [1.0] * 40).alpha)
    after = KernelRidge(ranker.fit(rows, data.labels, [label], 4, [1.0] * 41).alpha)
    assert after.scores(again)[label] < before.scores(query)[label] - 0.05


def test_identical_rows_are_no_problem() -> None:
    data = made(1, 12, 2)
    same = sp.vstack([data.rows[0]] * 12, format="csr")
    fitted = ranker.fit(same, data.labels, [], 2, [1.0] * 12)
    assert np.isfinite(fitted.left_out).all()
    assert np.isfinite(fitted.unseen).all()


def test_empty_rows_score_nothing() -> None:
    fitted = ranker.fit(sp.csr_matrix((3, 5), dtype=np.float32), [0, 0, 1], [], 2, [1.0] * 3)
    assert fitted.alpha.any()
    assert not fitted.left_out.any()


def test_a_power_that_is_no_kernel_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_kernel(rows: sp.csr_matrix) -> NDArray[np.float32]:
        return np.asfortranarray(
            np.full((rows.shape[0],) * 2, 1.0) - 3 * np.eye(rows.shape[0]), "f"
        )

    monkeypatch.setattr(ranker, "_kernel", no_kernel)
    fitted = ranker.fit(made(1, 12, 2).rows, made(1, 12, 2).labels, [], 2, [1.0] * 12)
    assert np.isfinite(fitted.left_out).all()


def test_no_rows_at_all() -> None:
    fitted = ranker.fit(sp.csr_matrix((0, 0), dtype=np.float32), [], [], 0, [])
    assert fitted.alpha.shape == (0, 0)
