"""Learning and asking see a text alike; the inverted index gives the cosines of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching import postings as postings_module
from app.matching.corpus import Corpus
from app.matching.features import BLOCKS, Analysed, VectorSpace, analyse
from app.matching.places import Places
from app.matching.postings import Postings
from app.matching.sparse import Rows
from app.matching.tokenizer import Tokenizer
from tests.unit.matching.little import SENTENCES
from tests.unit.matching.made_rows import made

TOKENIZER = Tokenizer((), {"缴费": ["交钱", "交费"]})
PLACES = Places(["柳州"], ["北京"])
TEXTS = [
    *(text for texts in SENTENCES.values() for text in texts),
    "zen me jiao fei",
    "",
    "hello",
    "退退退",
]


def seen(text: str) -> Analysed:
    return analyse(text, TOKENIZER, PLACES)


def learned() -> tuple[Corpus, VectorSpace]:
    corpus = Corpus()
    for text in TEXTS:
        corpus.add(seen(text))
    return corpus, corpus.space(len(TEXTS) - 1)


@pytest.mark.parametrize("blocks", [BLOCKS, ("pinyin",)])
def test_rows_are_the_vectors_of_the_texts(blocks: tuple[str, ...]) -> None:
    corpus, space = learned()
    rows = corpus.matrix(space, blocks).toarray()
    assert rows.shape == (len(corpus), space.size)
    for row, text in zip(rows, TEXTS, strict=True):
        indices, values = space.vector(seen(text), blocks)
        dense = np.zeros(space.size, dtype=np.float32)
        dense[indices] = values
        np.testing.assert_allclose(row, dense, atol=1e-6)
        assert np.linalg.norm(row) <= 1 + 1e-5


def test_known_shares_are_those_of_the_texts() -> None:
    corpus, space = learned()
    chars, sounds = corpus.known_shares(space, "chars"), corpus.known_shares(space, "pinyin")
    for text, by_chars, by_sound in zip(TEXTS, chars, sounds, strict=True):
        analysed = seen(text)
        share = space.known_share(analysed)
        found = by_sound if analysed.pinyin_only else by_chars
        assert share == (0.0 if np.isnan(found) else pytest.approx(found))


def test_counter_examples_teach_no_vocabulary() -> None:
    corpus = Corpus()
    corpus.add(seen("怎么缴费"))
    corpus.add(seen("囍"))
    space = corpus.space(1)
    assert space.dimension("chars", "囍") == -1
    assert space.dimension("chars", "缴") >= 0
    assert corpus.matrix(space).shape == (2, space.size)
    assert corpus.known_shares(space, "chars").tolist() == [pytest.approx(0.3, abs=0.2), 0.0]


def test_synonyms_are_one_word() -> None:
    _, space = learned()
    assert space.dimension("words", "缴费") >= 0
    assert space.dimension("words", "交钱") == -1


def test_names_are_in_the_order_of_dimensions() -> None:
    _, space = learned()
    again = VectorSpace(space.features(), space.idf, space.documents)
    assert again.names() == space.names()
    assert len(space.names()) == space.size
    for block, features in space.features().items():
        assert space.names()[space.dimension(block, features[0])] == features[0]


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_postings_give_the_inner_products(seed: int) -> None:
    data = made(seed, 25, 3)
    row = made(seed + 1, 1, 1).rows.toarray()[0]
    indices = np.flatnonzero(row)
    similar = Postings(data.rows).similar(indices, row[indices])
    np.testing.assert_allclose(similar, data.rows.toarray() @ row, atol=1e-5)


def test_postings_of_an_empty_text() -> None:
    data = made(1, 5, 2)
    nothing = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    assert Postings(data.rows).similar(*nothing).tolist() == [0] * 5


@pytest.mark.parametrize("count", [255, 256, 65_535, 65_537])
def test_utterances_are_told_apart_however_many_there_are(count: int) -> None:
    columns = np.zeros(count, dtype=np.int32)
    columns[[0, -1]] = 1
    values = np.linspace(0.5, 1.0, count, dtype=np.float32)
    rows = Rows(values, columns, np.arange(count + 1), (count, 2))
    similar = Postings(rows).similar(np.array([1]), np.array([1.0], dtype=np.float32))
    assert np.flatnonzero(similar).tolist() == [0, count - 1]
    assert similar[-1] == pytest.approx(1.0)


def test_common_features_give_way_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dense = np.eye(6, dtype=np.float32)
    dense[:, 0] = 1.0
    rows = made(1, 1, 1).rows.__class__(dense)
    monkeypatch.setattr(postings_module, "MOST_POSTINGS", 4)
    similar = Postings(rows).similar(np.arange(6), np.ones(6, dtype=np.float32))
    assert similar.tolist() == [0, 1, 1, 1, 1, 0]
