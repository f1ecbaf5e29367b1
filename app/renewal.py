"""Calls something while work goes on that usually ends before it is ever needed.

A task for each message that sleeps and is cancelled costs more than the rest of its bookkeeping; a
timer of the event loop costs next to nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def renewed(every_s: float, renew: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """Call `renew` every `every_s` seconds, first after as long, until the block ends.

    Args:
        every_s: Between two calls.
        renew: Returns whether to go on. Raises nothing.
    """
    task: asyncio.Task[None] | None = None

    async def repeat() -> None:
        while not over and await renew():  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(every_s)

    def begin() -> None:
        nonlocal task
        task = asyncio.create_task(repeat())

    over = False
    timer = asyncio.get_running_loop().call_later(every_s, begin)
    try:
        yield
    finally:
        over = True
        timer.cancel()
        if task is not None:
            task.cancel()
