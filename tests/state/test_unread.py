"""Late replies: kept in the step that records them, handed to exactly one taker."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from app.domain.turn import Session
from app.state.deliveries import DeliveryLedger
from app.state.keys import UNREAD_CAP
from app.state.unread import ANY, UnreadReplies

pytestmark = pytest.mark.anyio

WHO = ("beijing", "oParent")


@pytest.fixture
def unread(store, keyspace) -> UnreadReplies:
    return UnreadReplies(store, keyspace)


async def late(ledger: DeliveryLedger, key: str, reply: str = "") -> None:
    """Record a reply that nobody waits for any more."""
    await ledger.claim(*WHO, key, awaited_s=0)
    await asyncio.sleep(0.003)
    finished = await ledger.finish(*WHO, key, reply or f"回复 {key}")
    assert finished.kept


async def ripen(store, keyspace) -> None:
    """Let the time pass in which WeChat may ask again."""
    name = keyspace.conversation(*WHO).unread
    script = """
    local items = redis.call('HGETALL', KEYS[1])
    for i = 1, #items, 2 do
      local item = cjson.decode(items[i + 1]); item.ripe = 0
      redis.call('HSET', KEYS[1], items[i], cjson.encode(item))
    end"""
    await store.client.eval(script, 1, name)


async def test_in_time_is_not_kept(ledger, unread):
    await ledger.claim(*WHO, "k", awaited_s=1)
    assert not (await ledger.finish(*WHO, "k", "好")).kept
    assert await unread.take(*WHO, by="tap", which=ANY) is None


async def test_a_newer_request_is_waited_for(ledger, unread):
    await ledger.claim(*WHO, "k", awaited_s=0)
    await ledger.claim(*WHO, "k", awaited_s=1)
    assert not (await ledger.finish(*WHO, "k", "好")).kept


async def test_nothing_to_show_is_not_kept(ledger):
    await ledger.claim(*WHO, "k", awaited_s=0)
    await asyncio.sleep(0.003)
    assert not (await ledger.finish(*WHO, "k", "")).kept


async def test_saving_the_session_keeps_a_late_reply_too(conversations, ledger, unread):
    await ledger.claim(*WHO, "k", awaited_s=0)
    await asyncio.sleep(0.003)
    async with conversations.open(*WHO) as turn:
        await turn.save(Session(turns=1), delivery=("k", "好"))
    assert (await ledger.finish(*WHO, "k", "另一条")).reply == "好"
    assert await unread.take(*WHO, by="tap", which=unread.ticket("k")) == "好"


async def test_the_retry_that_fetches_it_takes_it_away(ledger, unread):
    await late(ledger, "k")
    claim = await ledger.claim(*WHO, "k")
    assert (claim.reply, claim.unread) == ("回复 k", 0)
    assert await unread.take(*WHO, by="tap", which=ANY) is None


async def test_the_retry_gets_nothing_once_somebody_else_has_it(ledger, unread):
    await late(ledger, "k")
    assert await unread.take(*WHO, by="tap", which=ANY) == "回复 k"
    assert (await ledger.claim(*WHO, "k")).reply == ""
    assert not await ledger.served(*WHO, "k")


async def test_one_of_many_takers_gets_it_and_gets_it_again(ledger, unread):
    await late(ledger, "k")
    takers = [f"taker {n}" for n in range(20)]
    first = await asyncio.gather(*(unread.take(*WHO, by=by, which=ANY) for by in takers))
    again = await asyncio.gather(*(unread.take(*WHO, by=by, which=ANY) for by in takers))
    assert Counter(first) == {"回复 k": 1, None: 19}
    assert first == again


async def test_the_next_message_leaves_it_to_the_retry_for_a_while(ledger, unread, store, keyspace):
    await late(ledger, "k")
    assert await unread.take(*WHO, by="next") is None
    await ripen(store, keyspace)
    assert await unread.take(*WHO, by="next") == "回复 k"


async def test_a_ticket_brings_its_own_reply_and_any_the_oldest(ledger, unread):
    for key in ("a", "b", "c"):
        await late(ledger, key)
    assert await unread.take(*WHO, by="tap 1", which=unread.ticket("b")) == "回复 b"
    assert await unread.take(*WHO, by="tap 2", which=unread.ticket("b")) is None
    assert await unread.take(*WHO, by="typed", which=ANY) == "回复 a"


async def test_what_could_not_be_shown_is_given_back(ledger, unread):
    await late(ledger, "k")
    await unread.take(*WHO, by="push", which=ANY)
    await unread.give_back(*WHO, by="push")
    assert await unread.take(*WHO, by="tap", which=ANY) == "回复 k"


async def test_the_oldest_gives_way_beyond_the_cap(ledger, unread, store, keyspace):
    for number in range(UNREAD_CAP + 2):
        await late(ledger, str(number))
    assert await store.client.hlen(keyspace.conversation(*WHO).unread) == UNREAD_CAP
    assert await unread.take(*WHO, by="tap", which=ANY) == "回复 2"


async def test_any_text_comes_back_as_it_was(ledger, unread):
    text = '“引号” \\ / \n\t😀 ]]> {"a": 1} \u2028' + "长" * 500
    await late(ledger, "k", text)
    assert await unread.take(*WHO, by="tap", which=ANY) == text


async def test_forgetting_a_parent_forgets_late_replies(ledger, unread, conversations):
    await late(ledger, "k")
    await conversations.forget(*WHO)
    assert await unread.take(*WHO, by="tap", which=ANY) is None
