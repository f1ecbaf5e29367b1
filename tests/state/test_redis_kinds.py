"""What differs between one server, Sentinel and a cluster."""

from __future__ import annotations

import asyncio
import traceback
from datetime import date

import pytest

from app.errors import SettingsError, StateUnavailableError
from app.state.addresses import Kind, read_address
from app.state.keys import CHANNEL
from app.state.statistics import Statistics
from app.state.store import connect
from tests.redis_servers import Cluster, SentinelSet, wait_until

pytestmark = pytest.mark.anyio


def test_urls_of_sentinels():
    read = read_address("redis+sentinel://u:p%40@a:1,b/mymaster/3?sentinel_password=q")
    assert (read.kind, read.service) == (Kind.SENTINEL, "mymaster")
    assert read.nodes == (("a", 1), ("b", 26379))
    assert read.options == {"username": "u", "password": "p@", "db": 3}
    assert read.sentinel_options == {"password": "q"}


def test_urls_of_clusters():
    read = read_address("rediss+cluster://:p@a:7000,[::1]:7001?ssl_ca_certs=/ca.pem")
    assert (read.kind, read.is_tls) == (Kind.CLUSTER, True)
    assert read.nodes == (("a", 7000), ("::1", 7001))
    assert read.options == {"password": "p", "ssl_ca_certs": "/ca.pem", "ssl": True}


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://:geheim@a:26379",
        "redis+sentinel://:geheim@a:x/mymaster",
        "redis+sentinel://:geheim@a/mymaster/zero",
        "redis+cluster://:geheim@a:7000/1",
        "redis+cluster://:geheim@a:7000,",
        "redis+cluster://:geheim@a:7000?nonsense=1",
        "redis+ring://:geheim@a",
        "redis://:geheim/x@a:6379/0",
        "redis://:12/geheim@a/0",
        "redis+cluster://:geheim#x@a",
        "redis+sentinel://:1?geheim@a/m",
    ],
)
async def test_a_url_that_is_refused_is_not_quoted(url):
    with pytest.raises(SettingsError, match="YIBAO_REDIS_URL") as caught:
        connect(url)
    assert "geheim" not in "".join(traceback.format_exception(caught.value)[-1:])
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("scheme", ["redis", "rediss", "redis+sentinel", "redis+cluster"])
def test_no_address_shows_its_password(scheme):
    address = read_address(f"{scheme}://u:geheim@a:7000/0?ssl_ca_certs=geheim")
    assert "geheim" not in address.shown + repr(address)
    assert address.shown == f"{scheme}://a:7000/0"


@pytest.mark.parametrize("url", ["redis+sentinel://127.0.0.1:1/m", "redis+cluster://127.0.0.1:1"])
async def test_nobody_there_is_a_state_error(url):
    store = connect(url)
    for attempt in (store.ping, lambda: store.run("return 1", ["k"], [])):
        with pytest.raises(StateUnavailableError):
            await asyncio.wait_for(attempt(), 4)
    await store.close()


async def test_days_of_many_slots_are_read_at_once(store):
    statistics = Statistics(store)
    await statistics.count("beijing", date(2025, 1, 1), {"turn": 2})
    found = await statistics.days("beijing", date(2025, 1, 1), date(2025, 3, 1))
    assert len(found) == 60


async def test_a_forgotten_script_is_sent_again(store):
    assert await store.run("return ARGV[1]", ["k"], ["1"]) == b"1"
    await store.client.script_flush()
    assert await store.run("return ARGV[1]", ["k"], ["2"]) == b"2"


async def test_signals_reach_every_process(open_another):
    stores = [await open_another() for _ in range(3)]
    for listener in stores:
        with listener.signals.expect("topic") as woken:
            async with asyncio.timeout(5):
                while not woken.is_set():
                    await stores[0].run(
                        "return redis.call('PUBLISH', ARGV[1], 'topic')", ["any"], [CHANNEL]
                    )
                    await asyncio.sleep(0.02)


@pytest.mark.parametrize("kind", [SentinelSet, Cluster])
async def test_a_store_finds_the_new_master_by_itself(kind, tmp_path, servers_stack):
    servers = kind(servers_stack, tmp_path)
    store = connect(servers.url)
    store.signals.start()
    names = [f"yb:k{number}" for number in range(30)]
    try:
        for name in names:
            await store.client.set(name, b"1")
        await asyncio.sleep(0.3)
        servers.kill_master()
        async with asyncio.timeout(30):
            for name in names:
                while True:
                    try:
                        raw = await store.run("return redis.call('INCR', KEYS[1])", [name], [])
                        break
                    except StateUnavailableError:
                        await asyncio.sleep(0.1)
                assert raw == 2, "nothing was lost and nothing counted twice"
    finally:
        await store.close()


async def test_a_master_that_became_a_replica_is_left(tmp_path, servers_stack):
    servers = SentinelSet(servers_stack, tmp_path)
    store = connect(servers.url)
    count = "return redis.call('INCR', KEYS[1])"
    try:
        assert await store.run(count, ["yb:n"], []) == 1
        servers.sentinels[0].ask("SENTINEL", "FAILOVER", "mymaster")
        async with asyncio.timeout(20):
            await asyncio.to_thread(
                wait_until,
                lambda: "role:slave" in servers.master.ask("INFO", "replication"),
                "step down",
            )
            while True:
                try:
                    assert await store.run(count, ["yb:n"], []) == 2
                    break
                except StateUnavailableError:
                    await asyncio.sleep(0.1)
    finally:
        await store.close()
