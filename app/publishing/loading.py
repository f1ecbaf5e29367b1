"""Loads a published revision: from disk or Redis, learned where nobody has yet."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from app.content.files import revision_of
from app.dialogue.assistant import Assistant
from app.domain.content import Catalog
from app.errors import ContentError, PublishingError, SettingsError, StateError
from app.publishing.archive import pack
from app.publishing.revisions import Published, Revisions
from app.publishing.shelf import Shelf
from app.publishing.stored_matchers import StoredMatchers
from app.state.signals import Signals

_log = structlog.get_logger(__name__)

FAILURES = (ContentError, SettingsError, PublishingError, OSError)
"""What keeps a revision from being served."""


class Workshop(Protocol):
    """Makes an assistant of a content folder. All but `learn` block."""

    def catalog(self, folder: Path) -> Catalog:
        """Load and check; raises ContentError, or SettingsError where accounts do not fit."""
        ...

    def matcher_files(self, catalog: Catalog) -> tuple[Path, ...]:
        """Return the files of the catalog's matchers, there or not."""
        ...

    def needs(self, catalog: Catalog, before: Assistant | None) -> tuple[Path, ...]:
        """Return the files that are neither in memory with `before` nor on disk."""
        ...

    async def learn(self, folder: Path) -> None:
        """Learn the folder's matchers onto disk, in another process; raises PublishingError."""
        ...

    def assistant(self, catalog: Catalog, before: Assistant | None) -> Assistant:
        """Return the assistant; what `before` has learned is used again where it fits."""
        ...


class Meter(Protocol):
    """What is counted."""

    def reloaded(self, result: str) -> None:
        """Count `loaded`, `failed`, `published` or `rejected`."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What a follower works with."""

    revisions: Revisions
    matchers: StoredMatchers
    shelf: Shelf
    workshop: Workshop
    signals: Signals
    meter: Meter


async def load(means: Means, wanted: Published, before: Assistant | None) -> Assistant:
    """Return the assistant of a published revision.

    Raises:
        ContentError: This version of the program finds the content wrong.
        SettingsError: An account that is served is missing in it.
        PublishingError: Its files are gone or damaged, or learning failed.
        OSError: The disk is full or cannot be written.
        StateError: Redis does not answer.
    """
    workshop = means.workshop
    folder = await fetched(means, wanted.revision)
    if await asyncio.to_thread(revision_of, folder) != wanted.revision:
        await asyncio.to_thread(means.shelf.drop, wanted.revision)
        raise PublishingError("取来的内容和发布的对不上，已经丢弃，会再取一次")
    catalog = await asyncio.to_thread(workshop.catalog, folder)
    missing = await asyncio.to_thread(workshop.needs, catalog, before)
    if missing and not await _had(means, missing):
        await workshop.learn(folder)
    return await asyncio.to_thread(workshop.assistant, catalog, before)


async def fetched(means: Means, revision: str) -> Path:
    """Return the folder of a revision, from Redis where it is not on disk.

    Raises:
        PublishingError: Its files are gone or damaged.
        OSError: The disk is full or cannot be written.
        StateError: Redis does not answer.
    """
    folder = means.shelf.folder(revision)
    if await asyncio.to_thread(folder.is_dir):
        return folder
    data = await means.revisions.archive(revision)
    if data is None:
        raise PublishingError(f"Redis 里没有修订 {revision[:12]} 的文件，请重新发布")
    return await asyncio.to_thread(means.shelf.put, revision, data)


async def _had(means: Means, missing: tuple[Path, ...]) -> bool:
    """Fetch matchers that another process learned; without Redis they are learned here."""
    try:
        return await means.matchers.fetch(missing)
    except StateError:
        return False


async def load_newest(means: Means) -> tuple[Assistant, Published] | None:
    """Return what a starting process serves of what was published, None: nothing can be had.

    The current revision; where it cannot be had, the one that was served here last.
    """
    try:
        current = await means.revisions.current()
    except (PublishingError, StateError) as error:
        _log.warning("content_not_looked_up", reason=str(error))
        current = None
    last = await asyncio.to_thread(means.shelf.last)
    for wanted in dict.fromkeys(p for p in (current, last) if p is not None):
        try:
            return await load(means, wanted, None), wanted
        except (*FAILURES, StateError) as error:
            _log.error("content_not_served", number=wanted.number, problem=in_words(error))
    return None


async def packed(folder: Path, revision: str) -> bytes | None:
    """Return a folder as an archive, None where it is not (any more) this revision.

    Raises:
        OSError: A file cannot be read.
    """
    data = await asyncio.to_thread(pack, folder)
    return data if await asyncio.to_thread(revision_of, folder) == revision else None


def in_words(error: Exception) -> str:
    """Return an error in Chinese, with all problems of a content."""
    if isinstance(error, OSError):
        return f"磁盘写不进或读不出（{error.strerror or type(error).__name__}）"
    return str(error)
