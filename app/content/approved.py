"""Remembers which content was checked and learned, so that the next start need not check it again.

A mark is a file named by a hash of the content's revision, the program's code and what else the
check depends on: after any change there is none, and everything is checked again. It has what the
YAML files say, as JSON: reading YAML in Python takes a second.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.content.files import ContentFiles, Remembered, digest_of, paths, revision_of
from app.content.yaml_source import PlainValue

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


def approve(mark: Path, files: Sequence[Path], content: ContentFiles) -> None:
    """Note that the content is good, what its YAML says, and that these files belong to it.

    Raises:
        OSError: The folder cannot be written.
    """
    mark.parent.mkdir(parents=True, exist_ok=True)
    noted = {
        "files": [file.name for file in files],
        "revision": content.revision,
        "read": {
            s.file: [digest_of(s.text), _packed(s.data), [s.place(at).line for at in paths(s.data)]]
            for s in content.sources
        },
    }
    handle, name = tempfile.mkstemp(dir=mark.parent, prefix=mark.name)
    # Written by root when an image is built, read by whoever runs it; nothing is secret.
    os.fchmod(handle, 0o644)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(noted, file, ensure_ascii=False)
    Path(name).replace(mark)
    marks = sorted(mark.parent.glob("approved-*.json"), key=lambda f: f.stat().st_mtime)
    for old in marks[:-_KEPT]:
        old.unlink(missing_ok=True)


def approved(mark: Path, folders: Sequence[Path]) -> Remembered | None:
    """Return the content if it was found good and its files are still in one of the folders.

    Args:
        mark: See `mark_of`; its name is looked for in the folders, too.
        folders: Where learned files may be.
    """
    for place in (mark, *(folder / mark.name for folder in folders)):
        try:
            noted = json.loads(place.read_text(encoding="utf-8"))
            read = {
                str(path): (str(digest), _unpacked(data), [int(line) for line in lines])
                for path, (digest, data, lines) in noted["read"].items()
            }
            revision, names = str(noted["revision"]), [str(name) for name in noted["files"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if all(any((folder / name).exists() for folder in folders) for name in names):
            return Remembered(revision, read)
    return None


def _packed(value: Any) -> Any:
    """Return JSON for a file's data; lists say first what they stand for."""
    if isinstance(value, dict):
        return ["d", {key: _packed(part) for key, part in value.items()}]
    if isinstance(value, list):
        return ["l", *(_packed(part) for part in value)]
    if isinstance(value, PlainValue):
        return ["p", value.text, value.kind]
    return value


def _unpacked(packed: Any) -> Any:
    if isinstance(packed, str):
        return packed
    kind, *rest = packed
    if kind == "d":
        return {key: _unpacked(part) for key, part in rest[0].items()}
    if kind == "l":
        return [_unpacked(part) for part in rest]
    if kind != "p":
        raise ValueError(kind)
    return PlainValue(*rest)
