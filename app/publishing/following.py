"""A process that follows the published revision: fetch, check, learn, load, swap; or stay.

Everything slow happens off the event loop: files and loading in threads, learning in a process of
its own. The assistant is swapped whole, between two messages; a turn that has begun ends with the
one it began with. Whatever fails, the last good one goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import structlog

from app import heap
from app.dialogue.assistant import Assistant
from app.domain.content import Catalog
from app.errors import EditConflictError, PublishingError, StateError
from app.publishing.loading import FAILURES, Means, fetched, in_words, load, packed
from app.publishing.revisions import TOPIC, Published

LOOK_S = 2.0
"""Between two looks at what is published, for signals that were lost."""
SHIPPED_BY = "安装包"
"""Who publishes what the program was delivered with."""
RETRY_S = 30.0
"""Before a revision that could not be loaded is tried again: the disk may have room by then."""

_log = structlog.get_logger(__name__)


class Follower:
    """What one process serves, kept up with what is published."""

    def __init__(
        self, means: Means, assistant: Assistant, published: Published | None = None
    ) -> None:
        """Begin with an assistant.

        Args:
            means: What it works with.
            assistant: Loaded already; served until something newer is loaded.
            published: The publication that it comes from, where that is known.
        """
        self._means = means
        self.assistant = assistant
        self.published = published
        self.problem = ""
        """Why the newest revision is not served, Chinese; empty where it is."""
        self.adopted: Callable[[Published], None] | None = None
        """Called after each swap."""
        self.waits: Callable[[], bool] = lambda: False
        """Whether to go on as it is: the files that count were not published yet."""
        self.nothing_published: Callable[[], Awaitable[None]] | None = None
        """Called where Redis knows of no revision."""
        self._failed: tuple[int, str] | None = None
        self._retry_at = 0.0

    async def run(self) -> None:
        """Follow until cancelled."""
        with self._means.signals.expect(TOPIC) as event:
            while True:
                try:
                    await self.look()
                except (StateError, PublishingError) as error:
                    _log.warning("content_not_looked_up", reason=str(error))
                try:
                    async with asyncio.timeout(LOOK_S):
                        await event.wait()
                except TimeoutError:
                    continue
                event.clear()

    async def look(self) -> None:
        """Serve what is published, if it is another revision than now.

        Raises:
            StateError: Redis does not answer.
            PublishingError: What is published cannot be read.
        """
        if self.waits():
            return
        current = await self._means.revisions.current()
        if current is None:
            if self.nothing_published is not None:
                await self.nothing_published()
            return
        if current == self.published:
            self.problem, self._failed = "", None
            return
        now = asyncio.get_running_loop().time()
        if self._failed == (current.number, current.revision) and now < self._retry_at:
            return
        try:
            if current.revision == self.assistant.catalog.revision:
                await self._adopt(current, self.assistant)
            else:
                await self._adopt(current, await load(self._means, current, self.assistant))
        except FAILURES as error:
            self._fail(current, error)
            self._retry_at = asyncio.get_running_loop().time() + RETRY_S

    async def _adopt(self, current: Published, assistant: Assistant) -> None:
        swapped = assistant is not self.assistant
        self.assistant = assistant
        self.published = current
        self.problem, self._failed = "", None
        if swapped:
            self._means.meter.reloaded("loaded")
        _log.info("content_served", number=current.number, revision=current.revision[:12])
        await self._remember(current)
        if self.adopted is not None:
            self.adopted(current)
        await self._share(assistant.catalog)
        if swapped:
            await asyncio.to_thread(heap.release)

    async def _remember(self, current: Published) -> None:
        """Keep the files for a start without Redis; serving does not depend on it."""
        try:
            await fetched(self._means, current.revision)
            await asyncio.to_thread(self._means.shelf.served, current)
        except (OSError, PublishingError, StateError) as error:
            _log.warning("content_not_kept", reason=in_words(error))

    async def _share(self, catalog: Catalog) -> None:
        """Give other replicas what was learned here; they can learn by themselves."""
        files = await asyncio.to_thread(self._means.workshop.matcher_files, catalog)
        try:
            await self._means.matchers.put(files)
        except (OSError, StateError) as error:
            _log.info("matchers_not_shared", reason=in_words(error))

    def _fail(self, current: Published, error: Exception) -> None:
        reason = in_words(error)
        self.problem = f"第 {current.number} 号修订没有用上，还在用原来的内容：{reason}"
        again = self._failed == (current.number, current.revision)
        self._failed = (current.number, current.revision)
        if not again:
            self._means.meter.reloaded("failed")
            _log.error("content_not_served", number=current.number, problem=self.problem)


async def publish_served(
    means: Means, follower: Follower, root: Path, clock: Callable[[], datetime]
) -> None:
    """Publish what is served: at the first start, or after Redis lost its memory.

    Args:
        means: What the follower works with.
        follower: Serves it.
        root: The process's own content files.
        clock: The present moment in Asia/Shanghai.

    Raises:
        StateError: Redis does not answer.
    """
    catalog = follower.assistant.catalog
    folder = means.shelf.folder(catalog.revision)
    if not await asyncio.to_thread(folder.is_dir):
        folder = root
    try:
        data = await packed(folder, catalog.revision)
        if data is None:
            return  # the files were changed since they were loaded
        await means.revisions.publish(
            data,
            catalog.revision,
            by=SHIPPED_BY,
            reason="第一次发布" if follower.published is None else "Redis 里没有记录，重新登记",
            at=clock(),
            origin="files",
            expected_current=None,
        )
    except EditConflictError:
        return  # another replica was faster
    except OSError as error:
        _log.warning("content_not_published", reason=in_words(error))
        return
    means.meter.reloaded("published")
