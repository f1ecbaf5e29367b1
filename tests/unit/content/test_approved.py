"""Content that was found good is not checked again; anything else is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from app.content.approved import approve, is_approved, mark_of

SMALL = Path(__file__).resolve().parents[2] / "data/small_content"


def test_a_mark_counts_as_long_as_content_and_files_stay(tmp_path: Path) -> None:
    root, cache = tmp_path / "content", tmp_path / "cache"
    shutil.copytree(SMALL, root)
    mark, learned = mark_of(cache, root), cache / "matcher-x.npz"
    assert not is_approved(mark, [cache])
    approve(mark, [learned])
    assert not is_approved(mark, [cache])
    learned.touch()
    assert is_approved(mark_of(cache, root), [cache])
    edited = root / "intents/fee_standard.yml"
    edited.write_text(edited.read_text() + "\n# edited\n")
    assert not is_approved(mark_of(cache, root), [cache])
    assert not is_approved(mark_of(cache, root, ["other"]), [cache])


def test_a_damaged_mark_counts_for_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "approved-x.json"
    for damaged in ("", "{", "{}", "3"):
        mark.write_text(damaged)
        assert not is_approved(mark, [tmp_path])


def test_old_marks_go(tmp_path: Path) -> None:
    for number in range(12):
        mark = tmp_path / f"approved-{number}.json"
        approve(mark, [])
        os.utime(mark, (number, number))
    approve(tmp_path / "approved-new.json", [])
    assert len(list(tmp_path.iterdir())) <= 9
    assert (tmp_path / "approved-new.json").exists()
