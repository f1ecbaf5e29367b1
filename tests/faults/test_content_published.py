"""Replicas that follow what is published in Redis, and do without Redis."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.content_site import (
    both,
    live_within_s,
    ready,
    replace_text,
    site,
    until_answered,
    until_ready,
    yibao,
)
from tests.protocol.live_bot import BotProcess

pytestmark = pytest.mark.anyio


async def test_published_content_outlives_redis_and_restarts(tmp_path: Path) -> None:
    with site(tmp_path, "published") as running:
        edited = tmp_path / "edited"
        shutil.copytree(running.content, edited)
        replace_text(edited, "学生每人", "每位学生")
        publishing = {"YIBAO_CONTENT_DIR": str(edited), "YIBAO_VAR_DIR": str(tmp_path / "var-1")}
        async with both(running) as (one, two):
            await until_ready(one, "number", 1)
            await until_ready(two, "number", 1)

            yibao(running.one, "publish", "--by", "小王", "--reason", "改", environment=publishing)
            limit_s = live_within_s()
            await until_answered(one, "多少钱", "每位学生435", limit_s)
            await until_answered(two, "多少钱", "每位学生435", limit_s)
            shown = yibao(running.one, "revisions").splitlines()
            assert shown[0].startswith("→ 2")
            assert "小王" in shown[0]
            assert "安装包" in shown[1]

            running.redis.kill()
            assert "Redis" in yibao(running.one, "publish", expected=69, environment=publishing)
            assert "每位学生435" in await one.say("多少钱", user="oAway")

            # A replica that starts now has its own files and what it unpacked: the latter counts.
            restarted = BotProcess(
                tmp_path / "var-2", tmp_path / "restarted.log", **running.two.environment
            )
            with restarted.running():
                async with restarted.wechat() as again:
                    assert "每位学生435" in await again.say("多少钱", user="oAgain")
                    assert (await ready(again))["number"] == 2
                running.redis.start()
                replace_text(edited, "每位学生", "学生一人")
                yibao(running.one, "publish", environment=publishing)
                async with restarted.wechat() as again:
                    for wechat in (one, two, again):
                        await until_answered(wechat, "多少钱", "学生一人435", 60)
                        await until_ready(wechat, "number", 3)


async def test_a_revision_that_cannot_be_served_leaves_the_last_good_one(tmp_path: Path) -> None:
    """Published by a program that knows more, or by hand: not checked by anyone."""
    from redis.asyncio import Redis

    with site(tmp_path, "published") as running:
        async with both(running) as (one, _):
            await until_ready(one, "number", 1)
            client = Redis.from_url(running.redis.url)
            head = await client.lindex("yb:{content}:history", 0)
            assert isinstance(head, bytes)
            revision = (await ready(one))["revision"]
            bad = head.decode().replace(revision, "0" * 64).replace('"number":1', '"number":2')
            await client.set(f"yb:{{content}}:archive:{'0' * 64}", b"no archive")
            await client.lpush("yb:{content}:history", bad)
            await client.publish("yb:content", b"published")
            await until_ready(one, "problem", "第 2 号修订没有用上")
            said = await ready(one)
            assert (said["status"], said["revision"], said["number"]) == ("ok", revision, 1)
            assert "损坏" in said["problem"]
            assert "435元/年" in await one.say("多少钱")
            assert await one.metric("yibao_content_reload_total", result="failed") == 1
            await client.lpop("yb:{content}:history")
            await until_ready(one, "problem", "")
            await client.aclose()
