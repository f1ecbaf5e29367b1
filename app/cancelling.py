"""Ends tasks for certain, also where a library loses the cancellation."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_S = 0.2
"""Before a task that goes on is cancelled once more; a tidy end takes a round trip to Redis."""


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel the tasks and return when they have ended; what they raised stays in them.

    One `Task.cancel` is not enough: `asyncio.wait_for`, which redis-py sends with, loses a
    cancellation that arrives together with the result, and a task that loops then runs on for
    ever, so that the process never ends. Source: python/cpython#86296, fixed in Python 3.12.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_S)
