"""Calls something while work goes on that usually ends before it is ever needed.

A task for each message that sleeps and is cancelled costs more than the rest of its bookkeeping; a
shared timer costs next to nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType

from app.timers import after


class renewed:  # noqa: N801 - used as a block, like those of contextlib
    """A block during which `renew` is called every `every_s` seconds, first after as long.

    Args:
        every_s: Between two calls.
        renew: Returns whether to go on. Raises nothing.
    """

    __slots__ = ("_every_s", "_over", "_renew", "_task", "_timer")

    def __init__(self, every_s: float, renew: Callable[[], Awaitable[bool]]) -> None:
        self._every_s, self._renew = every_s, renew
        self._over = False
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin; for blocks that are not of one function."""
        self._timer = after(asyncio.get_running_loop(), self._every_s, self._begin)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _exc: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End; nothing is renewed any more."""
        self._over = True
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._repeat())

    async def _repeat(self) -> None:
        while not self._over and await self._renew():  # noqa: ASYNC110 - time is waited for
            await asyncio.sleep(self._every_s)
