"""Content that was found good is not checked again and says the same; anything else is checked."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from app.content import loader
from app.content.approved import approve, approved, mark_of
from app.content.files import read_files
from app.content.loader import load_catalog
from app.errors import ContentError

SMALL = Path(__file__).resolve().parents[2] / "data/small_content"
SHIPPED = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "content"))


def test_a_mark_counts_as_long_as_content_and_files_stay(tmp_path: Path, root: Path) -> None:
    cache = tmp_path / "cache"
    mark, learned = mark_of(cache, root), cache / "matcher-x.npz"
    assert approved(mark, [cache]) is None
    approve(mark, [learned], read_files(root))
    assert approved(mark, [cache]) is None
    learned.touch()
    assert approved(mark_of(cache, root), [cache]) is not None
    edited = root / "intents/fee_standard.yml"
    edited.write_text(edited.read_text() + "\n# edited\n")
    assert approved(mark_of(cache, root), [cache]) is None
    assert approved(mark_of(cache, root, ["other"]), [cache]) is None


def test_a_mark_that_an_image_ships_counts(tmp_path: Path, root: Path) -> None:
    shipped = tmp_path / "shipped"
    mark = mark_of(shipped, root)
    approve(mark, [], read_files(root))
    assert mark.stat().st_mode & 0o044 == 0o044, "an image is built by root and run by another"
    assert approved(mark_of(tmp_path / "own", root), [tmp_path / "own", shipped]) is not None


@pytest.mark.parametrize("content", [SMALL, SHIPPED], ids=["small", "shipped"])
def test_what_is_remembered_is_what_the_files_say(tmp_path: Path, content: Path) -> None:
    mark = mark_of(tmp_path, content)
    approve(mark, [], read_files(content))
    known = approved(mark, [tmp_path])
    assert known is not None
    assert load_catalog(content, (), known) == load_catalog(content)


def test_it_is_read_without_yaml_and_without_checks(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = mark_of(tmp_path, root)
    approve(mark, [], read_files(root))
    known = approved(mark, [tmp_path])
    monkeypatch.setattr("app.content.files.read_yaml", lambda *_: pytest.fail("was read"))
    monkeypatch.setattr(loader, "check_references", lambda *_: pytest.fail("was checked"))
    assert load_catalog(root, (), known).intents


def test_what_was_edited_meanwhile_is_checked(tmp_path: Path, root: Path) -> None:
    mark = mark_of(tmp_path, root)
    approve(mark, [], read_files(root))
    known = approved(mark, [tmp_path])
    edited = root / "intents/fee_standard.yml"
    edited.write_text(edited.read_text().replace("kind: faq", "kind: fag"))
    with pytest.raises(ContentError):
        load_catalog(root, (), known)


@pytest.mark.parametrize("damaged", ["", "{", "{}", "3", "null", '{"files": [], "read": []}'])
def test_a_damaged_mark_counts_for_nothing(tmp_path: Path, damaged: str) -> None:
    mark = tmp_path / "approved-x.json"
    mark.write_text(damaged)
    assert approved(mark, [tmp_path]) is None


def test_a_mark_in_another_form_counts_for_nothing(tmp_path: Path, root: Path) -> None:
    mark = mark_of(tmp_path, root)
    approve(mark, [], read_files(root))
    noted = json.loads(mark.read_text())
    for path in noted["read"]:
        noted["read"][path] = [noted["read"][path][0], ["x", 1], [1]]
    mark.write_text(json.dumps(noted))
    assert approved(mark, [tmp_path]) is None


@pytest.mark.parametrize("lines", [[], [1], [1] * 9999, ["x"], [None], 7, None, {}])
def test_a_mark_without_all_its_lines_is_read_past(
    tmp_path: Path, root: Path, lines: object
) -> None:
    mark = mark_of(tmp_path, root)
    approve(mark, [], read_files(root))
    noted = json.loads(mark.read_text())
    for path, (digest, data, _) in noted["read"].items():
        noted["read"][path] = [digest, data, lines]
    mark.write_text(json.dumps(noted))
    assert load_catalog(root, (), approved(mark, [tmp_path])) == load_catalog(root)


def test_old_marks_go(tmp_path: Path, root: Path) -> None:
    content = read_files(root)
    for number in range(12):
        mark = tmp_path / f"approved-{number}.json"
        approve(mark, [], content)
        os.utime(mark, (number, number))
    approve(tmp_path / "approved-new.json", [], content)
    assert len(list(tmp_path.glob("approved-*"))) <= 9
    assert (tmp_path / "approved-new.json").exists()
