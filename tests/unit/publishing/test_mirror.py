"""A revision is written into the folder; what was edited there is spared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.publishing.mirror import Mirrored, files_below, write_back

BEFORE = {"intents/a.yml": b"1", "intents/b.yml": b"1", "intents/gone.yml": b"1"}
AFTER = {"intents/a.yml": b"2", "intents/b.yml": b"2", "intents/flows/new.yml": b"2"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, raw in BEFORE.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(raw)
    return tmp_path


def test_an_unedited_folder_becomes_the_revision(root: Path) -> None:
    done = write_back(root, BEFORE, AFTER)
    assert files_below(root) == AFTER
    assert set(done.written) == {*BEFORE, *AFTER}
    assert done.kept == ()
    assert write_back(root, BEFORE, AFTER) == Mirrored((), ())


def test_edits_in_the_folder_stay(root: Path) -> None:
    (root / "intents/a.yml").write_bytes(b"mine")
    (root / "intents/gone.yml").write_bytes(b"mine")
    (root / "intents/mine.yml").write_bytes(b"mine")
    (root / "intents/b.yml").unlink()
    done = write_back(root, BEFORE, AFTER)
    assert set(done.kept) == {
        "intents/a.yml",
        "intents/b.yml",
        "intents/gone.yml",
        "intents/mine.yml",
    }
    assert done.written == ("intents/flows/new.yml",)
    assert files_below(root)["intents/a.yml"] == b"mine"


def test_a_file_that_cannot_be_written_stays_whole(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_back(root, BEFORE, AFTER)
    assert files_below(root) == BEFORE
    assert {p.name for p in (root / "intents").iterdir() if p.is_file()} == {
        "a.yml",
        "b.yml",
        "gone.yml",
    }
