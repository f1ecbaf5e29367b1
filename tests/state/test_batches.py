"""Commands of one moment go to Redis together, and each caller gets its own answer or error."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.state import scripts
from app.state.batches import AT_ONCE, Batches
from tests.state.counting import counting_store

pytestmark = pytest.mark.anyio
MANY = 40


@pytest.fixture
def state_url(redis_url):
    """One server: a cluster's commands are not sent in batches."""
    return redis_url


@pytest.fixture
def key(keyspace):
    return keyspace.conversation("liuzhou", "oBatch").session


async def test_each_gets_its_own_answer(store, key):
    batches = Batches(store.client)
    answers = await asyncio.gather(*(batches.send("ECHO", f"{n}") for n in range(MANY)))
    assert answers == [f"{n}".encode() for n in range(MANY)]


async def test_many_take_few_batches(store, key):
    counted, client = counting_store(store)
    batches = Batches(counted.client)
    await batches.send("PING")
    before = client.sent
    await asyncio.gather(*(batches.send("INCR", key) for _ in range(MANY)))
    assert AT_ONCE < client.sent - before <= 4
    await batches.aclose()
    assert int(await store.client.get(key)) == MANY
    await store.client.delete(key)


async def test_one_mistake_is_told_to_its_caller_only(store, key):
    batches = Batches(store.client)
    await store.client.set(key, "text")
    commands = [("GET", key), ("INCR", key), ("LPUSH", key, "1"), ("GET", key)] * 5
    answers = await asyncio.gather(*(batches.send(*c) for c in commands), return_exceptions=True)
    for command, answer in zip(commands, answers, strict=True):
        if command[0] == "GET":
            assert answer == b"text"
        else:
            assert isinstance(answer, ResponseError)
    await store.client.delete(key)


async def test_who_gives_up_does_not_disturb_the_others(store):
    batches = Batches(store.client)
    calls = [asyncio.create_task(batches.send("ECHO", f"{n}")) for n in range(MANY)]
    await asyncio.sleep(0)
    for call in calls[AT_ONCE::3]:
        call.cancel()
    kept = [(n, c) for n, c in enumerate(calls) if (n - AT_ONCE) % 3 or n < AT_ONCE]
    assert [await c for _, c in kept] == [f"{n}".encode() for n, _ in kept]


async def test_without_redis_everybody_hears_of_it(store, monkeypatch):
    async def refuse(*_args, **_options):
        await asyncio.sleep(0.01)
        raise RedisConnectionError("gone")

    batches = Batches(store.client)
    monkeypatch.setattr(store.client.connection_pool, "get_connection", refuse)
    answers = await asyncio.gather(
        *(batches.send("PING") for _ in range(MANY)), return_exceptions=True
    )
    assert len(answers) == MANY
    assert all(isinstance(answer, RedisError) for answer in answers)


async def test_closing_lets_nobody_wait(store, monkeypatch):
    async def never(*_args, **_options):
        await asyncio.sleep(3600)

    batches = Batches(store.client)
    monkeypatch.setattr(store.client.connection_pool, "get_connection", never)
    calls = [asyncio.create_task(batches.send("PING")) for _ in range(AT_ONCE + 3)]
    await asyncio.sleep(0.01)
    await batches.aclose()
    for call in calls[AT_ONCE:]:
        with pytest.raises(RedisConnectionError):
            await call
    for call in calls[:AT_ONCE]:
        call.cancel()


async def test_a_script_that_redis_forgot_is_sent_whole(store, keyspace):
    keys = keyspace.conversation("liuzhou", "oScript")
    names = [keys.delivery("1")]
    for _ in range(2):
        await store.client.script_flush()
        answers = await asyncio.gather(*(store.run(scripts.LOOK, names, []) for _ in range(9)))
        assert answers == [[b"free", b"", 0]] * 9


async def test_a_connection_that_redis_closed_is_opened_anew(store):
    batches = Batches(store.client)
    assert await batches.send("PING") == b"PONG"
    await store.client.client_kill_filter(_type="normal", skipme=True)
    answers = await asyncio.gather(*(batches.send("ECHO", f"{n}") for n in range(MANY)))
    assert answers == [f"{n}".encode() for n in range(MANY)]
    await batches.aclose()


async def test_an_answer_that_does_not_come_is_no_answer_to_the_next(store, monkeypatch):
    batches = Batches(store.client)
    assert await batches.send("PING") == b"PONG"
    (connection,) = batches._idle
    monkeypatch.setattr(connection, "socket_timeout", 0.05)
    with pytest.raises(RedisTimeoutError):
        await batches.send("BLPOP", "yb:nothing-there", "1")
    assert connection.socket_timeout == 0.05
    assert await batches.send("ECHO", "mine") == b"mine"
    await batches.aclose()
