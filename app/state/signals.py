"""Wakes tasks that wait for something in Redis, whichever process makes it happen.

One pub/sub connection per process. A signal is only a hint to look again: messages are lost while
the connection is down, so whoever waits also looks by itself every `RECHECK_S` seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from redis.asyncio import Redis, RedisCluster
from redis.exceptions import RedisClusterException, RedisError

from app.cancelling import cancelled

RECHECK_S = 0.15
"""Between two looks of a task that nobody wakes."""

_READ_S = 5.0
_RECONNECT_S = 0.5

_log = structlog.get_logger(__name__)


class Signals:
    """Topics on which this process waits.

    Args:
        client: Of one server, a master or a cluster; provides the connection; not closed here.
        channel: Name of the channel; a message's text is the topic.
    """

    def __init__(self, client: Redis | RedisCluster, channel: str) -> None:
        self._client = client
        self._channel = channel
        self._waiting: dict[bytes, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen from now on, in a task of the running loop. Without it, waiters only recheck."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Stop listening. Idempotent."""
        task, self._task = self._task, None
        if task is None:
            return
        await cancelled(task)
        if not task.cancelled():
            task.result()  # raises what ended the listener before its time

    @contextmanager
    def expect(self, topic: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever `topic` is signalled; expect before you look."""
        name, event = topic.encode(), asyncio.Event()
        self._waiting.setdefault(name, set()).add(event)
        try:
            yield event
        finally:
            events = self._waiting[name]
            events.discard(event)
            if not events:
                del self._waiting[name]

    async def _listen(self) -> None:
        while True:
            try:
                await self._read()
            except (RedisError, RedisClusterException) as exc:
                _log.info("signals_away", error=type(exc).__name__)
                await asyncio.sleep(_RECONNECT_S)

    async def _read(self) -> None:
        if isinstance(self._client, RedisCluster):
            # Plain messages reach all nodes of a cluster; any node will do.
            await self._client.initialize()
        async with self._client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(self._channel)
            while True:
                message = await channel.get_message(timeout=_READ_S)
                if message is not None:
                    for event in self._waiting.get(message["data"], ()):
                        event.set()


async def wait_for_signal(event: asyncio.Event, timeout_s: float) -> None:
    """Return when the event is set, which clears it, or when it is time to look anyway."""
    with suppress(TimeoutError):
        async with asyncio.timeout(min(timeout_s, RECHECK_S)):
            await event.wait()
    event.clear()
