"""Too many messages, and “删除我的数据”, as WeChat and Redis see them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from app.domain.erasure import Erased
from app.errors import StateUnavailableError
from app.state.keys import FINISHED_TTL_S, Keyspace
from app.state.store import Store
from app.webhook.rates import AccountRates
from tests.protocol.live_bot import RedisServer, WeChat, bot, new_var_dir, unix_now
from tests.protocol.staffed_content import staffed_content

pytestmark = pytest.mark.anyio
NOW = "2025-12-10T10:00"
USER = "oErase1cD2eF3gH4iJ5kL6mN7oP8"
OTHER = "oOther1cD2eF3gH4iJ5kL6mN7oP8"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def stage(tmp_path: Path, **settings: object) -> AsyncIterator[tuple[WeChat, Store]]:
    redis = RedisServer(tmp_path)
    redis.start()
    try:
        async with bot(new_var_dir(tmp_path), now=NOW, redis_url=redis.url, **settings) as wechat:
            store = wechat.client._transport.app.state.runtime.store  # type: ignore[attr-defined]
            yield wechat, store
    finally:
        redis.kill()


async def dump(store: Store) -> dict[str, str]:
    """Return every key with all that it holds."""
    found: dict[str, str] = {}
    client = store.client
    async for key in client.scan_iter("*"):
        match cast("bytes", await client.type(key)).decode():
            case "string":
                value: object = await client.get(key)
            case "hash":
                value = await client.hgetall(key)
            case "list":
                value = await client.lrange(key, 0, -1)
            case "zset":
                value = await client.zrange(key, 0, -1)
            case "stream":
                value = await client.xrange(key)
            case kind:
                raise AssertionError(kind)
        found[key.decode()] = repr(value)
    return found


async def test_beyond_the_rate_a_parent_is_told_once_and_then_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path, rate_per_parent_min=3) as (wechat, _):
        for _ in range(3):
            assert "435元" in await wechat.say("一年多少钱", user=USER)
        assert "等一分钟" in await wechat.say("一年多少钱", user=USER)
        for _ in range(2):
            assert (await wechat.push("一年多少钱", user=USER)).content == b"success"
        assert "435元" in await wechat.say("一年多少钱", user=OTHER)
        limited = await wechat.metric("yibao_rate_limited_total", account="beijing", scope="user")
        assert limited == 3


async def test_retries_are_no_further_messages(tmp_path: Path) -> None:
    async with stage(tmp_path, rate_per_parent_min=2) as (wechat, store):
        msg_id = f"{unix_now()}77"
        for _ in range(5):
            assert "435元" in await wechat.say("一年多少钱", user=USER, msg_id=msg_id)
        keys = Keyspace("yibao").conversation("beijing", USER)
        assert await store.client.get(keys.rate) == b"1"
        assert 0 < await store.client.pttl(keys.rate) <= 60_000
        assert "435元" in await wechat.say("一年多少钱", user=USER)
        limited = f"{unix_now()}88"
        texts = [await wechat.say("一年多少钱", user=USER, msg_id=limited) for _ in range(3)]
        assert len(set(texts)) == 1
        assert "等一分钟" in texts[0]


async def test_without_redis_nobody_is_limited(tmp_path: Path) -> None:
    away = f"unix://{tmp_path}/nobody"
    async with bot(new_var_dir(tmp_path), now=NOW, redis_url=away, rate_per_parent_min=1) as wechat:
        for _ in range(3):
            assert "435元" in await wechat.say("一年多少钱", user=USER)


async def test_a_flood_at_an_account_is_shed_with_a_text(tmp_path: Path) -> None:
    async with stage(tmp_path, rate_per_account_s=1) as (wechat, store):
        texts = [await wechat.say("一年多少钱", user=f"{USER}{n}") for n in range(8)]
        shed = [text for text in texts if "来问的人很多" in text]
        assert shed
        assert "435元" in texts[0]
        assert await wechat.metric(
            "yibao_rate_limited_total", account="beijing", scope="account"
        ) == len(shed)
        assert len([k for k in await dump(store) if k.endswith(":session")]) == 8 - len(shed)


def test_the_account_rate_counts_by_second_and_account() -> None:
    rates = AccountRates(2)
    assert [rates.take("a", 0.1 * n) for n in range(4)] == [True, True, False, False]
    assert rates.take("b", 0.3)
    assert rates.take("a", 1.0)
    assert all(AccountRates(0).take("a", 0.0) for _ in range(999))


async def test_erasing_leaves_nothing_that_belongs_to_the_parent(tmp_path: Path) -> None:
    content = staffed_content(tmp_path / "content")
    async with stage(tmp_path, content_dir=content) as (wechat, store):
        for user in (USER, OTHER):
            await wechat.say("一年多少钱", user=user)
            await wechat.push("转人工", user=user)
            await wechat.push("孩子身份证丢了怎么办", user=user)
        await store.client.zadd("yb:beijing:reminders", {USER: 1e10, OTHER: 1e10})
        keys = Keyspace("yibao").conversation("beijing", USER)
        await store.client.set(keys.quarantine, "x", ex=9)
        await store.client.hset(
            keys.unread, "t", '{"at":1,"ripe":9e15,"by":"","reply":"没送到的话"}'
        )
        before = await dump(store)
        assert any(keys.digest in name for name in before)
        assert keys.digest in before["yb:beijing:handoffs"]

        asked = await wechat.say("删除我的数据", user=USER)
        assert "确认删除" in asked
        assert keys.session in await dump(store)
        done = await wechat.say("确认删除", user=USER)
        for kind in ("聊天的进度", "约好的提醒", "和人工往来的消息", "没送到的回复", "技术记录"):
            assert kind in done.splitlines()[0]

        after = await dump(store)
        mine = {n: v for n, v in after.items() if keys.digest in n or keys.digest in v or USER in v}
        entries = [name for name in mine if ":delivery:" in name]
        assert set(mine) == {keys.deliveries, *entries}
        assert len(entries) == 1
        assert "转人工" not in mine[entries[0]]
        for name in mine:
            assert 0 < await store.client.ttl(name) <= FINISHED_TTL_S
        other = Keyspace("yibao").conversation("beijing", OTHER)
        assert other.session in after
        assert other.handoff in after
        assert OTHER in after["yb:beijing:reminders"]


async def test_only_a_confirmed_wish_erases(tmp_path: Path) -> None:
    async with stage(tmp_path) as (wechat, store):
        keys = Keyspace("yibao").conversation("beijing", USER)
        assert "要删除" in await wechat.say("确认删除", user=USER)
        assert "435元" in await wechat.say("一年多少钱", user=USER)
        assert "要删除" in await wechat.say("确认删除", user=USER)
        assert keys.session in await dump(store)
        assert "已经删除" in await wechat.say("1", user=USER)
        assert keys.session not in await dump(store)


async def test_a_retry_of_the_confirmation_gets_the_same_text(tmp_path: Path) -> None:
    async with stage(tmp_path) as (wechat, _):
        await wechat.say("忘记我", user=USER)
        msg_id = f"{unix_now()}99"
        first = await wechat.say("确认删除", user=USER, msg_id=msg_id)
        assert first.startswith("已经删除")
        assert await wechat.say("确认删除", user=USER, msg_id=msg_id) == first


async def test_nobody_is_told_that_it_is_done_when_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> frozenset[Erased]:
        raise StateUnavailableError("weg")

    async with stage(tmp_path) as (wechat, store):
        await wechat.say("删除我的数据", user=USER)
        monkeypatch.setattr("app.reminder_push.Farewell.forget", away)
        assert "已经删除" not in await wechat.say("确认删除", user=USER)
        assert Keyspace("yibao").conversation("beijing", USER).session in await dump(store)
        monkeypatch.undo()
        assert "已经删除" in await wechat.say("确认删除", user=USER)
