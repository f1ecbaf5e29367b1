"""Calls that are due after so many seconds and nearly always cancelled before: time limits.

A timer of the event loop for each costs a message more than what the limits are for, eight times.
Calls after the same number of seconds come due in the order in which they were asked for, so one
timer, for the first of them, serves all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary, ref

_MOST_ROWS = 32
"""Different numbers of seconds, more than are set anywhere. Further ones, which were computed, get
timers of their own."""


class Cancellable(Protocol):
    """Something that may be called later, or not."""

    def cancel(self) -> None:
        """Do not call it any more; nothing where it was called."""
        ...


class _Later:
    __slots__ = ("call", "due", "waiting")

    def __init__(self, call: Callable[[], None], due: float, waiting: deque[_Later]) -> None:
        self.call: Callable[[], None] | None = call
        self.due = due
        self.waiting = waiting

    def run(self) -> None:
        call, self.call = self.call, None
        if call is not None:
            call()

    def cancel(self) -> None:
        self.call = None
        waiting = self.waiting
        # Those behind one that still waits stay until it is done with.
        while waiting and waiting[0].call is None:
            waiting.popleft()


class _Row:
    """The calls of one event loop that are due after the same number of seconds."""

    __slots__ = ("_is_set", "_seconds", "_waiting")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: deque[_Later] = deque()
        self._is_set = False

    def add(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> _Later:
        later = _Later(call, loop.time() + self._seconds, self._waiting)
        self._waiting.append(later)
        if not self._is_set:
            self._is_set = True
            loop.call_later(self._seconds, self._fire)
        return later

    def _fire(self) -> None:
        self._is_set = False
        loop, waiting = asyncio.get_running_loop(), self._waiting
        while waiting:
            first = waiting[0]
            if first.call is not None and first.due > loop.time():
                self._is_set = True
                loop.call_at(first.due, self._fire)
                return
            waiting.popleft()
            # Each by itself: what one raises stops no other; and it may still be cancelled.
            loop.call_soon(first.run)


_rows: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[float, _Row]] = WeakKeyDictionary()
_latest: tuple[Callable[[], asyncio.AbstractEventLoop | None], dict[float, _Row]] = (
    lambda: None,
    {},
)
"""The loop that asked last, and its rows: to look into `_rows` costs more than the rest."""


def after(loop: asyncio.AbstractEventLoop, seconds: float, call: Callable[[], None]) -> Cancellable:
    """Call something once, `seconds` from now, unless it is cancelled.

    Args:
        loop: The running event loop.
        seconds: As `loop.call_later` takes them.
        call: Called by the loop, without arguments.
    """
    rows = _latest[1] if _latest[0]() is loop else _rows_of(loop)
    row = rows.get(seconds)
    if row is None:
        if len(rows) >= _MOST_ROWS:
            return loop.call_later(seconds, call)
        row = rows[seconds] = _Row(seconds)
    return row.add(loop, call)


def _rows_of(loop: asyncio.AbstractEventLoop) -> dict[float, _Row]:
    global _latest  # one value, set at once: other threads have other loops
    rows = _rows.setdefault(loop, {})
    _latest = (ref(loop), rows)
    return rows
