"""One event loop on a thread of its own, for calls that must end on time whoever makes them.

Only a cancelled coroutine really stops: a blocking socket call has a time limit for each step but
none for the whole, and a peer that sends a byte now and then can hold it for ever.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from app.cancelling import cancelled

Result = TypeVar("Result")
_GRACE_S = 0.25
"""For the loop to notice that the time is over; beyond that the caller does not wait for it."""


class BackgroundLoop:
    """Runs coroutines for synchronous callers of any thread; started with the first one.

    The thread is a daemon: it never keeps the process alive. `close` ends it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, Result], timeout_s: float) -> Result:
        """Return what `work` returns.

        Raises:
            TimeoutError: It took longer than `timeout_s` seconds and was cancelled, or the loop
                was closed meanwhile.
        """
        future = asyncio.run_coroutine_threadsafe(_timed(work, timeout_s), self._started())
        try:
            return future.result(timeout_s + _GRACE_S)
        except CancelledError as error:
            raise TimeoutError from error
        finally:
            future.cancel()

    def close(self, last: Coroutine[Any, Any, None] | None = None) -> None:
        """Run `last` where the loop ever started, then end the thread; waits 2 s at most."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            if last is not None:
                last.close()
            return
        asyncio.run_coroutine_threadsafe(_finish(last, loop), loop)
        thread.join(2.0)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _timed(work: Coroutine[Any, Any, Result], timeout_s: float) -> Result:
    async with asyncio.timeout(timeout_s):
        return await work


async def _finish(last: Coroutine[Any, Any, None] | None, loop: asyncio.AbstractEventLoop) -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await cancelled(*others)
    try:
        if last is not None:
            await last
    finally:
        loop.stop()
