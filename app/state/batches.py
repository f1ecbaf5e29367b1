"""Sends what many turns ask of Redis at the same time as few batches.

A command alone costs the client a task, two system calls and a connection of the pool, which a
batch shares. While Redis keeps up nobody waits for a batch: a command is sent by itself as long as
few are on their way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from app.cancelling import cancelled

AT_ONCE = 2
"""Commands or batches on their way; what comes then goes together with what comes after it."""
MOST = 64
"""Commands in a batch: one that fails in the middle of a large one fails for all."""

Command = tuple[str | bytes | int, ...]


class Batches:
    """The commands of one process to one server (not a cluster: a batch has one target).

    Args:
        client: Sends; not closed here.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._on_their_way = 0
        self._waiting: list[tuple[Command, asyncio.Future[Any]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - as Redis answers
        """Send a command and return what Redis answers.

        Raises:
            RedisError: As redis-py raises it for a single command.
        """
        if self._on_their_way < AT_ONCE and not self._waiting:
            self._on_their_way += 1
            try:
                alone = cast("Callable[..., Awaitable[Any]]", self._client.execute_command)
                return await alone(*command)
            finally:
                self._on_their_way -= 1
                self._send_waiting()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, answer))
        return await answer

    async def aclose(self) -> None:
        """Send nothing more; whoever waits gets a ConnectionError."""
        waiting, self._waiting = self._waiting, []
        _fail(waiting, RedisConnectionError("closed"))
        await cancelled(*self._tasks)

    def _send_waiting(self) -> None:
        while self._waiting and self._on_their_way < AT_ONCE:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            # Who asks no more, as after a time limit, may not have been sent for yet.
            batch = [(command, answer) for command, answer in batch if not answer.done()]
            if not batch:
                continue
            self._on_their_way += 1
            task = asyncio.create_task(self._send_batch(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_batch(self, batch: list[tuple[Command, asyncio.Future[Any]]]) -> None:
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                for command, _ in batch:
                    pipe.execute_command(*command)
                answers = await pipe.execute(raise_on_error=False)
        except RedisError as error:
            _fail(batch, error)
        except BaseException:
            _fail(batch, RedisConnectionError("closed"))
            raise
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    _settle(future, answer)
        finally:
            self._on_their_way -= 1
            self._send_waiting()


def _settle(future: asyncio.Future[Any], answer: object) -> None:
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _fail(batch: list[tuple[Command, asyncio.Future[Any]]], error: RedisError) -> None:
    for _, future in batch:
        if not future.done():
            # Each its own: a traceback grows with everybody who raises it.
            future.set_exception(type(error)(*error.args))
