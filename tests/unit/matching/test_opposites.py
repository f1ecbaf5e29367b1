"""Opposites: what a text says, what speaks against a candidate, and what that does."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.content import Catalog, Opposites
from app.matching import cache, training
from app.matching.opposites import Guard, opposed, sides_of
from tests.unit.matching.little import REGION, catalog, intent, trained

PAID = Opposites(
    one=("没交", "还没交", "未缴", "漏交"),
    other=("交了", "已经交了", "已缴"),
    neither=("交没交", "交了没"),
)
COVERED = Opposites(one=("不能报", "报不了"), other=("能报",), neither=("能不能报",))
GUARD = Guard((PAID, COVERED))

MISSING = (
    "交了查不到记录 交了没显示 已经交了怎么没有记录 交了半个月还查不到 已缴却看不到 交了记录呢"
)
LATE = "没交能补吗 还没交怎么办 去年没交现在补 漏交一年怎么补 未缴的能补上吗 没交会怎样"


def content(*pairs: Opposites) -> Catalog:
    made = catalog(intent("missing", MISSING.split()), intent("late", LATE.split()))
    return dataclasses.replace(made, opposites=pairs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("没交能补吗", [1, 0]),
        ("交了查不到", [2, 0]),
        ("去年没交今年交了", [3, 0]),
        ("到底交没交", [0, 0]),
        ("交了没", [0, 0]),
        ("还没交了", [1, 0]),
        ("能不能报", [0, 0]),
        ("这个不能报吗", [0, 1]),
        ("已缴的能报", [2, 2]),
        ("报销比例", [0, 0]),
        ("", [0, 0]),
    ],
)
def test_the_longest_phrase_counts(text: str, expected: list[int]) -> None:
    assert GUARD.sides(text).tolist() == expected


@given(st.text(st.sampled_from("没交了还已经缴未能不报"), max_size=30))
def test_turning_a_pair_round_turns_the_sides_round(text: str) -> None:
    turned = Guard((Opposites(PAID.other, PAID.one, PAID.neither),)).sides(text)[0]
    assert turned == {0: 0, 1: 2, 2: 1, 3: 3}[int(GUARD.sides(text)[0])]


@pytest.mark.parametrize(
    ("asked", "supports", "expected"),
    [
        ([1, 0], [[2, 0], [2, 0]], 1.0),
        ([1, 0], [[2, 0], [0, 0]], 0.5),
        ([1, 0], [[2, 0], [1, 0]], 0.0),
        ([1, 0], [[2, 0], [3, 0]], 0.0),
        ([3, 0], [[2, 0]], 0.0),
        ([0, 0], [[2, 2]], 0.0),
        ([2, 1], [[0, 2], [0, 0], [1, 2], [0, 0]], 0.5),
        ([2, 1], np.zeros((3, 2)), 0.0),
    ],
)
def test_only_the_opposite_speaks_against(
    asked: list[int], supports: list[list[int]], expected: float
) -> None:
    assert opposed(np.array(asked, np.int8), np.array(supports, np.int8)) == expected


def test_no_pairs_and_no_texts() -> None:
    assert Guard(()).sides("没交").shape == (0,)
    assert sides_of(GUARD, []).shape == (0, 2)
    assert sides_of(Guard(()), ["没交"]).shape == (1, 0)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [("没交查得到记录吗", "late", "missing"), ("交了能补吗", "missing", "late")],
)
def test_the_opposite_lowers_the_confidence_and_is_shown(text: str, right: str, wrong: str) -> None:
    guarded, free = trained(content(PAID)).rank(text), trained(content()).rank(text)
    now = {c.intent: c for c in guarded.candidates}
    before = {c.intent: c.confidence for c in free.candidates}
    assert now[wrong].evidence["opposed"] > 0  # type: ignore[index]
    assert "opposed" not in now[right].evidence  # type: ignore[index]
    gap = now[right].confidence - now[wrong].confidence  # type: ignore[index]
    assert gap > before[right] - before[wrong] + 0.1  # type: ignore[index]


def test_the_coefficient_never_speaks_for_an_opposite() -> None:
    confused = catalog(intent("missing", LATE.split()), intent("late", MISSING.split()))
    matcher = trained(dataclasses.replace(confused, opposites=(PAID,)))
    assert dict(zip_features(matcher.model.whole.calibrator.coefficients))["opposed"] <= 0


def test_without_opposites_nothing_differs() -> None:
    unlike = Opposites(("城里",), ("乡下",))
    texts = ["没交能补吗", "交了能补吗", "怎么办", "mei jiao"]
    for text in texts:
        assert trained(content(unlike)).rank(text) == trained(content()).rank(text)


def test_the_cache_keeps_them(tmp_path: Path) -> None:
    made = content(PAID, COVERED)
    tokenizer = training.tokenizer_of(made)
    matcher = training.train(made, REGION, tokenizer)
    path = tmp_path / "m.npz"
    cache.save(path, matcher)
    again = cache.load(path, tokenizer, training.places_of(made, REGION))
    assert again is not None
    assert again.model.guard.pairs == (PAID, COVERED)
    assert again.rank("没交查得到记录吗") == matcher.rank("没交查得到记录吗")


def zip_features(coefficients: tuple[float, ...]) -> list[tuple[str, float]]:
    from app.matching.calibration import FEATURES

    return list(zip(FEATURES, coefficients, strict=True))
