"""The store of vectors: each text is embedded once, whatever happens to the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.matching.embedding import Floats, stored_vectors, vectors_file


class CountingEmbedder:
    """One direction for each text; counts what it is asked for."""

    name = "counting"
    budget_s = 0.0

    def __init__(self, dimensions: int = 64) -> None:
        self.asked: list[str] = []
        self.away = False
        self._dimensions = dimensions

    def embed(self, texts: Sequence[str], *, at_leisure: bool = False) -> Floats | None:
        assert at_leisure
        self.asked += texts
        if self.away:
            return None
        seeds = [int.from_bytes(text.encode()[:6], "big") for text in texts]
        return np.eye(self._dimensions, dtype=np.float32)[[s % self._dimensions for s in seeds]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return vectors_file(tmp_path / "cache", "counting")


def test_each_text_is_embedded_once(path: Path) -> None:
    embedder = CountingEmbedder()
    first = stored_vectors(embedder, path, ["一", "二", "一"])
    assert embedder.asked == ["一", "二"]
    again = stored_vectors(embedder, path, ["二", "三", "一"])
    assert embedder.asked == ["一", "二", "三"]
    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(again[[2, 0]], first[:2])
    assert (first[0] == first[2]).all()


def test_a_file_for_each_embedder(tmp_path: Path) -> None:
    names = ["", "a", "b", "http/x", "../../etc"]
    files = {vectors_file(tmp_path, name) for name in names}
    assert len(files) == len(names)
    assert {f.parent for f in files} == {tmp_path}


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut short", b"no archive at all"])
def test_a_damaged_file_counts_as_none(path: Path, damage: bytes) -> None:
    embedder = CountingEmbedder()
    stored_vectors(embedder, path, ["一"])
    path.write_bytes(damage)
    assert stored_vectors(embedder, path, ["一"]) is not None
    assert embedder.asked == ["一", "一"]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    embedder = CountingEmbedder()
    assert stored_vectors(embedder, tmp_path / "cache" / "v.npz", ["一"]) is not None


def test_an_embedder_that_is_away_gives_none_and_loses_nothing(path: Path) -> None:
    embedder = CountingEmbedder()
    stored_vectors(embedder, path, ["一"])
    embedder.away = True
    assert stored_vectors(embedder, path, ["一", "二"]) is None
    assert stored_vectors(embedder, path, ["一"]) is not None


def test_vectors_of_another_size_are_all_asked_for_again(path: Path) -> None:
    stored_vectors(CountingEmbedder(64), path, ["一", "二"])
    changed = CountingEmbedder(16)
    assert stored_vectors(changed, path, ["一", "三"]) is None
    rows = stored_vectors(changed, path, ["一", "三"])
    assert rows is not None
    assert rows.shape == (2, 16)


def test_old_vectors_are_kept_but_not_for_ever(path: Path) -> None:
    embedder = CountingEmbedder()
    stored_vectors(embedder, path, [f"旧{n}" for n in range(100)])
    stored_vectors(embedder, path, ["新一", "新二"])
    embedder.asked.clear()
    stored_vectors(embedder, path, [f"旧{n}" for n in range(100)])
    assert len(embedder.asked) == 94
