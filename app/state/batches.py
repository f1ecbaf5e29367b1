"""Sends what many turns ask of Redis at the same time as few batches.

A command alone costs the client a task, two system calls and a connection of the pool, which a
batch shares. While Redis keeps up nobody waits for a batch: a command is sent by itself as long as
few are on their way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.cancelling import cancelled
from app.time_limit import within

AT_ONCE = 2
"""Commands or batches on their way; what comes then goes together with what comes after it."""
_LONGEST_S = 5.0
"""For an answer where a connection has no limit of its own."""
MOST = 64
"""Commands in a batch: one that fails in the middle of a large one fails for all."""

_packed = cast("Callable[[Command], bytes]", hiredis.pack_command)

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
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: list[AbstractConnection] = []
        """At most `AT_ONCE`, kept out of the pool: it would look into each before each use."""

    async def send(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - as Redis answers
        """Send a command and return what Redis answers.

        Raises:
            RedisError: As redis-py raises it for a single command.
        """
        if self._on_their_way < AT_ONCE and not self._waiting:
            self._on_their_way += 1
            try:
                (answer,) = await self._asked([command])
            finally:
                self._on_their_way -= 1
                self._send_waiting()
            if isinstance(answer, ResponseError):
                raise answer
            return answer
        # The loop is asked for once: that costs a system call before Python 3.12.
        loop = self._loop = self._loop or asyncio.get_running_loop()
        later: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((command, later))
        return await later

    async def aclose(self) -> None:
        """Send nothing more; whoever waits gets a ConnectionError."""
        waiting, self._waiting = self._waiting, []
        _fail(waiting, RedisConnectionError("closed"))
        await cancelled(*self._tasks)
        while self._idle:
            await self._client.connection_pool.release(self._idle.pop())

    def _send_waiting(self) -> None:
        while self._waiting and self._on_their_way < AT_ONCE:
            self._on_their_way += 1
            task = asyncio.create_task(self._send_on())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_on(self) -> None:
        """Send batches until nobody waits."""
        try:
            while batch := self._next_batch():
                await self._send_batch(batch)
        finally:
            self._on_their_way -= 1
            self._send_waiting()

    def _next_batch(self) -> list[tuple[Command, asyncio.Future[Any]]]:
        """Return who waits now; without those who ask no more, as after a time limit."""
        batch: list[tuple[Command, asyncio.Future[Any]]] = []
        while self._waiting and not batch:
            first, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            batch = [(command, answer) for command, answer in first if not answer.done()]
        return batch

    async def _send_batch(self, batch: list[tuple[Command, asyncio.Future[Any]]]) -> None:
        try:
            answers = await self._asked([command for command, _ in batch])
        except RedisError as error:
            _fail(batch, error)
        except BaseException:
            _fail(batch, RedisConnectionError("closed"))
            raise
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    _settle(future, answer)

    async def _asked(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands over one connection; return answers, and errors of single ones as such.

        redis-py's own pipeline does the same with a task and a timer for every step and packs in
        Python.
        """
        packed = b"".join([_packed(command) for command in commands])
        pool = self._client.connection_pool
        connection = self._idle.pop() if self._idle else await pool.get_connection()
        try:
            # One that Redis closed meanwhile breaks, and is connected anew for the next try.
            answers: list[Any] = await connection.retry.call_with_retry(
                partial(_exchange, connection, packed, len(commands)),
                lambda _error: connection.disconnect(),
            )
        except BaseException:
            await pool.release(connection)
            raise
        self._idle.append(connection)
        return answers


async def _exchange(connection: AbstractConnection, packed: bytes, count: int) -> list[Any]:
    """Write and read within the connection's time limit, once for all instead of for each step."""
    if not connection.is_connected:
        # Sending would connect to where it was; this asks the sentinels who is the master now.
        await connection.connect()
    limit_s, connection.socket_timeout = connection.socket_timeout, None
    try:
        with within(limit_s or _LONGEST_S):
            await connection.send_packed_command(packed)
            return [await _answer(connection) for _ in range(count)]
    except TimeoutError:
        await connection.disconnect(nowait=True)
        raise RedisTimeoutError("no answer in time") from None
    finally:
        connection.socket_timeout = limit_s


async def _answer(connection: AbstractConnection) -> Any:  # noqa: ANN401 - as Redis answers
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error


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
