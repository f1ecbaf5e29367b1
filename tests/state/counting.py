"""A store that counts what it sends."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from app.state.store import Store


class CountingRedis(Redis):
    """Counts commands; a command outside a pipeline is a round trip."""

    sent = 0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        self.sent += 1
        return await super().execute_command(*args, **options)


def counting_store(store: Store) -> tuple[Store, CountingRedis]:
    """Return a store on the same connections whose commands are counted; close the other one."""
    client: CountingRedis = CountingRedis(connection_pool=store.client.connection_pool)
    return Store(client), client
