"""One after the other for whoever names the same thing, in order of arrival.

As a lock for each name that is there as long as somebody needs it; where nobody else is there, as
nearly always, it costs two entries of a dictionary.
"""

from __future__ import annotations

import asyncio
from types import TracebackType


class InOrder:
    """Blocks of one process; those with the same name do not overlap.

    `async with in_order.of(name): …`
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    def of(self, name: str) -> _Block:
        """Return a block that is entered when all that came before with this name are left."""
        return _Block(self._waiting, name)


class _Block:
    __slots__ = ("_name", "_waiting")

    def __init__(self, waiting: dict[str, list[asyncio.Future[None]]], name: str) -> None:
        self._waiting, self._name = waiting, name

    async def __aenter__(self) -> None:
        queue = self._waiting.get(self._name)
        if queue is None:
            self._waiting[self._name] = []
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                self._let_next()  # let in at the very moment in which it was cancelled
            raise

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _exc: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._let_next()

    def _let_next(self) -> None:
        queue = self._waiting[self._name]
        while queue:
            waiter = queue.pop(0)
            if not waiter.done():
                waiter.set_result(None)
                return
        del self._waiting[self._name]
