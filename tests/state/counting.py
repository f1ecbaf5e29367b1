"""A store that counts what it sends."""

from __future__ import annotations

from typing import Any, cast

from redis.asyncio import Redis

from app.state.addresses import Kind
from app.state.cluster_client import BoundedCluster
from app.state.store import Store


class CountingRedis(Redis):
    """Counts round trips: each is one writing to a connection."""

    sent = 0

    def __init__(self, pool: Any) -> None:
        super().__init__(connection_pool=pool)
        self.connection_pool = cast("Any", _CountingPool(pool, self))


class _CountingPool:
    """Hands out connections that count what is written to them."""

    def __init__(self, pool: Any, client: CountingRedis) -> None:
        self._pool, self._client = pool, client

    async def get_connection(self, *args: Any, **options: Any) -> Any:
        connection = await self._pool.get_connection(*args, **options)
        write = type(connection).send_packed_command

        async def counted(*args: Any, **options: Any) -> None:
            self._client.sent += 1
            await write(connection, *args, **options)

        connection.send_packed_command = counted
        return connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


class CountingCluster(BoundedCluster):
    """Counts the same on a cluster."""

    sent = 0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        self.sent += 1
        return await super().execute_command(*args, **options)


def counting_store(store: Store) -> tuple[Store, CountingRedis | CountingCluster]:
    """Return a store on the same Redis whose commands are counted; close the other one."""
    given, client = cast("Any", store.client), cast("Any", None)
    if store.kind is Kind.CLUSTER:
        client = CountingCluster(startup_nodes=given.startup_nodes, protocol=2)
    else:
        client = CountingRedis(given.connection_pool)
    return Store(client, kind=store.kind), client


async def close_counting(client: CountingRedis | CountingCluster) -> None:
    """Close connections that only this client has."""
    if isinstance(client, CountingCluster):
        await client.aclose()
