"""What one process serves, with the tasks that keep it up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from app.cancelling import cancelled
from app.content.files import revision_of
from app.dialogue.assistant import Assistant
from app.publishing.following import Follower, publish_served
from app.publishing.loading import Means
from app.publishing.revisions import Published
from app.publishing.watching import Watcher

_log = structlog.get_logger(__name__)


class Live:
    """What a process serves: kept up with what is published, and with the files where they count.

    Args:
        follower: Follows what is published.
        watcher: Publishes edits of the files; None: they are not watched here.
    """

    def __init__(self, follower: Follower, watcher: Watcher | None = None) -> None:
        self._follower = follower
        self._watcher = watcher

    @property
    def assistant(self) -> Assistant:
        """The assistant that answers the next message."""
        return self._follower.assistant

    @property
    def published(self) -> Published | None:
        """The publication that is served; None where it is not known, as while Redis is away."""
        return self._follower.published

    @property
    def problem(self) -> str:
        """Why newer content is not served, Chinese; empty where it is."""
        told = (self._follower.problem, self._watcher.problem if self._watcher else "")
        return "\n".join(text for text in told if text)


@asynccontextmanager
async def following(
    means: Means,
    follower: Follower,
    watcher: Watcher | None,
    root: Path,
    clock: Callable[[], datetime],
) -> AsyncIterator[Live]:
    """Follow, and watch, as long as the block runs; closes the signals of `means`.

    Args:
        means: What both work with.
        follower: Serves something already.
        watcher: Publishes edits of `root`; None: they are not watched here.
        root: The process's own content files.
        clock: The present moment in Asia/Shanghai.
    """
    if watcher is not None:
        await watcher.look()
        if not watcher.started:  # another replica published the same files at this moment
            await watcher.look()
        follower.waits = lambda: not watcher.started
        follower.adopted = watcher.adopted
    else:
        await asyncio.to_thread(_tell_shipped, root, follower)
    follower.nothing_published = partial(publish_served, means, follower, root, clock)
    means.signals.start()
    tasks = [asyncio.create_task(follower.run())]
    if watcher is not None:
        tasks.append(asyncio.create_task(watcher.run()))
    for task in tasks:
        task.add_done_callback(_tell_ended)
    try:
        yield Live(follower, watcher)
    finally:
        await cancelled(*tasks)
        if watcher is not None:
            await watcher.aclose()
        await means.signals.close()


def _tell_ended(task: asyncio.Task[None]) -> None:
    """Say at once that content no longer follows; the process answers on with what it has."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        _log.error("content_no_longer_followed", exc_info=error)


def _tell_shipped(root: Path, follower: Follower) -> None:
    """Say in the log where the files of this process are not what it serves."""
    if follower.published is not None and revision_of(root) != follower.published.revision:
        _log.info(
            "shipped_content_differs",
            message="随程序来的内容文件和正在使用的修订不同，按发布的修订回答；"
            "要用文件里的，请运行 yibao publish",
        )
