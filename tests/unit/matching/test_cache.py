"""A matcher comes back from disk as it was, and a broken file is no file."""

from __future__ import annotations

import io
import os
from functools import cache as once
from pathlib import Path

import numpy as np
import pytest

from app.matching import cache, training
from app.matching.explaining import confusables, explain
from app.matching.matcher import Matcher
from tests.unit.matching.little import ELSEWHERE, REGION, catalog, trained, usual

TEXTS = ["怎么交费", "怎么缴费", "zen me tui fei", "脚费", "无关的话", ""]


@once
def matcher() -> Matcher:
    return trained(usual())


def load(path: Path) -> Matcher | None:
    tokenizer = training.tokenizer_of(usual())
    return cache.load(path, tokenizer, training.places_of(usual(), REGION))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "matcher.npz"


def test_round_trip(path: Path) -> None:
    cache.save(path, matcher())
    again = load(path)
    assert again is not None
    for text in TEXTS:
        assert again.rank(text) == matcher().rank(text)
        assert explain(again, text) == explain(matcher(), text)
    assert confusables(again, 2.0) == confusables(matcher(), 2.0)
    assert again.model.topics == matcher().model.topics


def test_same_matcher_same_bytes(path: Path) -> None:
    cache.save(path, matcher())
    first = path.read_bytes()
    again = load(path)
    assert again is not None
    cache.save(path, again)
    assert arrays(first).keys() == arrays(path.read_bytes()).keys()
    for name, array in arrays(first).items():
        assert array.tobytes() == arrays(path.read_bytes())[name].tobytes(), name


def arrays(stored: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(stored), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_no_content_round_trip(path: Path) -> None:
    cache.save(path, trained(catalog()))
    again = load(path)
    assert again is not None
    assert again.rank("怎么缴费").candidates == ()


def test_only_whole_files_are_left(path: Path) -> None:
    cache.save(path, matcher())
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_written(path: Path) -> None:
    path.parent.mkdir()
    path.mkdir()
    with pytest.raises(OSError, match="matcher"):
        cache.save(path, matcher())
    assert list(path.parent.iterdir()) == [path]


def test_no_file(path: Path) -> None:
    assert load(path) is None


@pytest.mark.parametrize("kept", [0, 1, 100, 5000, -1])
def test_a_file_cut_short(path: Path, kept: int) -> None:
    cache.save(path, matcher())
    path.write_bytes(path.read_bytes()[:kept])
    assert load(path) is None


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"not a matcher", b"\x93NUMPY", b"\x00" * 999])
def test_something_else(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert load(path) is None


@pytest.mark.parametrize("name", ["texts", "idf", "labels", "whole.rows.data", "pinyin.rows.shape"])
def test_a_part_is_missing(path: Path, name: str) -> None:
    cache.save(path, matcher())
    rest = {n: a for n, a in arrays(path.read_bytes()).items() if n != name}
    np.savez(path, **rest)  # type: ignore[arg-type]
    assert load(path) is None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b"null"])
def test_texts_are_damaged(path: Path, text: bytes) -> None:
    cache.save(path, matcher())
    parts = arrays(path.read_bytes()) | {"texts": np.frombuffer(text, dtype=np.uint8)}
    np.savez(path, **parts)  # type: ignore[arg-type]
    assert load(path) is None


def test_objects_are_never_loaded(path: Path) -> None:
    cache.save(path, matcher())
    parts = arrays(path.read_bytes())
    np.savez(path, **{**parts, "idf": np.asarray([{}], dtype=object)}, allow_pickle=True)
    assert load(path) is None


def test_name_depends_on_content_region_and_embedder(tmp_path: Path) -> None:
    names = {
        cache.cache_file(tmp_path, learned, region, embedder)
        for learned in ("a", "b")
        for region in (REGION, ELSEWHERE)
        for embedder in ("", "use")
    }
    assert len(names) == 8
    assert cache.cache_file(tmp_path, "a", REGION) == cache.cache_file(tmp_path, "a", REGION)


def test_prune_keeps_the_newest(tmp_path: Path) -> None:
    for age in range(6):
        file = tmp_path / f"matcher-{REGION}-{age}.npz"
        file.touch()
        os.utime(file, (1000 - age, 1000 - age))
    other = tmp_path / f"matcher-{ELSEWHERE}-x.npz"
    other.touch()
    cache.prune(tmp_path, REGION, keep=2)
    assert {p.name for p in tmp_path.iterdir()} == {
        other.name,
        f"matcher-{REGION}-0.npz",
        f"matcher-{REGION}-1.npz",
    }
