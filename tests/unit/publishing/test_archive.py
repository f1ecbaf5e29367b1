"""A content tree as a zip: deterministic, whole, and never written elsewhere."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.content.files import revision_of
from app.content.loader import load_catalog
from app.errors import PublishingError
from app.publishing import archive
from app.publishing.archive import pack, pack_files, read_archive, unpack
from tests.assistants import SMALL_CONTENT

NAMES = st.text("abc_一", min_size=1, max_size=8)
TREES = st.dictionaries(
    NAMES.map(lambda n: f"intents/{n}.yml"), st.binary(max_size=200), max_size=6
)


@settings(deadline=None)
@given(TREES)
def test_there_and_back(files: dict[str, bytes]) -> None:
    assert read_archive(pack_files(files)) == files
    assert pack_files(files) == pack_files(dict(reversed([*files.items()])))


def test_the_same_files_give_the_same_bytes_and_revision(tmp_path: Path) -> None:
    first = pack(SMALL_CONTENT)
    unpack(first, tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*.yml"):
        os.utime(path, (0, 0))
    assert pack(tmp_path / "copy") == first
    assert revision_of(tmp_path / "copy") == revision_of(SMALL_CONTENT)
    assert load_catalog(tmp_path / "copy").revision == revision_of(SMALL_CONTENT)


def test_editors_leftovers_are_left_out(tmp_path: Path) -> None:
    for name in ("a.yml", "a.yml~", ".a.yml.swp", ".git/config", "flows/b.yml"):
        path = tmp_path / "intents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "README.md").write_text("not content")
    assert set(read_archive(pack(tmp_path))) == {"intents/a.yml", "intents/flows/b.yml"}


@pytest.mark.parametrize(
    "name",
    [
        "../intents/a.yml",
        "/etc/passwd",
        "intents/../../a.yml",
        "intents/./a.yml",
        "intents//a.yml",
        "intents\\..\\a.yml",
        "intents/.hidden",
        "app/main.py",
        "tests/unit/a.py",
        "intents/",
    ],
)
def test_no_file_is_written_elsewhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(PublishingError):
        unpack(zipped((name, b"x")), tmp_path / "in")
    assert list(tmp_path.iterdir()) == []


def test_one_name_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped(("intents/a.yml", b"1"), ("intents/a.yml", b"2"))
    with pytest.raises(PublishingError):
        read_archive(data)


def test_a_link_becomes_a_plain_file(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("intents/a.yml")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    unpack(zipped((entry, b"/etc/passwd")), tmp_path)
    assert not (tmp_path / "intents/a.yml").is_symlink()


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip", pack_files({"intents/a": b"x" * 99})[:-9]])
def test_damaged(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(PublishingError, match="损坏"):
        unpack(data, tmp_path)


def test_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(("intents/a.yml", b"\0" * 200_000))
    assert len(bomb) < 1000
    monkeypatch.setattr(archive, "MAX_BYTES", 100_000)
    with pytest.raises(PublishingError, match="太大"):
        read_archive(bomb)
    monkeypatch.setattr(archive, "MAX_FILES", 1)
    with pytest.raises(PublishingError, match="太大"):
        pack_files({"intents/a": b"", "intents/b": b""})


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, raw in files:
            target.writestr(name, raw)
    return packed.getvalue()
