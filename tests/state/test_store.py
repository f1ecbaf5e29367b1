from __future__ import annotations

import asyncio
import logging

import pytest
from redis.exceptions import RedisError

from app.errors import SettingsError, StateUnavailableError
from app.state.deliveries import DeliveryLedger
from app.state.embedded import open_store
from app.state.sessions import Conversations
from app.state.store import connect

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("url", ["http://h", "localhost:6379", "redis://h:port/0", ""])
async def test_a_url_that_is_none_is_refused_in_words(url):
    with pytest.raises(SettingsError, match="YIBAO_REDIS_URL"):
        connect(url)


@pytest.mark.parametrize("url", ["redis://:geheim@h/1", "rediss://h:6380", "unix:///run/r.sock"])
async def test_urls_are_not_tried_before_they_are_used(url, tmp_path):
    store = await open_store(url, tmp_path)
    await store.close()
    assert not list(tmp_path.iterdir())


async def test_a_refused_password_is_not_shown():
    with pytest.raises(SettingsError) as caught:
        connect("redis://:geheim@h:port/0")
    assert "geheim" not in str(caught.value)


async def test_ping_measures_the_round_trip(store):
    assert 0 < await store.ping() < 1000


async def test_a_store_is_closed_as_often_as_one_likes(open_another):
    store = await open_another()
    await store.close()
    await store.close()


async def test_a_store_can_be_closed_at_any_moment(open_another):
    for steps in range(40):
        store = await open_another()
        for _ in range(steps):
            await asyncio.sleep(0)
        await asyncio.wait_for(store.close(), 2)


async def test_a_server_that_is_away_is_a_state_error(tmp_path, keyspace):
    store = await open_store(f"unix://{tmp_path}/nobody.sock", tmp_path)
    conversations, ledger = Conversations(store, keyspace), DeliveryLedger(store, keyspace)

    async def turn():
        async with conversations.open("a", "u"):
            pytest.fail("there is no store")

    attempts = [
        store.ping,
        turn,
        lambda: conversations.forget("a", "u"),
        lambda: ledger.claim("a", "u", "k"),
        lambda: ledger.finish("a", "u", "k", "r"),
        lambda: ledger.wait("a", "u", "k", 1),
    ]
    for attempt in attempts:
        with pytest.raises(StateUnavailableError) as caught:
            await asyncio.wait_for(attempt(), 1)
        assert isinstance(caught.value.__cause__, RedisError)
    await store.close()


async def test_a_server_that_does_not_answer_costs_a_second(tmp_path):
    stuck = asyncio.Event()
    links = []

    async def swallow(reader, writer):
        links.append(writer)
        await stuck.wait()
        writer.close()

    path = tmp_path / "stuck.sock"
    async with await asyncio.start_unix_server(swallow, path):
        store = connect(f"unix://{path}")
        clock = asyncio.get_running_loop().time
        began = clock()
        with pytest.raises(StateUnavailableError):
            await store.ping()
        assert 0.5 < clock() - began < 1.9
        stuck.set()
        await store.close()
        for link in links:
            await link.wait_closed()


async def test_signals_survive_a_lost_connection(store, open_another):
    other = await open_another()
    with store.signals.expect("topic") as event:
        for _ in range(2):
            await asyncio.wait_for(publish_until_set(other, event), 3)
            event.clear()
            # Cuts all links of subscribers; the listener comes back by itself.
            await other.client.client_kill_filter(_type="pubsub", skipme=True)


async def publish_until_set(store, event):
    while not event.is_set():
        await store.client.publish("yb:wake", "topic")
        await asyncio.sleep(0.02)


async def test_nothing_that_is_stored_is_logged(store, conversations, keyspace, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    keys = keyspace.conversation("a", "oSecretParent")
    await store.client.set(keys.session, "孩子生病了".encode())
    async with conversations.open("a", "oSecretParent"):
        pass
    said = caplog.text + "".join(capsys.readouterr())
    assert "session_quarantined" in said
    assert "oSecretParent" not in said
    assert "孩子" not in said
