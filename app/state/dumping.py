"""Reads the keys of a backup out of Redis, a batch at a time, while everything goes on.

Not a snapshot: each key is read whole, but keys are read one after the other. What must fit
together, the published revisions and their files, is read so that it does. No command takes long
and none needs two keys, so a cluster does as well.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import cast

from redis.exceptions import ResponseError

from app.errors import BackupError
from app.state.backup_file import KINDS, Kind, Record, StreamValue, Value, stream_place
from app.state.backup_parts import ARCHIVES, EVERY_KEY, PARTS, Part, spec_of
from app.state.keys import CONTENT_ARCHIVE, CONTENT_HISTORY
from app.state.store import Store, store_errors

BATCH = 200
"""Keys asked for in one pipeline."""
_AT_ONCE = 1000
"""Elements of a value that are read by one command; of a larger one a page at a time."""

_SIZE: dict[str, str] = {
    "string": "STRLEN",
    "list": "LLEN",
    "set": "SCARD",
    "hash": "HLEN",
    "zset": "ZCARD",
    "stream": "XLEN",
}


class Dump:
    """Reads one backup.

    Args:
        store: Where to read.
        parts: What to read.
        now_ms: Unix time in milliseconds.
    """

    def __init__(self, store: Store, parts: Collection[Part], now_ms: Callable[[], int]) -> None:
        self._client = store.client
        self._parts = parts
        self._now_ms = now_ms
        self.unknown = 0
        """Keys below our prefix that are of no known kind; they are left out."""
        self.without_files = 0
        """Revisions of the history whose files are gone; they are left out."""

    async def records(self) -> AsyncIterator[Record]:
        """Read all keys of the parts; a key may come twice where Redis is resizing its table.

        Raises:
            StateUnavailableError: Redis does not answer.
            BackupError: A key has a type that cannot be backed up.
        """
        if Part.CONTENT in self._parts:
            async for record in self._published():
                yield record
        batch: list[str] = []
        with store_errors():
            async for raw in self._client.scan_iter(match=EVERY_KEY, count=500):
                key = raw.decode(errors="replace")
                if not self._wanted(key):
                    continue
                batch.append(key)
                if len(batch) == BATCH:
                    for record in await self._read(batch):
                        yield record
                    batch = []
            for record in await self._read(batch):
                yield record

    def _wanted(self, key: str) -> bool:
        spec = spec_of(key)
        if spec is None:
            self.unknown += 1
            return False
        if spec.pattern in (CONTENT_HISTORY, ARCHIVES):
            return False  # read in order
        return PARTS.get(spec.pattern) in self._parts

    async def _published(self) -> AsyncIterator[Record]:
        """Read the files of every revision, then the history of those whose files were there.

        Somebody may publish meanwhile: then this is what was published before.
        """
        with store_errors():
            history = await self._read([CONTENT_HISTORY])
            for record in history:
                lines = cast("list[bytes]", record.value)
                kept: list[bytes] = []
                found: set[str] = set()
                for line in lines:
                    revision = revision_of(line)
                    if revision not in found:
                        for archive in await self._read([CONTENT_ARCHIVE + revision]):
                            found.add(revision)
                            yield archive
                    if revision in found:
                        kept.append(line)
                self.without_files += len(lines) - len(kept)
                if kept:
                    yield Record(record.key, record.kind, record.expires_ms, kept)

    async def _read(self, keys: Sequence[str]) -> list[Record]:
        """Read these keys; those that are gone by now are left out."""
        if not keys:
            return []
        now_ms = self._now_ms()  # before asking: nothing lives longer than it did
        async with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.type(key)
                pipe.pttl(key)
            answers = await pipe.execute()
        there = [
            (key, cast("Kind", kind.decode()), None if left == -1 else now_ms + left)
            for key, kind, left in zip(keys, answers[::2], answers[1::2], strict=True)
            if kind != b"none" and left != -2 and left != 0
        ]
        for key, kind, _ in there:
            if kind not in KINDS:
                raise BackupError(f"键 {key} 的类型 {kind} 不能备份 → 查明是谁写的")
        async with self._client.pipeline(transaction=False) as pipe:
            for key, kind, _ in there:
                pipe.execute_command(_SIZE[kind], key)
            sizes = await pipe.execute()
        values = await self._values([(key, kind) for key, kind, _ in there], sizes)
        return [
            Record(key, kind, expires_ms, value)
            for (key, kind, expires_ms), value in zip(there, values, strict=True)
            if value is not None
        ]

    async def _values(
        self, keys: Sequence[tuple[str, Kind]], sizes: Sequence[int]
    ) -> list[Value | None]:
        """Return the values; None: gone meanwhile."""
        small = [
            (key, kind)
            for (key, kind), size in zip(keys, sizes, strict=True)
            if kind in ("string", "list", "stream") or size <= _AT_ONCE
        ]
        async with self._client.pipeline(transaction=False) as pipe:
            for key, kind in small:
                match kind:
                    case "string":
                        pipe.get(key)
                    case "list":
                        pipe.lrange(key, 0, -1)
                    case "set":
                        pipe.smembers(key)
                    case "hash":
                        pipe.hgetall(key)
                    case "zset":
                        pipe.zrange(key, 0, -1, withscores=True)
                    case "stream":
                        pipe.xinfo_stream(key)
            answers = await pipe.execute(raise_on_error=False)
        read = dict(zip(small, map(_answer, answers), strict=True))
        return [
            await self._value(key, kind, read.get((key, kind)), (key, kind) in read)
            for key, kind in keys
        ]

    async def _value(self, key: str, kind: Kind, read: object, is_read: bool) -> Value | None:
        if is_read and read is None:
            return None
        if kind == "stream":
            return await self._stream(key, cast("dict[str, bytes]", read))
        if kind == "zset" and is_read:
            read = dict(cast("list[tuple[bytes, float]]", read))
        elif not is_read:
            read = await self._paged(key, kind)
        if kind == "string":
            return cast("bytes | None", read)
        return cast("Value", read) or None

    async def _paged(self, key: str, kind: Kind) -> Value:
        if kind == "set":
            return {item async for item in self._client.sscan_iter(key, count=_AT_ONCE)}
        if kind == "zset":
            scored = self._client.zscan_iter(key, count=_AT_ONCE)
            return {member: float(score) async for member, score in scored}
        return {k: v async for k, v in self._client.hscan_iter(key, count=_AT_ONCE)}

    async def _stream(self, key: str, info: dict[str, bytes]) -> StreamValue:
        entries: dict[str, dict[bytes, bytes]] = {}
        start = "-"
        while True:
            page = cast(
                "list[tuple[bytes, dict[bytes, bytes]]]",
                await self._client.xrange(key, min=start, count=_AT_ONCE),
            )
            entries.update((name.decode(), fields) for name, fields in page)
            if len(page) < _AT_ONCE:
                break
            start = page[-1][0].decode()  # itself again: exclusive ranges need a newer Redis
        last = bytes(info["last-generated-id"]).decode()
        newest = next(reversed(entries), last)
        # Something may have been added since.
        return StreamValue(max(last, newest, key=stream_place), tuple(entries.items()))


def revision_of(line: bytes) -> str:
    """Return the revision that a line of the history is about.

    Raises:
        BackupError: It cannot be read.
    """
    try:
        return str(json.loads(line)["revision"])
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(
            f"键 {CONTENT_HISTORY} 里有一条发布记录读不懂 → 用写它的程序版本备份或恢复"
        ) from error


def _answer(answer: object) -> object:
    """Return what was answered; None where the key is gone, which XINFO takes for an error."""
    if isinstance(answer, ResponseError) and str(answer).startswith("no such key"):
        return None
    if isinstance(answer, Exception):
        raise answer
    return answer


def by_part(counts: Counter[Part]) -> str:
    """Return counts in Chinese, e.g. `内容 3，家长 12`."""
    return "，".join(f"{part.label} {counts[part]}" for part in Part if counts[part])
