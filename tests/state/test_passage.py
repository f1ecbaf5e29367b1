"""A claim that locks its conversation, and a session that is saved with its reply."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.domain.turn import Session
from app.errors import StateUnavailableError
from app.state import scripts
from app.state.deliveries import DeliveryLedger
from app.state.passage import MOST, Passage
from app.state.recorded import Finished
from app.state.sessions import Conversations
from tests.state.counting import close_counting, counting_store

pytestmark = pytest.mark.anyio
WHO = ("liuzhou", "oPassage")
KEY = "7421_1"


@pytest.fixture
def process(store, keyspace):
    """What one process works with: conversations and ledger that share their passage."""
    passage = Passage()
    return (
        Conversations(store, keyspace, passage=passage, wait_s=2),
        DeliveryLedger(store, keyspace, passage=passage, per_minute=2),
    )


async def test_a_whole_message_takes_two_round_trips(store, keyspace):
    counted, client = counting_store(store)
    passage = Passage()
    conversations = Conversations(counted, keyspace, passage=passage)
    ledger = DeliveryLedger(counted, keyspace, passage=passage)

    async def message(key, reply):
        assert (await ledger.claim(*WHO, key, opens=True)).state == "first"
        async with conversations.open(*WHO, key) as turn:
            await turn.save(
                replace(turn.session, turns=turn.session.turns + 1), delivery=(key, reply)
            )
        assert not ledger.holds(*WHO, key)
        return ledger.recorded(*WHO, key, reply)

    await message("scripts are loaded now", "一")
    before = client.sent
    assert await message(KEY, "好") == Finished("好")
    assert client.sent - before == 2
    again = await ledger.claim(*WHO, KEY, opens=True)
    assert (again.state, again.reply) == ("finished", "好")
    async with conversations.open(*WHO) as turn:
        assert turn.session.turns == 2, "a retry of an answered message locks nothing"
    await close_counting(client)


async def test_who_claims_holds_the_conversation(process, store, keyspace):
    conversations, ledger = process
    await ledger.claim(*WHO, KEY, opens=True)
    other = Conversations(store, keyspace, wait_s=0.2)
    with pytest.raises(Exception, match="还没处理完"):
        async with other.open(*WHO):
            pass
    async with conversations.open(*WHO, KEY) as turn:
        await turn.save(Session(turns=5))
    async with other.open(*WHO) as turn:
        assert turn.session.turns == 5


async def test_messages_of_one_parent_wait_in_the_order_of_their_claims(process):
    conversations, ledger = process
    order = []

    async def message(key):
        await ledger.claim(*WHO, key, opens=True)
        async with conversations.open(*WHO, key) as turn:
            order.append(key)
            await asyncio.sleep(0.05)
            await turn.save(replace(turn.session, turns=turn.session.turns + 1))

    first = asyncio.create_task(message("first"))
    await asyncio.sleep(0.02)
    await asyncio.gather(first, message("second"))
    assert order == ["first", "second"]
    async with conversations.open(*WHO) as turn:
        assert turn.session.turns == 2


async def test_what_nobody_opens_is_given_up(process):
    conversations, ledger = process
    await ledger.claim(*WHO, KEY, opens=True)
    assert ledger.holds(*WHO, KEY)
    await ledger.give_up(*WHO, KEY)
    await ledger.give_up(*WHO, KEY)
    assert not ledger.holds(*WHO, KEY)
    async with asyncio.timeout(2), conversations.open(*WHO):
        pass


async def test_beyond_the_rate_nothing_is_locked(process):
    conversations, ledger = process
    claims = [await ledger.claim(*WHO, f"{n}", opens=True) for n in range(3)]
    assert [claim.excess for claim in claims] == [0, 0, 1]
    for number in range(2):
        await ledger.give_up(*WHO, f"{number}")
    async with asyncio.timeout(2), conversations.open(*WHO, "2"):
        pass


async def test_a_lock_whose_answer_was_lost_is_had_by_asking_again(store, keyspace, monkeypatch):
    passage = Passage()
    conversations = Conversations(store, keyspace, passage=passage)
    ledger = DeliveryLedger(store, keyspace, passage=passage)
    run = store.run

    async def deaf(script, keys, args):
        answer = await run(script, keys, args)
        if script is scripts.CLAIM:
            raise StateUnavailableError("the answer did not arrive")
        return answer

    monkeypatch.setattr(store, "run", deaf)
    with pytest.raises(StateUnavailableError):
        await ledger.claim(*WHO, KEY, opens=True)
    async with asyncio.timeout(2), conversations.open(*WHO, KEY) as turn:
        await turn.save(Session(turns=1))


async def test_the_reply_that_was_recorded_first_stays(process, store, keyspace):
    conversations, ledger = process
    await ledger.claim(*WHO, KEY, opens=True)
    elsewhere = DeliveryLedger(store, keyspace)
    async with conversations.open(*WHO, KEY) as turn:
        await elsewhere.finish(*WHO, KEY, "别处的答复")
        await turn.save(turn.session, delivery=(KEY, "这里的答复"))
    assert ledger.recorded(*WHO, KEY, "这里的答复") is None
    assert (await ledger.finish(*WHO, KEY, "这里的答复")).reply == "别处的答复"


async def test_an_old_lock_is_asked_for_again(store, keyspace):
    passage = Passage()
    ledger = DeliveryLedger(store, keyspace, passage=passage)
    conversations = Conversations(store, keyspace, passage=passage, keep_s=0.05)
    await ledger.claim(*WHO, KEY, opens=True)
    await asyncio.sleep(0.1)
    await store.client.delete(keyspace.conversation(*WHO).lock)  # it had expired meanwhile
    async with conversations.open(*WHO, KEY) as turn:
        await turn.save(Session(turns=3))
    async with conversations.open(*WHO) as turn:
        assert turn.session.turns == 3


def test_what_is_never_asked_for_is_forgotten():
    passage = Passage()
    for number in range(MOST + 10):
        passage.ask(f"{number}", "token")
        passage.recorded(f"{number}", Finished("好"))
    assert passage.take_place("0") is None
    assert passage.take_recorded("9", "好") is None
    assert passage.take_place("10") is not None
    assert passage.take_recorded("10", "另一句") is None
