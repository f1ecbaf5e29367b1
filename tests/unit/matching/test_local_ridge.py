"""Near the message only, and yet the same ranking; the matcher shows no difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching import cache as stored
from app.matching import local_ridge, ranker, training
from app.matching.explaining import confusables, explain, left_out
from app.matching.judging import SAMPLE, hindsight_of, judged_rows
from app.matching.local_ridge import NEIGHBOURS, LeftOut, LocalRidge, nearest
from app.matching.matcher import Matcher
from app.matching.postings import Postings
from app.matching.ranker import steep
from tests.unit.matching.little import REGION, SENTENCES, usual
from tests.unit.matching.made_rows import Made, made, query_of_row


def fitted(data: Made) -> LocalRidge:
    return local_ridge.fit(
        data.rows, Postings(data.rows), data.labels, data.negative, data.classes, data.weights
    )


@given(st.integers(0, 500))
@settings(max_examples=30, deadline=None)
def test_is_the_global_ridge_where_everything_is_near(seed: int) -> None:
    data = made(seed, NEIGHBOURS - 10, 4, dimensions=12, alike=0.1)
    whole = ranker.fit(data.rows, data.labels, data.negative, 4, data.weights)
    local = fitted(data)
    for row in made(seed + 1, 8, 4, dimensions=12, alike=0.1).rows.toarray():
        query = query_of_row(data.rows, row)
        scores = local.scores(query)
        np.testing.assert_allclose(scores, steep(row @ data.rows.T) @ whole.alpha, atol=2e-3)
        gains = local.gains(query, 0, 1)
        assert gains.sum() == pytest.approx(scores[0] - scores[1], abs=2e-3)


def test_a_counter_example_lowers_the_class_that_it_must_not_be() -> None:
    data = made(3, 40, 4)
    said = dataclasses.replace(
        data,
        rows=sp.vstack([data.rows, data.rows[0]], format="csr"),
        negative=[data.labels[0]],
        weights=[1.0] * 41,
    )
    text = data.rows[0].toarray()[0]
    before = fitted(data).scores(query_of_row(data.rows, text))
    after = fitted(said).scores(query_of_row(said.rows, text))
    assert after[data.labels[0]] < before[data.labels[0]] - 0.05


@given(st.integers(0, 500))
@settings(max_examples=15, deadline=None)
def test_left_out_is_training_without_the_row_or_the_class(seed: int) -> None:
    data = made(seed, 40, 4)
    judged = LeftOut(fitted(data), Postings(data.rows), np.asarray(data.labels, dtype=np.int32))
    for row in (0, 17, 39):
        dense = data.rows[row].toarray()[0]
        others = [i for i in range(40) if i != row]
        strangers = [i for i in range(40) if data.labels[i] != data.labels[row]]
        for group, scores in (
            (others, judged.without_row(row)),
            (strangers, judged.without_class(row)),
        ):
            rest = Made(
                data.rows[group],
                [data.labels[i] for i in group],
                [],
                4,
                [data.weights[i] for i in group],
            )
            again = fitted(rest).scores(query_of_row(rest.rows, dense))
            np.testing.assert_allclose(scores, again, atol=1e-4)
    assert judged.without_class(0)[data.labels[0]] == 0


@given(st.lists(st.floats(-1, 1, width=32), max_size=200), st.integers(1, 80))
def test_nearest_are_the_highest(values: list[float], count: int) -> None:
    similar = np.asarray(values, dtype=np.float32)
    found = nearest(similar, count)
    expected = sorted((v for v in similar.tolist() if v > 0), reverse=True)[:count]
    assert sorted(similar[found].tolist(), reverse=True) == expected
    assert found.tolist() == sorted(found.tolist())


def test_a_text_like_nothing_scores_nothing() -> None:
    data = made(1, 20, 3)
    query = query_of_row(data.rows, np.zeros(40, dtype=np.float32))
    assert fitted(data).scores(query).tolist() == [0, 0, 0]
    assert fitted(data).gains(query, 0, 1).tolist() == []


@pytest.mark.parametrize("count", [0, 1, 12_000, 12_001, 40_000, 100_000])
def test_sample_is_spread_over_all_utterances(count: int) -> None:
    rows = judged_rows(count)
    assert rows == sorted(set(rows))
    assert len(rows) == count if count <= 12_000 else SAMPLE * 0.98 < len(rows) <= SAMPLE
    if count > 12_000:
        # Ten utterances an intent: each of the ten is looked at about as often.
        places = np.bincount(np.asarray(rows) % 10)
        assert places.min() > 0.7 * places.max()


@cache
def large() -> Matcher:
    """Return a matcher trained as if its content were too large to be solved as a whole."""
    limit, ranker.MOST_ROWS = ranker.MOST_ROWS, 3
    try:
        return training.train(usual(), REGION, training.tokenizer_of(usual()))
    finally:
        ranker.MOST_ROWS = limit


@cache
def small() -> Matcher:
    return training.train(usual(), REGION, training.tokenizer_of(usual()))


CLEAR = ["怎么交费", "社保卡不见了怎么补办", "交重了能退不", "住院能报百分之几", "zen me tui fei"]
TEXTS = [*CLEAR, "天气", "", "卡", "怎么缴费"]


class TestMatcher:
    def test_has_the_other_ranker(self) -> None:
        assert isinstance(large().model.whole.ranker, LocalRidge)
        assert isinstance(small().model.whole.ranker, ranker.KernelRidge)

    @pytest.mark.parametrize("text", CLEAR)
    def test_ranks_alike(self, text: str) -> None:
        ours, theirs = (
            max(m.rank(text).candidates, key=lambda c: c.evidence["score"])
            for m in (large(), small())
        )
        assert (ours.intent, ours.nearest) == (theirs.intent, theirs.nearest)
        assert ours.evidence == pytest.approx(theirs.evidence, abs=0.15)

    @pytest.mark.parametrize("text", CLEAR)
    def test_explains_alike(self, text: str) -> None:
        ours, theirs = explain(large(), text), explain(small(), text)
        assert ours.neighbours == theirs.neighbours
        assert {name for name, _ in ours.deciding} & {name for name, _ in theirs.deciding}

    def test_judges_the_utterances_alike(self) -> None:
        ours, theirs = ({c.text: c.margin for c in confusables(m, 2.0)} for m in (large(), small()))
        assert len(ours) == sum(len(texts) for texts in SENTENCES.values())
        assert ours.keys() == theirs.keys()
        pairs = np.asarray([(ours[text], theirs[text]) for text in ours])
        assert np.corrcoef(pairs.T)[0, 1] > 0.9

    def test_comes_back_from_the_cache(self, tmp_path: Path) -> None:
        path = tmp_path / "matcher.npz"
        stored.save(path, large())
        tokenizer = training.tokenizer_of(usual())
        again = stored.load(path, tokenizer, training.places_of(usual(), REGION))
        assert again is not None
        for text in TEXTS:
            assert again.rank(text) == large().rank(text)
            assert explain(again, text) == explain(large(), text)
        assert confusables(again, 2.0) == confusables(large(), 2.0)

    def test_a_global_ranker_has_no_hindsight_after_training(self) -> None:
        with pytest.raises(TypeError):
            hindsight_of(small().model)

    @pytest.mark.parametrize("matcher", [large, small], ids=["large", "small"])
    def test_some_utterances_are_judged_as_all_are(self, matcher: Callable[[], Matcher]) -> None:
        rows = range(0, len(matcher().model.labels), 3)
        every = {(c.intent, c.text): c for c in confusables(matcher(), 9.0)}
        some = left_out(matcher(), rows)
        assert len(some) == len(rows)
        assert [every[c.intent, c.text] for c in some if (c.intent, c.text) in every] == [
            c for c in some if c.intent in matcher().model.topics
        ]
