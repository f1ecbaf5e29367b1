"""Two real replicas and one real Redis: one turn per message whoever gets it, whoever dies."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import httpx
import pytest
from redis.asyncio import Redis

from app.settings import Settings
from app.state.keys import Keyspace
from tests.faults.conftest import Deployment
from tests.protocol.callback_peer import read_answer
from tests.protocol.live_bot import WeChat

pytestmark = pytest.mark.anyio
FEE = "学生每人435元/年。"
WINDOW = "每月5日至20日"


async def answered(*wechats: WeChat) -> float:
    """Return how many turns were taken over all replicas."""
    counts = [
        await wechat.metric("yibao_turns_total", account="beijing", decision="answer")
        for wechat in wechats
    ]
    return sum(counts)


async def test_the_same_delivery_at_both_at_once_is_one_turn(
    deployment: Deployment,
) -> None:
    async with deployment.one.wechat() as one, deployment.two.wechat() as two:
        before = await answered(one, two)
        texts = await asyncio.gather(
            *(w.say("多少钱", msg_id="77", user="oSame") for w in (one, two) for _ in range(5))
        )
        assert len(set(texts)) == 1
        assert FEE in texts[0]
        assert await answered(one, two) == before + 1


async def test_a_retry_that_overtakes_the_first_request_changes_nothing(
    deployment: Deployment,
) -> None:
    async with deployment.one.wechat() as one, deployment.two.wechat() as two:
        before = await answered(one, two)
        retry = await two.say("多少钱", msg_id="1", user="oEarly")
        assert WINDOW in await one.say("缴费日期", msg_id="2", user="oEarly")
        assert await one.say("多少钱", msg_id="1", user="oEarly") == retry
        assert await answered(one, two) == before + 2
        assert WINDOW in await two.say("再说一遍", user="oEarly"), "the retry is no new turn"


async def test_messages_in_a_hurry_are_each_answered_in_order(
    deployment: Deployment,
) -> None:
    async with deployment.one.wechat() as one, deployment.two.wechat() as two:
        asking = []
        for number in range(10):
            wechat, text = ((one, "多少钱"), (two, "缴费日期"))[number % 2]
            asking.append(asyncio.create_task(wechat.say(text, msg_id=f"h{number}", user="oHur")))
            await asyncio.sleep(0.02)
        texts = await asyncio.gather(*asking)
        assert all(FEE in text for text in texts[::2])
        assert all(WINDOW in text for text in texts[1::2])
        assert WINDOW in await one.say("再说一遍", user="oHur"), "the last one came last"


async def test_a_replica_that_dies_in_mid_turn_is_taken_over_from(
    doomed_deployment: Deployment,
) -> None:
    deployment, redis = doomed_deployment, doomed_deployment.redis
    salt = Settings().salt.get_secret_value()
    keys = Keyspace(salt).conversation("beijing", "oMid")
    client = Redis.from_url(redis.url)
    async with deployment.one.wechat() as one, deployment.two.wechat() as two:
        # Somebody holds the conversation, so that the turn is claimed but does not end.
        await client.set(keys.lock, "earlier message", px=2000)
        dying = asyncio.create_task(one.push("多少钱", msg_id="9", user="oMid"))
        entry = keys.delivery(delivery_key("oMid", "9"))
        while not await client.exists(entry):  # noqa: ASYNC110 - it is in Redis
            await asyncio.sleep(0.01)
        os.kill(deployment.one.pid, signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            await dying
        began = time.monotonic()
        assert FEE in await two.say("多少钱", msg_id="9", user="oMid")
        assert time.monotonic() - began < 4.5, "the retry itself brings the answer"
        assert await answered(two) == 1
        assert FEE in await two.say("再说一遍", user="oMid"), "with its session"
    await client.aclose()


async def test_hundreds_of_duplicates_over_both(deployment: Deployment) -> None:
    async with deployment.one.wechat() as one, deployment.two.wechat() as two:
        before = await answered(one, two)
        limit = asyncio.Semaphore(50)

        async def push(number: int) -> str:
            async with limit:
                wechat = (one, two)[number % 2]
                response = await wechat.push("多少钱", msg_id="1000", user="oMany")
                return read_answer(response.content).fields["Content"]

        texts = await asyncio.gather(*(push(number) for number in range(300)))
        assert len(set(texts)) == 1
        assert await answered(one, two) == before + 1


def delivery_key(user: str, msg_id: str) -> str:
    return f"beijing:{user}:msg:{msg_id}"
