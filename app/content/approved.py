"""Remembers which content was checked and learned, so that the next start need not check it first.

A mark is an empty file, named by a hash of the content's revision, the program's code and what else
the check depends on: after any change there is none, and everything is checked again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from app.content.files import revision_of

_PROGRAM = Path(__file__).resolve().parent.parent
_KEPT = 8


def mark_of(folder: Path, root: Path, conditions: Sequence[str] = ()) -> Path:
    """Return the file that is there once the content below `root` was found good.

    Args:
        folder: Where marks are kept.
        root: The content folder; some 150 files are read, about 20 ms.
        conditions: What else the check depends on.

    Raises:
        OSError: A file went away or cannot be opened.
    """
    digest = hashlib.sha256(json.dumps([revision_of(root), *conditions]).encode())
    for source in sorted(_PROGRAM.rglob("*.py")):
        digest.update(source.read_bytes())
    return folder / f"approved-{digest.hexdigest()[:24]}.json"


def approve(mark: Path, files: Sequence[Path]) -> None:
    """Note that the content is good and that these files belong to it.

    Raises:
        OSError: The folder cannot be written.
    """
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps([file.name for file in files]), encoding="utf-8")
    marks = sorted(mark.parent.glob("approved-*.json"), key=lambda f: f.stat().st_mtime)
    for old in marks[:-_KEPT]:
        old.unlink(missing_ok=True)


def is_approved(mark: Path, folders: Sequence[Path]) -> bool:
    """Say whether the content was found good, and its files are still in one of the folders."""
    try:
        names = json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(names, list) and all(
        any((folder / str(name)).exists() for folder in folders) for name in names
    )
