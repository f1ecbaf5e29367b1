"""Writes the keys of a backup into Redis: each key in one step, and never one that has expired."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import cast

from app.errors import StateError, StateUnavailableError
from app.state.backup_file import Record, StreamValue, stream_place
from app.state.backup_parts import ARCHIVES, EVERY_KEY, JOURNALS, PARTS, Part, spec_of
from app.state.dumping import revision_of
from app.state.keys import CONTENT_HISTORY
from app.state.store import Argument, Store, store_errors

_TOGETHER = 32
"""Keys that are written at the same time."""
_CHUNK = 2000
"""Elements of a set, hash or zset that one script writes: Redis answers others in between. Lists
and streams are written in one: their caps are 60 and 20,000."""
_DAY_MS = 24 * 3600 * 1000

WRITE_KEY = """
-- KEYS: the key. ARGV: type, milliseconds to live ('' for ever), 1 to begin or 0 to go on, last id
-- of a stream, then elements.
local key, kind = KEYS[1], ARGV[1]
if ARGV[3] == '1' then redis.call('DEL', key) end
local i = 5
if kind == 'string' then
  redis.call('SET', key, ARGV[5])
elseif kind == 'list' then
  for n = 5, #ARGV do redis.call('RPUSH', key, ARGV[n]) end
elseif kind == 'set' then
  for n = 5, #ARGV do redis.call('SADD', key, ARGV[n]) end
elseif kind == 'hash' then
  for n = 5, #ARGV, 2 do redis.call('HSET', key, ARGV[n], ARGV[n + 1]) end
elseif kind == 'zset' then
  for n = 5, #ARGV, 2 do redis.call('ZADD', key, ARGV[n + 1], ARGV[n]) end
else
  -- The only way to a stream that may be empty.
  redis.call('XGROUP', 'CREATE', key, 'restoring', '$', 'MKSTREAM')
  redis.call('XGROUP', 'DESTROY', key, 'restoring')
  while i <= #ARGV do
    local fields = 2 * tonumber(ARGV[i + 1])
    local command = {'XADD', key, ARGV[i]}
    for n = i + 2, i + 1 + fields do command[#command + 1] = ARGV[n] end
    redis.call(unpack(command))
    i = i + 2 + fields
  end
  redis.call('XSETID', key, ARGV[4])
end
if ARGV[2] ~= '' then redis.call('PEXPIRE', key, ARGV[2]) end
return 1
"""
"""Replace a key, or go on with it; bears being sent twice."""


@dataclass(slots=True)
class Existing:
    """What is in Redis already, of the parts that are to be restored."""

    counts: Counter[Part] = field(default_factory=Counter)
    archives: set[str] = field(default_factory=set)
    """Names of the keys with a revision's files."""


async def existing(store: Store, parts: Collection[Part]) -> Existing:
    """Look what there is of these parts.

    Raises:
        StateUnavailableError: Redis does not answer.
    """
    found = Existing()
    with store_errors():
        async for raw in store.client.scan_iter(match=EVERY_KEY, count=500):
            key = raw.decode(errors="replace")
            spec = spec_of(key)
            part = PARTS.get(spec.pattern) if spec else None
            if spec is None or part is None or part not in parts:
                continue
            found.counts[part] += 1
            if spec.pattern == ARCHIVES:
                found.archives.add(key)
    return found


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be restored."""

    parts: frozenset[Part]
    now_ms: Callable[[], int]
    """Unix time in milliseconds."""
    journal_days: int
    """Questions of parents older than that are not restored; 0: none are."""


class Restoring:
    """Writes one backup.

    Args:
        store: Where to write.
        terms: What may be restored.
    """

    def __init__(self, store: Store, terms: Terms) -> None:
        self._store = store
        self._terms = terms
        self.written: Counter[Part] = Counter()
        self.overdue = 0
        """Keys that were left out, since their time is over."""

    async def write(
        self, records: Iterable[Record], told: Callable[[int], None] = lambda _: None
    ) -> None:
        """Write the keys in order.

        Args:
            records: From a backup that was checked.
            told: Called with the number of keys done, now and then.

        Raises:
            StateUnavailableError: Redis does not answer; the message says how far it came.
            BackupError: The file was changed since it was checked.
        """
        wanted = self._wanted(records)
        while batch := list(islice(wanted, _TOGETHER)):
            # The history after the archives that it names: replicas follow it at once.
            last = [record for record in batch if record.key == CONTENT_HISTORY]
            await self._together([record for record in batch if record not in last])
            await self._together(last)
            told(self.written.total() + self.overdue)

    async def drop_archives(self, before: Iterable[str]) -> None:
        """Delete the files of revisions that the restored history no longer names.

        Raises:
            StateUnavailableError: Redis does not answer; they stay, which does no harm.
            BackupError: The history cannot be read.
        """
        with store_errors():
            lines = cast("list[bytes]", await self._store.client.lrange(CONTENT_HISTORY, 0, -1))
            named = {revision_of(line) for line in lines}
            for key in before:
                if key.rpartition(":")[2] not in named:
                    await self._store.client.unlink(key)

    def _wanted(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            if record.part not in self._terms.parts:
                continue
            kept = self._kept(record)
            if kept is None:
                self.overdue += 1
            else:
                yield kept

    def _kept(self, record: Record) -> Record | None:
        """Return what may still be stored of a key; None: nothing."""
        now_ms = self._terms.now_ms()
        if record.expires_ms is not None and record.expires_ms <= now_ms:
            return None
        spec = spec_of(record.key)
        if spec is None or spec.pattern != JOURNALS or not isinstance(record.value, StreamValue):
            return record
        oldest = now_ms - self._terms.journal_days * _DAY_MS
        entries = tuple(e for e in record.value.entries if stream_place(e[0])[0] >= oldest)
        if not entries or not self._terms.journal_days:
            return None
        # Its days may be fewer than when the backup was made.
        until = now_ms + self._terms.journal_days * _DAY_MS
        expires_ms = min(record.expires_ms or until, until)
        return replace(
            record, expires_ms=expires_ms, value=StreamValue(record.value.last_id, entries)
        )

    async def _together(self, batch: list[Record]) -> None:
        done = self.written.total()
        ended = await asyncio.gather(*map(self._write, batch), return_exceptions=True)
        failed = [error for error in ended if error is not None]
        for error in failed:
            if not isinstance(error, StateError):
                raise error
        if failed:
            raise StateUnavailableError(
                f"{failed[0]}。前 {done} 个键已经写好，第 {done + 1} 到 {done + len(batch)} 个"
                "可能写了一部分，后面的没有写；没有写坏的键 → 等 Redis 恢复后，"
                "加 --force 从头再运行一次"
            ) from failed[0]
        self.written.update(record.part for record in batch)

    async def _write(self, record: Record) -> None:
        await write_key(self._store, record, self._terms.now_ms())


async def write_key(store: Store, record: Record, now_ms: int) -> None:
    """Replace one key; others see the old or the new one (a large set, hash, zset: it growing).

    Raises:
        StateUnavailableError: Redis does not answer.
    """
    left: Argument = ""
    if record.expires_ms is not None:
        left = record.expires_ms - now_ms
        if left <= 0:
            return
    last = record.value.last_id if isinstance(record.value, StreamValue) else ""
    for number, chunk in enumerate(_chunks(record)):
        head: list[Argument] = [record.kind, left, int(number == 0), last]
        await store.run(WRITE_KEY, [record.key], [*head, *chunk])


def _chunks(record: Record) -> Iterator[list[Argument]]:
    value = record.value
    if isinstance(value, bytes):
        yield [value]
    elif isinstance(value, list):
        yield list(value)
    elif isinstance(value, StreamValue):
        arguments: list[Argument] = []
        for name, fields in value.entries:
            pairs = [part for pair in fields.items() for part in pair]
            arguments += [name, len(fields), *pairs]
        yield arguments
    else:
        elements = iter(_items(value) if isinstance(value, set) else _pairs(value))
        while some := list(islice(elements, _CHUNK)):
            yield [part for element in some for part in element]


def _items(value: set[bytes]) -> list[list[Argument]]:
    return [[item] for item in value]


def _pairs(value: dict[bytes, bytes] | dict[bytes, float]) -> list[list[Argument]]:
    return [[name, item if isinstance(item, bytes) else repr(item)] for name, item in value.items()]
