"""Redis goes and comes back: single questions are answered throughout, sessions return with it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.state.embedded import EmbeddedRedis
from tests.protocol.live_bot import RedisServer, WeChat, bot, new_var_dir

pytestmark = pytest.mark.anyio
NOW = "2025-12-10T10:00"
FEE = "学生每人435元/年。"
WINDOW = "每月5日至20日"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


async def test_single_questions_are_answered_and_it_recovers(
    redis: RedisServer, tmp_path: Path
) -> None:
    async with bot(new_var_dir(tmp_path), now=NOW, redis_url=redis.url) as wechat:
        assert FEE in await wechat.say("多少钱")
        assert (await wechat.client.get("/readyz")).status_code == 200

        redis.kill()
        assert WINDOW in await wechat.say("缴费日期")
        assert FEE in await wechat.say_sealed("缴费标准", compatible=False)
        await told_not_ready(wechat)
        assert (await wechat.client.get("/healthz")).status_code == 200
        assert await wechat.metric("yibao_stateless_turns_total", account="beijing") == 2

        redis.start()
        response = await wechat.client.get("/readyz")
        assert (response.status_code, response.json()["reasons"]) == (200, [])
        assert await wechat.metric("yibao_store_up") == 1
        assert FEE in await wechat.say("再说一遍"), "the session from before is still there"
        assert WINDOW in await wechat.say("2")
        assert await wechat.metric("yibao_stateless_turns_total", account="beijing") == 2


async def told_not_ready(wechat: WeChat) -> None:
    response = await wechat.client.get("/readyz")
    assert response.status_code == 503
    body = response.json()
    assert body["status"] == "unavailable"
    assert "Redis" in body["reasons"][0]
    assert await wechat.metric("yibao_store_up") == 0


async def test_it_starts_without_redis(tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/nobody"
    async with bot(new_var_dir(tmp_path), now=NOW, redis_url=url) as wechat:
        assert FEE in await wechat.say("多少钱")
        await told_not_ready(wechat)


async def test_a_killed_embedded_redis_is_brought_back(tmp_path: Path) -> None:
    var_dir = new_var_dir(tmp_path)
    async with bot(var_dir, now=NOW) as wechat:
        await wechat.say("多少钱")
        await asyncio.sleep(1.1)  # appendfsync everysec
        home = EmbeddedRedis(var_dir).home
        os.kill(int((home.directory / "redis.pid").read_text()), signal.SIGKILL)
        assert WINDOW in await wechat.say("2")
        assert (await wechat.client.get("/readyz")).status_code == 200
