"""Writes a published revision back into the content folder, sparing what somebody edits there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.publishing.archive import content_paths


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was done to a folder."""

    written: tuple[str, ...]
    """Files written or deleted."""
    kept: tuple[str, ...]
    """Files that differ from the revision because they were edited here; left as they are."""


def write_back(root: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Mirrored:
    """Make the folder hold `after`, file by file, each whole or not at all.

    A file that is neither as in `before` nor as in `after` was edited here and stays.

    Args:
        root: The content folder.
        before: The revision that the folder was last the same as, by path.
        after: The revision that was published.

    Raises:
        OSError: The folder cannot be written; what was written until then stays.
    """
    present = files_below(root)
    written, kept = [], []
    for path in sorted({*before, *after, *present}):
        here, wanted = present.get(path), after.get(path)
        if here == wanted:
            continue
        if here != before.get(path):
            kept.append(path)
            continue
        _put(root / path, wanted)
        written.append(path)
    return Mirrored(tuple(written), tuple(kept))


def files_below(root: Path) -> dict[str, bytes]:
    """Return all content files of a folder by path.

    Raises:
        OSError: A file went away or cannot be read.
    """
    return {path: (root / path).read_bytes() for path in content_paths(root)}


def _put(target: Path, raw: bytes | None) -> None:
    if raw is None:
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # Hidden, so that neither loader nor watcher sees it before it has its name.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o644)
            file.write(raw)
            file.flush()
            os.fsync(handle)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
