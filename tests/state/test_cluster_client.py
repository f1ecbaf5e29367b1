"""What redis-py's cluster client leaves to its callers."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from redis.asyncio import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError

from app.state.addresses import read_address
from app.state.clients import client_for
from app.state.store import connect
from tests.redis_servers import Cluster

pytestmark = pytest.mark.anyio
NO_WRITER = None
COUNT = "return redis.call('INCR', KEYS[1])"
COUNT_ALL = """
local count
for _, key in ipairs(KEYS) do count = redis.call('INCR', key) end
return count
"""
SLOW_COUNT = """
local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
local until_ms = now() + 300
while now() < until_ms do end
return redis.call('INCR', KEYS[1])
"""
SPLIT_S = 0.3
"""Between two keys of a slot: longer than redis-py asks again for keys that are apart."""
ON_FIRST = ("yb:1", "yb:5", "yb:9", "yb:10", "yb:11", "yb:14", "yb:15", "yb:18", "yb:19", "yb:21")
ON_THIRD = "yb:2"
ON_SECOND = ("yb:0", "yb:3", "yb:4", "yb:7", "yb:8", "yb:12", "yb:16", "yb:20", "yb:23", "yb:24")
"""Names by the master of three that has them."""


class Closing:
    """Fails as where another command closed the connection, so often."""

    def __init__(self, often: int, owner: object = NO_WRITER) -> None:
        self.left = often
        self.owner = owner

    async def execute_command(self, *_args: object, **_options: object) -> bytes:
        if self.left:
            self.left -= 1
            getattr(self.owner, "writelines")  # noqa: B009 - the error is what is wanted
        return b"answer"


@pytest.fixture
async def cluster(monkeypatch):
    async def known(_self: RedisCluster, **_options: object) -> None: ...

    monkeypatch.setattr(RedisCluster, "initialize", known)
    client = client_for(read_address("redis+cluster://127.0.0.1:1"))
    yield client
    await client.aclose()


@pytest.mark.parametrize("often", [1, 2])
async def test_a_command_that_was_not_sent_is_sent_again(cluster, monkeypatch, often):
    monkeypatch.setattr(RedisCluster, "execute_command", Closing(often).execute_command)
    assert await cluster.execute_command("GET", "key") == b"answer"


async def test_in_the_end_it_is_an_error_of_the_connection(cluster, monkeypatch):
    monkeypatch.setattr(RedisCluster, "execute_command", Closing(99).execute_command)
    with pytest.raises(RedisConnectionError):
        await cluster.execute_command("GET", "key")


async def test_mistakes_of_ours_are_not_hidden(cluster, monkeypatch):
    monkeypatch.setattr(RedisCluster, "execute_command", Closing(1, object()).execute_command)
    with pytest.raises(AttributeError):
        await cluster.execute_command("GET", "key")


async def test_the_first_commands_of_a_process_all_know_where_to_go(tmp_path, servers_stack):
    servers = Cluster(servers_stack, tmp_path, replicas=0)
    store = connect(servers.url)
    try:
        counts = await asyncio.gather(*(store.run(COUNT, ["yb:n"], []) for _ in range(50)))
        assert sorted(counts) == list(range(1, 51)), "each ran once"
        assert not any("errorstat_MOVED" in s.ask("INFO", "errorstats") for s in servers.masters)
    finally:
        await store.close()


async def test_slots_that_moved_cost_others_no_connection(tmp_path, servers_stack):
    store = connect(Cluster(servers_stack, tmp_path, replicas=0).url)
    try:
        for name in (ON_FIRST[0], *ON_SECOND):
            assert await store.run(COUNT, [name], []) == 1
        slow = asyncio.create_task(store.run(SLOW_COUNT, [ON_FIRST[0]], []))
        await asyncio.sleep(0.1)
        client = cast("RedisCluster", store.client)
        slots = client.nodes_manager.slots_cache
        for name in ON_SECOND:
            slots[client.keyslot(name)] = slots[client.keyslot(ON_THIRD)]
        assert not slow.done()
        counts = await asyncio.gather(*(store.run(COUNT, [name], []) for name in ON_SECOND))
        assert counts == [2] * len(ON_SECOND)
        assert await slow == 2, "it ran once"
    finally:
        await store.close()


@pytest.mark.parametrize("to_whom", ["to a neighbour", "to a new node"])
async def test_a_slot_on_its_way_is_asked_where_its_keys_are(tmp_path, servers_stack, to_whom):
    servers = Cluster(servers_stack, tmp_path, replicas=0)
    store = connect(servers.url)
    name, source, target = ON_FIRST[0], servers.masters[0], servers.masters[1]
    try:
        warm = (name, *ON_SECOND) * 2  # some connections to each node
        await asyncio.gather(*(store.run(COUNT, [name], []) for name in warm))
        if to_whom == "to a new node":
            target = await asyncio.to_thread(servers.add_master)
        slot = cast("RedisCluster", store.client).keyslot(name)
        await asyncio.to_thread(servers.begin_move, slot, source, target)
        for wanted in range(3, 13):
            assert await store.run(COUNT, [name], []) == wanted
        counts = await asyncio.gather(*(store.run(COUNT, [name], []) for _ in range(20)))
        assert sorted(counts) == list(range(13, 33))
    finally:
        await store.close()


async def test_nobody_notices_that_slots_are_moved(tmp_path, servers_stack):
    servers = Cluster(servers_stack, tmp_path, replicas=0)
    store = connect(servers.url)
    moving = True

    async def counts(name: str) -> None:
        keys = [f"{{{name}}}:{part}" for part in "abc"]
        wanted = 0
        while moving or not wanted:
            wanted += 1
            assert await store.run(COUNT_ALL, keys, []) == wanted

    try:
        target = await asyncio.to_thread(servers.add_master)
        slots = [cast("RedisCluster", store.client).keyslot(name) for name in ON_FIRST[:3]]
        async with asyncio.TaskGroup() as users:
            for name in (*ON_FIRST, *ON_SECOND):
                users.create_task(counts(name))
            try:
                for slot in slots:
                    await asyncio.to_thread(servers.move, slot, servers.master, target, SPLIT_S)
            finally:
                moving = False
        assert target.ask("DBSIZE") == "9"
    finally:
        await store.close()
