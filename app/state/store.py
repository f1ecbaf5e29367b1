"""One Redis client for the whole process, with time limits and the project's errors.

Where Redis runs is decided by whoever builds the client: `connect` for a URL, `app.state.embedded`
for the private server. One server, Sentinel and a cluster take the same commands: no script,
transaction or deletion touches keys of two hash slots (one hash tag a conversation).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha1
from time import monotonic
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.errors import StateUnavailableError
from app.state.addresses import Kind, read_address
from app.state.batches import Batches
from app.state.clients import client_for
from app.state.keys import CHANNEL
from app.state.script_names import script_name
from app.state.signals import Signals
from app.tracing import current, ended

Argument = str | bytes | int

Watch = Callable[[float, str], None]
"""Takes seconds and outcome of a call: `ok`, or the error's class."""

_TIMEOUTS_TO_REST = 2
_REST_S = 1.0
"""After two timeouts in a row nobody asks for so long: a Redis that hangs must not cost every
message its time limit several times over."""


class Store:
    """The store of a process: one client, its scripts and its wake-up signals.

    Belongs to one event loop; whoever opened it closes it.

    Args:
        client: Answers bytes, not str. Owned by the store from now on.
        kind: What the client talks to.
        on_close: Called after the client was closed.
    """

    def __init__(
        self,
        client: Redis,
        *,
        kind: Kind = Kind.SINGLE,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.client = client
        self.kind = kind
        self.signals = Signals(client, CHANNEL)
        self.watch: Watch | None = None
        """Told of every script that ran."""
        self._on_close = on_close
        self._batches = Batches(client)
        # A batch has one target: a cluster's commands go each to the node that has their slot.
        one = cast("Callable[..., Awaitable[Any]]", client.execute_command)
        self._send = one if kind is Kind.CLUSTER else self._batches.send
        self._digests: dict[str, str] = {}
        self._timeouts = 0
        self._rest_until = 0.0

    async def run(self, script: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:  # noqa: ANN401 - as the script says
        """Run one of `app.state.scripts`: one round trip, two after Redis forgot the script.

        Raises:
            StateUnavailableError: Redis does not answer or refuses, or did not answer twice just
                now.
        """
        if monotonic() < self._rest_until:
            msg = "Redis 刚才没有应答，过一会儿再问它"
            raise StateUnavailableError(msg)
        began, outcome = monotonic(), "ok"
        try:
            answer = await self._evaluate(script, keys, args)
        except RedisError as exc:
            outcome = type(exc).__name__
            if isinstance(exc, RedisTimeoutError):
                self._timeouts += 1
                if self._timeouts >= _TIMEOUTS_TO_REST:
                    self._rest_until = monotonic() + _REST_S
            raise _unavailable(exc) from exc
        finally:
            took_s = monotonic() - began
            if self.watch is not None:
                self.watch(took_s, outcome)
            if current() is not None:
                ended(f"redis {script_name(script)}", took_s, outcome=outcome)
        self._timeouts = 0
        return answer

    async def _evaluate(self, script: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:  # noqa: ANN401 - as the script says
        digest = self._digests.get(script)
        if digest is None:
            # Source: EVALSHA names scripts by SHA-1; nothing is protected by it.
            digest = sha1(script.encode(), usedforsecurity=False).hexdigest()
            self._digests[script] = digest
        send = self._send
        try:
            try:
                return await send("EVALSHA", digest, len(keys), *keys, *args)
            except NoScriptError:  # to the node that asked for it: others learn when they ask
                return await send("EVAL", script, len(keys), *keys, *args)
        except ResponseError as exc:
            # Redis 6 wraps it as an error of the script. Source: evalGenericCommand of 6.2.
            if not isinstance(exc, ReadOnlyError) and "READONLY" not in str(exc):
                raise
            # This was the master once: the next connection asks for the new one.
            if self.kind is not Kind.CLUSTER:
                await self.client.connection_pool.disconnect()
            return await send("EVAL", script, len(keys), *keys, *args)

    async def ping(self) -> float:
        """Return the round trip in milliseconds.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        began = monotonic()
        with store_errors():
            await self.client.ping()
        return (monotonic() - began) * 1000

    async def close(self) -> None:
        """Close all connections, then what `on_close` closes. Idempotent."""
        await self.signals.close()
        await self._batches.aclose()
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
        raise _unavailable(exc) from exc


def _unavailable(exc: RedisError) -> StateUnavailableError:
    return StateUnavailableError(f"Redis 没有应答或拒绝了请求（{type(exc).__name__}）")


def connect(url: str) -> Store:
    """Return a store on the server, the sentinels' master or the cluster of a URL.

    Nothing is sent yet.

    Raises:
        SettingsError: The URL has no form that `app.state.addresses` understands.
    """
    address = read_address(url)
    return Store(client_for(address), kind=address.kind)
