"""Backups made and restored in tests, and what Redis holds as values that can be compared."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from app.settings import SHANGHAI
from app.state.backup_archive import BackupWriter, open_backup
from app.state.backup_file import Header, Record
from app.state.backup_parts import PARTS, Part, spec_of
from app.state.dumping import Dump
from app.state.restoring import Restoring, Terms
from app.state.store import Store

ALL = tuple(Part)
HEADER = Header("0.1.0", datetime(2025, 12, 10, 10, tzinfo=SHANGHAI), ALL, "00" * 8)


def real_ms() -> int:
    return int(time.time() * 1000)  # noqa: TID251 - compared with times to live in Redis


async def dumped(store: Store, parts: Collection[Part] = ALL) -> list[Record]:
    return [record async for record in Dump(store, parts, real_ms).records()]


def written(path: Path, records: Sequence[Record], header: Header = HEADER) -> Path:
    with BackupWriter(path, header) as writer:
        for record in records:
            writer.add(record)
    return path


async def restored(
    store: Store,
    path: Path,
    parts: Collection[Part] = ALL,
    later_ms: int = 0,
    journal_days: int = 30,
) -> Restoring:
    terms = Terms(frozenset(parts), lambda: real_ms() + later_ms, journal_days)
    restoring = Restoring(store, terms)
    with open_backup(path) as reader:
        reader.check(real_ms())
        await restoring.write(reader.records())
    return restoring


def patterns(records: Collection[Record]) -> set[str]:
    return {spec.pattern for record in records if (spec := spec_of(record.key))}


def patterns_of(part: Part) -> set[str]:
    return {pattern for pattern, its in PARTS.items() if its is part}
