"""A changed content file of the shared draft, and how it is written down."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from app.errors import ConsoleError

_PATH = re.compile(r"(?:intents|knowledge|tests/conversations)(?:/[\w-]+)*/[\w-]+\.(?:yml|md)")
_MAX_PATH_CHARS = 200


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file as the draft wants it."""

    path: str
    """Relative to the content root, with `/`."""
    text: str
    """Empty: the file is to be deleted."""
    base_digest: str
    """Of the published text that was changed; empty: a new file."""
    digest: str
    """Of `text`."""
    by: str
    """Who changed it last."""
    at: datetime


def check_path(path: str) -> str:
    """Return a path that names a content file.

    Raises:
        ConsoleError: It leads elsewhere.
    """
    if len(path) > _MAX_PATH_CHARS or not _PATH.fullmatch(path):
        raise ConsoleError(
            f"{path[:80]} 不是内容文件 → 只能改 intents/、knowledge/ 和 tests/conversations/ 里的"
            " .yml、.md 文件，名字用字母、数字、下划线和横线"
        )
    return path


def encode_file(file: DraftFile) -> str:
    """Return the file without its path, as JSON; `digest` is read by scripts."""
    return json.dumps(
        {
            "text": file.text,
            "base": file.base_digest,
            "digest": file.digest,
            "by": file.by,
            "at": file.at.isoformat(),
        },
        ensure_ascii=False,
    )


def decode_file(path: str, value: bytes) -> DraftFile:
    """Return what `encode_file` wrote."""
    known = json.loads(value)
    return DraftFile(
        path,
        known["text"],
        known["base"],
        known["digest"],
        known["by"],
        datetime.fromisoformat(known["at"]),
    )
