"""One Redis client for the whole process, with time limits and the project's errors.

Where Redis runs is decided by whoever builds the client: `connect` for a URL, `app.state.embedded`
for the private server. A client for Sentinel or a cluster would be one more such function; keys
and scripts are made for it (one hash tag a conversation).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.errors import SettingsError, StateUnavailableError
from app.state.keys import CHANNEL
from app.state.script_names import script_name
from app.state.signals import Signals
from app.tracing import current, ended

SCHEMES = ("redis", "rediss", "unix")

Argument = str | bytes | int

Watch = Callable[[float, str], None]
"""Takes seconds and outcome of a call: `ok`, or the error's class."""

_SOCKET_TIMEOUT_S = 1.0
_POOL_WAIT_S = 1.0
_HEALTH_CHECK_S = 30
"""A connection that rested longer is tried with PING before it is used."""
_MAX_CONNECTIONS = 64
_TIMEOUTS_TO_REST = 2
_REST_S = 1.0
"""After two timeouts in a row nobody asks for so long: a Redis that hangs must not cost every
message its time limit several times over."""


class Store:
    """The store of a process: one client, its scripts and its wake-up signals.

    Belongs to one event loop; whoever opened it closes it.

    Args:
        client: Answers bytes, not str. Owned by the store from now on.
        on_close: Called after the client was closed.
    """

    def __init__(
        self, client: Redis, *, on_close: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.client = client
        self.signals = Signals(client, CHANNEL)
        self.watch: Watch | None = None
        """Told of every script that ran."""
        self._on_close = on_close
        self._scripts: dict[str, AsyncScript] = {}
        self._timeouts = 0
        self._rest_until = 0.0

    async def run(self, script: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:  # noqa: ANN401 - as the script says
        """Run one of `app.state.scripts`: one round trip, two after Redis forgot the script.

        Raises:
            StateUnavailableError: Redis does not answer or refuses, or did not answer twice just
                now.
        """
        clock = asyncio.get_running_loop().time
        if clock() < self._rest_until:
            msg = "Redis 刚才没有应答，过一会儿再问它"
            raise StateUnavailableError(msg)
        known = self._scripts.get(script)
        if known is None:
            known = self._scripts[script] = self.client.register_script(script)
        began, outcome = clock(), "ok"
        with store_errors():
            try:
                answer = await known(keys=list(keys), args=list(args))
            except RedisTimeoutError as exc:
                outcome = type(exc).__name__
                self._timeouts += 1
                if self._timeouts >= _TIMEOUTS_TO_REST:
                    self._rest_until = clock() + _REST_S
                raise
            except RedisError as exc:
                outcome = type(exc).__name__
                raise
            finally:
                took_s = clock() - began
                if self.watch is not None:
                    self.watch(took_s, outcome)
                if current() is not None:
                    ended(f"redis {script_name(script)}", took_s, outcome=outcome)
        self._timeouts = 0
        return answer

    async def ping(self) -> float:
        """Return the round trip in milliseconds.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        with store_errors():
            await self.client.ping()
        return (clock() - began) * 1000

    async def close(self) -> None:
        """Close all connections, then what `on_close` closes. Idempotent."""
        await self.signals.close()
        with store_errors():
            await self.client.aclose()
        if self._on_close is not None:
            on_close, self._on_close = self._on_close, None
            await on_close()


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise StateUnavailableError for errors of Redis; its text holds no stored content."""
    try:
        yield
    except RedisError as exc:
        msg = f"Redis 没有应答或拒绝了请求（{type(exc).__name__}）"
        raise StateUnavailableError(msg) from exc


def connect(url: str) -> Store:
    """Return a store on a Redis server of its own; nothing is sent yet.

    Raises:
        SettingsError: The URL is not one of redis://, rediss:// and unix://.
    """
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        msg = f"YIBAO_REDIS_URL 须以 redis://、rediss:// 或 unix:// 开头，现在是 {scheme}://。"
        raise SettingsError(msg)
    try:
        pool = BlockingConnectionPool.from_url(url, **_pool_options())
    except ValueError as exc:
        msg = "YIBAO_REDIS_URL 无法读取，应形如 redis://:密码@主机:6379/0。"
        raise SettingsError(msg) from exc
    return Store(Redis.from_pool(pool))


def embedded_client(connection_class: type[AbstractConnection], **options: Any) -> Redis:  # noqa: ANN401
    """Return a client with connections of this class, built with `options`."""
    pool = BlockingConnectionPool(connection_class=connection_class, **_pool_options(), **options)
    return Redis.from_pool(pool)


def _pool_options() -> dict[str, Any]:
    return {
        "max_connections": _MAX_CONNECTIONS,
        "timeout": _POOL_WAIT_S,
        "socket_timeout": _SOCKET_TIMEOUT_S,
        "socket_connect_timeout": _SOCKET_TIMEOUT_S,
        "health_check_interval": _HEALTH_CHECK_S,
        # Again after 20, 40 and 80 ms where a connection breaks: a server that is being killed
        # still accepts for a moment. Scripts bear being sent twice. Not after a timeout: the
        # parent waits.
        "retry": Retry(
            ExponentialBackoff(base=0.01, cap=0.08), 3, supported_errors=(RedisConnectionError,)
        ),
        # RESP3 and CLIENT SETINFO would add round trips to each connection and bring nothing here.
        "protocol": 2,
        "driver_info": None,
    }
