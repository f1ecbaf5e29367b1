"""One message in this process: who waits for its turn, and what came of it.

What is remembered of a turn that is over is small: the task, its context and the message are let
go at once, not kept by the thousand until their minute has passed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import msgspec

from app.timers import after


class Outcome(msgspec.Struct, frozen=True):
    """What a message is answered with."""

    reply: str
    kept: bool = False
    """Whether the reply lies among the unread ones, because it was too late."""
    unread: int = 0
    """Late replies to other messages that may wait for the parent."""


class Run:
    """The turn of one message.

    Args:
        ticket: Public name of the message's delivery.
        began: By `time.monotonic`.
        token: Names the claim in the ledger.
    """

    __slots__ = (
        "_error",
        "_outcome",
        "_waiting",
        "attempts",
        "began",
        "is_over",
        "ticket",
        "token",
    )

    def __init__(self, ticket: str, began: float, token: str) -> None:
        self.ticket, self.began, self.token = ticket, began, token
        self.attempts = 1
        """Requests that carried it, as far as this process knows."""
        self.is_over = False
        self._outcome: Outcome | None = None
        self._error: BaseException | None = None
        self._waiting: list[asyncio.Future[None]] | None = None

    def start(self, turn: Coroutine[Any, Any, Outcome | None]) -> asyncio.Task[Outcome | None]:
        """Begin the turn; the caller keeps the task until it is done."""
        task = asyncio.create_task(turn)
        task.add_done_callback(self._end)
        return task

    def end(self, outcome: Outcome | None) -> None:
        """Say what came of it, and wake who waits.

        None: the turn was cancelled, or another process was at it and gave no answer for long.
        """
        self._outcome, self.is_over = outcome, True
        waiting, self._waiting = self._waiting, None
        for waiter in waiting or ():
            _wake(waiter)

    async def over(self, seconds: float) -> Outcome | None:
        """Return the outcome as soon as the turn is over; None if it is not after `seconds`.

        Raises:
            BaseException: As `result`.
        """
        if not self.is_over:
            loop = asyncio.get_running_loop()
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiting = [*(self._waiting or ()), waiter]
            timer = after(loop, seconds, partial(_wake, waiter))
            try:
                await waiter
            finally:
                timer.cancel()
        return self.result()

    def result(self) -> Outcome | None:
        """Return the outcome; None where there is none, or none yet.

        Raises:
            BaseException: The turn raised it, which none should.
        """
        if self._error is not None:
            raise self._error
        return self._outcome

    def _end(self, task: asyncio.Task[Outcome | None]) -> None:
        if task.cancelled():
            self.end(None)
            return
        self._error = task.exception()
        self.end(None if self._error is not None else task.result())


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
