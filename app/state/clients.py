"""Clients of redis-py for one server, Sentinel and a cluster, all with the same time limits."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis, Sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, SentinelConnectionPool
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from app.cancelling import cancelled
from app.errors import SettingsError
from app.state.addresses import Address, Kind
from app.state.cluster_client import BoundedCluster

_SOCKET_TIMEOUT_S = 1.0
_SENTINEL_TIMEOUT_S = 1.0
"""For most of the sentinels to answer; those that are slower are not waited for."""
_POOL_WAIT_S = 1.0
_HEALTH_CHECK_S = 30
"""A connection that rested longer is tried with PING before it is used."""
_MAX_CONNECTIONS = 64
_CLUSTER_CONNECTIONS = 256
"""To one node; more at once are refused, where other pools wait."""

_BAD_OPTIONS = "YIBAO_REDIS_URL 里有 Redis 客户端不认识的选项或端口，请对照 docs/redis.md。"


def client_for(address: Address) -> Redis:
    """Return a client that answers bytes; nothing is sent yet.

    A cluster's client is no subclass of Redis but takes the same commands.

    Raises:
        SettingsError: redis-py does not take the options of the URL.
    """
    try:
        if address.kind is Kind.SENTINEL:
            return _sentinel_client(address)
        if address.kind is Kind.CLUSTER:
            return cast("Redis", _cluster_client(address))
        return Redis.from_pool(BlockingConnectionPool.from_url(address.url, **pool_options()))
    except (TypeError, ValueError, RedisError):
        raise SettingsError(_BAD_OPTIONS) from None  # its text may quote the password


def node_client(
    address: Address, node: tuple[str, int] | None = None, *, is_sentinel: bool = False
) -> Redis:
    """Return a client of one node, asked once; of the address itself without `node`.

    Raises:
        SettingsError: redis-py does not take the options of the URL.
    """
    common = {**_connection_options(), "retry": Retry(ExponentialBackoff(), 0)}
    try:
        if node is None:
            return Redis.from_url(address.url, **common)
        given = address.sentinel_options if is_sentinel else address.options
        return Redis(host=node[0], port=node[1], **{**common, **given})
    except (TypeError, ValueError, RedisError):
        raise SettingsError(_BAD_OPTIONS) from None  # its text may quote the password


def embedded_client(connection_class: type[AbstractConnection], **options: Any) -> Redis:  # noqa: ANN401
    """Return a client with connections of this class, built with `options`."""
    pool = BlockingConnectionPool(connection_class=connection_class, **pool_options(), **options)
    return Redis.from_pool(pool)


def pool_options() -> dict[str, Any]:
    """Return what connections and the pool of a client share."""
    return {
        **_connection_options(),
        "max_connections": _MAX_CONNECTIONS,
        "timeout": _POOL_WAIT_S,
        "retry": _retry(),
    }


class QuorumSentinel(Sentinel):
    """Asks all sentinels at once: one that hangs costs nothing, one that lags decides nothing."""

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Return the master of the latest failover that most sentinels' answers know.

        Raises:
            MasterNotFoundError: Nobody who answered knows a master that is up.
        """
        asked = {asyncio.create_task(_masters(sentinel)) for sentinel in self.sentinels}
        waiting, answers = set(asked), list[dict[str, dict[str, Any]]]()
        until = asyncio.get_running_loop().time() + _SENTINEL_TIMEOUT_S
        try:
            while waiting and len(answers) <= len(asked) // 2:
                left = until - asyncio.get_running_loop().time()
                done, waiting = await asyncio.wait(
                    waiting, timeout=max(left, 0), return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    break
                answers += [known for t in done if (known := t.result()) is not None]
        finally:
            await cancelled(*waiting)
        states = [a[service_name] for a in answers if service_name in a]
        states = [s for s in states if self.check_master_state(s, service_name)]
        if not states:
            msg = f"{len(answers)} of {len(asked)} sentinels answered, none knows a master"
            raise MasterNotFoundError(msg)
        newest = max(states, key=lambda state: int(state["config-epoch"]))
        return str(newest["ip"]), int(newest["port"])


async def _masters(sentinel: Redis) -> dict[str, dict[str, Any]] | None:
    """Return what a sentinel knows of its masters by name; None where it does not answer."""
    try:
        return cast("dict[str, dict[str, Any]]", await sentinel.sentinel_masters())
    except RedisError:
        return None


class _SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Finds the master through sentinels, and waits for a free connection."""


class _SentinelRedis(Redis):
    """Closes its sentinels' connections with its own."""

    sentinels: Sentinel | None = None

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        if self.sentinels is not None:
            await self.sentinels.aclose()


def _sentinel_client(address: Address) -> Redis:
    sentinel = QuorumSentinel(  # type: ignore[no-untyped-call]
        address.nodes,
        sentinel_kwargs={
            **_connection_options(),
            "retry": Retry(ExponentialBackoff(base=0.01, cap=0.08), 0),
            **address.sentinel_options,
        },
    )
    client: _SentinelRedis = sentinel.master_for(
        address.service,
        redis_class=_SentinelRedis,
        connection_pool_class=_SentinelPool,
        **{**pool_options(), **address.options},
    )
    client.sentinels = sentinel
    return client


def _cluster_client(address: Address) -> Any:  # noqa: ANN401 - see client_for
    return BoundedCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in address.nodes],
        # Those whose part of the cluster works are answered while another part fails over.
        require_full_coverage=False,
        max_connections=_CLUSTER_CONNECTIONS,
        retry=_retry(),
        **{**_connection_options(), **address.options},
    )


def _connection_options() -> dict[str, Any]:
    return {
        "socket_timeout": _SOCKET_TIMEOUT_S,
        "socket_connect_timeout": _SOCKET_TIMEOUT_S,
        "health_check_interval": _HEALTH_CHECK_S,
        # RESP3 and CLIENT SETINFO would add round trips to each connection and bring nothing here.
        "protocol": 2,
        "driver_info": None,
    }


def _retry() -> Retry:
    # Again after 20, 40 and 80 ms where a connection breaks: a server that is being killed
    # still accepts for a moment. Scripts bear being sent twice. Not after a timeout: the
    # parent waits.
    return Retry(
        ExponentialBackoff(base=0.01, cap=0.08), 3, supported_errors=(RedisConnectionError,)
    )
