"""The learned matchers of one revision in Redis: a replica without them need not learn.

They are files of plain numbers (`app.matching.cache`): loading one executes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from app.state.keys import CONTENT_MATCHERS, MATCHERS_TTL_S
from app.state.store import Store, store_errors

_CHUNK_BYTES = 1024 * 1024
"""Small enough that Redis answers everybody else in between."""
_MOST_BYTES = 64 * 1024 * 1024
"""Of one file; the content that ships has 20 MB. Larger ones are learned by each replica."""


class StoredMatchers:
    """Matchers of the newest revision; one hash with the chunks of each file."""

    def __init__(self, store: Store) -> None:
        self._client = store.client

    async def has(self, files: Sequence[Path]) -> bool:
        """Say whether all of these files, by name, are stored.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            for file in files:
                if not await self._client.hexists(CONTENT_MATCHERS, file.name):
                    return False
        return True

    async def put(self, files: Sequence[Path]) -> None:
        """Store these files and forget others; does nothing where they are stored.

        Raises:
            StateUnavailableError: Redis does not answer, or has no room.
            OSError: A file cannot be read.
        """
        if not files or await self.has(files):
            return
        read = {f.name: await asyncio.to_thread(f.read_bytes) for f in files}
        if any(len(raw) > _MOST_BYTES for raw in read.values()):
            return
        with store_errors():
            await self._client.delete(CONTENT_MATCHERS)
            for name, raw in read.items():
                for number, start in enumerate(range(0, len(raw), _CHUNK_BYTES)):
                    chunk = raw[start : start + _CHUNK_BYTES]
                    await self._client.hset(CONTENT_MATCHERS, f"{name}#{number}", chunk)
                # Last: who reads it finds the chunks.
                await self._client.hset(CONTENT_MATCHERS, name, _label(raw))
            await self._client.expire(CONTENT_MATCHERS, MATCHERS_TTL_S)

    async def fetch(self, files: Sequence[Path]) -> bool:
        """Write those of these files that are missing on disk; say whether all are there now.

        Raises:
            StateUnavailableError: Redis does not answer.
            OSError: A file cannot be written.
        """
        for file in files:
            if file.exists():
                continue
            raw = await self._read(file.name)
            if raw is None:
                return False
            await asyncio.to_thread(_write, file, raw)
        return True

    async def _read(self, name: str) -> bytes | None:
        with store_errors():
            label = cast("bytes | None", await self._client.hget(CONTENT_MATCHERS, name))
            if label is None:
                return None
            size = int(json.loads(label)["bytes"])
            chunks = []
            for number in range(-(-size // _CHUNK_BYTES)):
                chunk = await self._client.hget(CONTENT_MATCHERS, f"{name}#{number}")
                chunks.append(cast("bytes | None", chunk) or b"")
        raw = b"".join(chunks)
        return raw if _label(raw) == label.decode() else None


def _label(raw: bytes) -> str:
    return json.dumps({"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()})


def _write(file: Path, raw: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "wb") as target:
            os.fchmod(handle, 0o644)
            target.write(raw)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
