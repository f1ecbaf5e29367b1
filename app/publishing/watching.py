"""Watches the content folder: a good edit becomes the next revision, a bad one is told and waits.

The folder is `base`, the revision that it was last the same as, plus the edits of whoever works
in it. Only edits are published, and only on top of `base`: what others published meanwhile is
written into the folder first (`follow`), so that nobody's work is lost (docs/adr/0016).
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog
from watchfiles import awatch

from app import heap
from app.content.files import revision_of
from app.errors import (
    ContentError,
    EditConflictError,
    PublishingError,
    SettingsError,
    StateError,
)
from app.publishing.archive import FOLDERS, content_paths, pack, read_archive
from app.publishing.loading import Means
from app.publishing.mirror import write_back
from app.publishing.revisions import Published

BY = "文件"
WAKE_MS = 3000
"""Between two looks where the file system tells nothing, as on network drives."""
_DEBOUNCE_MS = 300
_SETTLE_S = 0.2
"""The folder must look the same twice, so far apart, before it is read."""
_SETTLE_TRIES = 50
_MISSING_S = 1.0

_log = structlog.get_logger(__name__)


class Watcher:
    """Publishes the edits of one content folder."""

    def __init__(
        self,
        root: Path,
        means: Means,
        clock: Callable[[], datetime],
        checked: str,
    ) -> None:
        """Watch `root`.

        Args:
            root: The content folder.
            means: What the process's follower works with.
            clock: The present moment in Asia/Shanghai.
            checked: Revision of the folder that was loaded at the start, so is known to be good.
        """
        self.problem = ""
        """Why the folder's content is not served, Chinese; empty where it is."""
        self._root = root
        self._means = means
        self._clock = clock
        self._checked = checked
        self._base: str | None = None
        self._handled = ""
        """Revision of the folder that needs nothing more done, good or bad."""
        self._seen: object = None
        self._started = False
        self._busy = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.look()
            folders = [self._root / folder for folder in FOLDERS if (self._root / folder).is_dir()]
            if not folders:
                await asyncio.sleep(_MISSING_S)
                continue
            async for _ in awatch(
                *folders,
                debounce=_DEBOUNCE_MS,
                rust_timeout=WAKE_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                await self.look()
                if not all(folder.is_dir() for folder in folders):
                    break  # replaced as a whole, as by a checkout: watch the new one

    @property
    def started(self) -> bool:
        """Whether the folder has been compared with what is published."""
        return self._started

    async def look(self) -> None:
        """Publish the folder if it was edited and is good; else note why not."""
        async with self._busy:
            try:
                await self._look()
            except FileNotFoundError:
                return  # deleted while it was read: the next look finds it gone
            except OSError as error:
                self._reject(f"内容目录读不了，或磁盘写不进（{error.strerror}），改动还没有发布")
            except StateError as error:
                self.problem = f"内容目录还没有和发布的内容核对，等 Redis 恢复：{error}"
            except EditConflictError as error:
                # The follower is about to write what was published into the folder.
                _log.info("edit_waits", reason=str(error))

    def adopted(self, current: Published) -> None:
        """Begin to write a revision that is served now into the folder."""
        task = asyncio.create_task(self.follow(current))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Let the folder be written to the end."""
        await asyncio.gather(*self._tasks)

    async def follow(self, current: Published) -> None:
        """Write a revision that was published elsewhere into the folder."""
        async with self._busy:
            if not self._started or current.revision == self._base:
                return
            try:
                await self._follow(current)
            except (OSError, PublishingError, StateError) as error:
                _log.warning(
                    "folder_not_updated",
                    problem=f"第 {current.number} 号修订没有写回内容目录，目录里还是旧的：{error}",
                )
                # Not an edit: must not be published over what is current.
                with suppress(OSError):
                    self._handled = await self._own_revision()
            self._base = current.revision

    async def _follow(self, current: Published) -> None:
        after = await self._means.revisions.archive(current.revision)
        old = await self._means.revisions.archive(self._base) if self._base else None
        if after is None or old is None:
            raise PublishingError("Redis 里没有这个修订的文件")
        done = await asyncio.to_thread(
            write_back, self._root, read_archive(old), read_archive(after)
        )
        if done.written:
            _log.info("folder_updated", number=current.number, files=len(done.written))
        if done.kept:
            _log.warning(
                "folder_has_edits",
                problem="这些文件在内容目录里另有改动，没有覆盖：" + "、".join(done.kept),
            )

    async def _look(self) -> None:
        seen = await asyncio.to_thread(_signature, self._root)
        if self._started and seen == self._seen:
            return
        for _ in range(_SETTLE_TRIES):
            await asyncio.sleep(_SETTLE_S)
            again = await asyncio.to_thread(_signature, self._root)
            if again == seen:
                break
            seen = again
        current = await self._means.revisions.current()
        if not self._started:
            # At the start the folder counts: whatever differs is an edit.
            self._base = current.revision if current else None
        revision = await self._own_revision()
        if revision != self._handled and revision != self._base:
            try:
                await self._publish(current)
            except (ContentError, PublishingError, SettingsError) as error:
                self._reject(str(error))
                self._handled = revision
        elif revision == self._base:
            self.problem = ""
        self._started, self._seen = True, seen

    async def _publish(self, current: Published | None) -> None:
        """Check a copy of the folder and publish it: what is checked is what goes live."""
        means = self._means
        data = await asyncio.to_thread(pack, self._root)
        copy = await asyncio.to_thread(means.shelf.candidate, data)
        try:
            revision = await asyncio.to_thread(revision_of, copy)
            if revision == (current.revision if current else None):
                self._base, self.problem = revision, ""
                return
            if revision != self._checked:
                await means.workshop.learn(copy)
                self._checked = revision
            catalog = await asyncio.to_thread(means.workshop.catalog, copy)
            files = await asyncio.to_thread(means.workshop.matcher_files, catalog)
            if all([await asyncio.to_thread(file.exists) for file in files]):
                await means.matchers.put(files)
        finally:
            await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
        published = await means.revisions.publish(
            data,
            revision,
            by=BY,
            reason="内容目录里的文件有改动" if current else "第一次发布",
            at=self._clock(),
            origin="files",
            expected_current=self._base,
        )
        self._base, self.problem = revision, ""
        # The copy's catalog is gone; without this its 40 MB would stay with the process.
        await asyncio.to_thread(heap.trim)
        means.meter.reloaded("published")
        _log.info("content_published", number=published.number, revision=revision[:12])

    async def _own_revision(self) -> str:
        return await asyncio.to_thread(revision_of, self._root)

    def _reject(self, reason: str) -> None:
        if self.problem != reason:
            self._means.meter.reloaded("rejected")
            _log.error("content_rejected", problem=reason)
        self.problem = reason


def _signature(root: Path) -> tuple[tuple[str, int, int], ...]:
    """Return path, time and size of every content file; changes with every edit."""
    found = []
    for path in sorted(content_paths(root)):
        try:
            status = (root / path).stat()
        except FileNotFoundError:
            continue  # gone since it was listed: the next look differs
        found.append((path, status.st_mtime_ns, status.st_size))
    return tuple(found)
