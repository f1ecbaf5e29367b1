"""Unpacked revisions on this machine's disk, so that a restart needs no Redis."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from app.errors import PublishingError
from app.publishing.archive import unpack
from app.publishing.revisions import Published

_KEPT = 5
_LAST = "last.json"


class Shelf:
    """The folder `content/` below `var_dir`: one folder a revision, and which was served last.

    Methods block; every write is whole or not at all, so several processes may share the folder.
    """

    def __init__(self, var_dir: Path) -> None:
        self._root = var_dir.resolve() / "content"

    def folder(self, revision: str) -> Path:
        """Return the revision's folder, there or not."""
        return self._root / revision

    def put(self, revision: str, data: bytes) -> Path:
        """Unpack a revision's files unless they are there; returns the folder.

        Raises:
            PublishingError: The archive is damaged.
            OSError: The disk is full or cannot be written.
        """
        folder = self.folder(revision)
        if not folder.is_dir():
            fresh = self.candidate(data)
            try:
                fresh.rename(folder)
            except OSError:
                shutil.rmtree(fresh, ignore_errors=True)
                if not folder.is_dir():  # another process was faster, or it is a real failure
                    raise
        return folder

    def candidate(self, data: bytes) -> Path:
        """Unpack files into a fresh folder, which the caller deletes or moves.

        Raises:
            PublishingError: The archive is damaged.
            OSError: The disk is full or cannot be written.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=self._root, prefix=".candidate-"))
        try:
            fresh.chmod(0o755)
            unpack(data, fresh)
        except (OSError, PublishingError):
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        return fresh

    def drop(self, revision: str) -> None:
        """Delete a revision's folder, which is damaged."""
        shutil.rmtree(self.folder(revision), ignore_errors=True)

    def served(self, published: Published) -> None:
        """Note what is served now, and delete what was not for long.

        Raises:
            OSError: The disk is full or cannot be written.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        note = self._root / f".{_LAST}"
        note.write_text(published.to_json(), encoding="utf-8")
        note.replace(self._root / _LAST)
        folders = [p for p in self._root.iterdir() if p.is_dir() and not p.name.startswith(".")]
        folders.sort(key=lambda p: (p.name == published.revision, p.stat().st_mtime))
        for folder in folders[:-_KEPT]:
            shutil.rmtree(folder, ignore_errors=True)

    def last(self) -> Published | None:
        """Return what was served last and is still here; None where nothing is."""
        try:
            published = Published.from_json((self._root / _LAST).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, PublishingError):
            return None
        return published if self.folder(published.revision).is_dir() else None
