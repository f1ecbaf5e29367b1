"""A time limit for a block, cheaper than a timer.

`asyncio.timeout` does the same with states and coroutines of its own, five times for every message.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

from app.timers import after


class within:  # noqa: N801 - used as a block, like those of contextlib
    """A block that is left with TimeoutError after so many seconds: `with within(1.0): await …`.

    What is awaited in it is cancelled then; a cancellation from elsewhere stays one. Works for the
    running task, like `asyncio.timeout`, whose way of telling the two apart it follows.

    Args:
        seconds: From the beginning of the block.
    """

    __slots__ = ("_before", "_is_over", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        # Asked for once: it costs a system call before Python 3.12.
        loop = asyncio.get_running_loop()
        task: asyncio.Task[Any] | None = asyncio.current_task(loop)
        if task is None:
            msg = "a time limit needs a task"
            raise RuntimeError(msg)
        self._task, self._before, self._is_over = task, task.cancelling(), False
        self._timer = after(loop, self._seconds, self._end)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if not self._is_over:
            return
        is_mine = self._task.uncancel() <= self._before
        if is_mine and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from exc

    def _end(self) -> None:
        self._is_over = True
        self._task.cancel()
