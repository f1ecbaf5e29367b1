"""A live callback leaves its question, masked, in the journal, and never who asked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.domain.journal import JournalEntry, Reason
from app.settings import SHANGHAI
from app.state.embedded import open_store
from app.state.journal import Journal
from app.state.keys import journal_key, statistics_key
from app.state.statistics import Statistics
from app.state.store import Store
from tests.protocol.live_bot import RedisServer, bot, new_var_dir
from tests.unit.dialogue.parent import NOW as MOMENT

pytestmark = pytest.mark.anyio
NOW = "2025-12-10T10:00"
USER = "oZAb1cD2eF3gH4iJ5kL6mN7oP8qR"
CANARIES = (
    "450201201501011234",
    "13800138000",
    "6222020200112233446",
    "a.parent@example.com",
    "123456",
)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


async def everything(store: Store) -> str:
    """Return all that account-wide keys hold."""
    raw = await store.client.xrange(journal_key("beijing"))
    counts = await store.client.hgetall(statistics_key("beijing", MOMENT.date()))
    return str(raw) + str(counts)


async def written(store: Store, count: int) -> tuple[JournalEntry, ...]:
    async with asyncio.timeout(10):
        while len(found := await Journal(store).recent("beijing", 99)) < count:  # noqa: ASYNC110 - another process or task writes it
            await asyncio.sleep(0.05)
    return found


async def test_a_turn_lands_masked_in_the_journal(tmp_path: Path) -> None:
    var_dir = new_var_dir(tmp_path)
    async with bot(var_dir, now=NOW) as wechat:
        store = await open_store(None, var_dir)
        await wechat.say(f"一年多少钱，我的号码{'，'.join(CANARIES)}", user=USER)
        (entry,) = await written(store, 1)
        assert entry.question.startswith("一年多少钱")
        assert entry.at == MOMENT.astimezone(SHANGHAI)
        await wechat.say("一年多少钱", user=USER)
        await wechat.say("缴费标准", user=USER)
        await wechat.say("没解决", user=USER)
        entries = await written(store, 4)
        assert entries[0].reason is Reason.UNSOLVED
        assert entries[0].question == "缴费标准"
        (day,) = await Statistics(store).days("beijing", MOMENT.date(), MOMENT.date())
        assert day.of("messages") == 4
        assert (day.of("unsolved"), day.of("hour:10")) == (1, 4)
        held = await everything(store)
        for canary in (*CANARIES, USER, "oPENid"):
            assert canary not in held
        await store.close()


async def test_what_waits_is_written_when_the_process_ends(tmp_path: Path) -> None:
    var_dir = new_var_dir(tmp_path)
    redis = RedisServer(tmp_path)
    redis.start()
    try:
        async with bot(var_dir, now=NOW, redis_url=redis.url) as wechat:
            await wechat.say("一年多少钱")
        store = await open_store(redis.url, var_dir)
        assert [e.question for e in await Journal(store).recent("beijing", 9)] == ["一年多少钱"]
        await store.close()
    finally:
        redis.kill()


async def test_without_redis_the_parent_is_answered_and_the_loss_counted(tmp_path: Path) -> None:
    var_dir = new_var_dir(tmp_path)
    async with bot(var_dir, now=NOW, redis_url=f"unix://{tmp_path}/nobody") as wechat:
        assert "435元" in await wechat.say("一年多少钱")
        async with asyncio.timeout(10):
            while await wechat.metric("yibao_diary_dropped_total") < 1:  # noqa: ASYNC110 - another process or task writes it
                await asyncio.sleep(0.05)
