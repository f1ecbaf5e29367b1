"""A Redis that is slow, hangs or dies under load: answers stay right, single and in time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.faults.conftest import NOW
from tests.faults.redis_proxy import RedisProxy
from tests.protocol.live_bot import RedisServer, WeChat, bot, new_var_dir

pytestmark = pytest.mark.anyio
FEE = "学生每人435元/年。"
WINDOW = "每月5日至20日"


async def test_a_slow_redis_costs_its_round_trips_and_no_memory(
    redis: RedisServer, tmp_path: Path
) -> None:
    proxy = RedisProxy(redis.socket, tmp_path / "slow")
    async with (
        proxy.running(),
        bot(new_var_dir(tmp_path), now=NOW, redis_url=proxy.url) as wechat,
    ):
        await wechat.say("多少钱", user="oWarm")
        proxy.delay_s = 0.3
        began = time.monotonic()
        assert FEE in await wechat.say("多少钱")
        assert time.monotonic() - began < 2.5
        assert WINDOW in await wechat.say("2"), "the session was saved all the same"


async def test_a_redis_that_hangs_costs_seconds_once_and_then_nothing(
    redis: RedisServer, tmp_path: Path
) -> None:
    proxy = RedisProxy(redis.socket, tmp_path / "slow")
    async with (
        proxy.running(),
        bot(new_var_dir(tmp_path), now=NOW, redis_url=proxy.url) as wechat,
    ):
        await wechat.say("多少钱", user="oWarm")
        proxy.hangs = True
        began = time.monotonic()
        assert FEE in await wechat.say("多少钱", user="oFirst")
        assert time.monotonic() - began < 3.5
        began = time.monotonic()
        assert FEE in await wechat.say("多少钱", user="oSecond")
        assert time.monotonic() - began < 0.5, "nobody asks it again at once"
        proxy.hangs = False
        await asyncio.sleep(1.5)
        assert FEE in await wechat.say("多少钱")
        assert WINDOW in await wechat.say("2"), "it is used again"


async def test_killed_and_restarted_under_load(redis: RedisServer, tmp_path: Path) -> None:
    async with bot(new_var_dir(tmp_path), now=NOW, redis_url=redis.url) as wechat:
        seconds: list[float] = []

        async def parent(number: int) -> None:
            for turn in range(12):
                began = time.monotonic()
                text = ("多少钱", "缴费日期")[turn % 2]
                reply = await wechat.say(text, user=f"oLoad{number}")
                assert (FEE, WINDOW)[turn % 2] in reply
                seconds.append(time.monotonic() - began)
                await asyncio.sleep(0.1)

        load = asyncio.gather(*(parent(number) for number in range(8)))
        await asyncio.sleep(0.4)
        redis.kill()
        await asyncio.sleep(0.4)
        await asyncio.to_thread(redis.start)
        await load
        assert max(seconds) < 4.5
        await restored(wechat)


async def restored(wechat: WeChat) -> None:
    await wechat.say("多少钱", user="oAfter")
    assert WINDOW in await wechat.say("2", user="oAfter")


async def test_retries_while_redis_is_away_are_one_turn_in_a_replica(
    redis: RedisServer, tmp_path: Path
) -> None:
    async with bot(new_var_dir(tmp_path), now=NOW, redis_url=redis.url) as wechat:
        await wechat.say("多少钱", user="oWarm")
        redis.kill()
        texts = await asyncio.gather(*(wechat.say("多少钱", msg_id="5") for _ in range(3)))
        texts.append(await wechat.say("多少钱", msg_id="5"))
        assert len(set(texts)) == 1
        assert await wechat.metric("yibao_stateless_turns_total", account="beijing") == 1
