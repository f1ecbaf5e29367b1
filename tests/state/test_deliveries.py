from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from app.state.deliveries import DeliveryLedger
from app.state.recorded import Finished
from tests.state.counting import close_counting, counting_store

pytestmark = pytest.mark.anyio

WHO = ("beijing", "oParent")


async def test_a_hundred_claims_over_three_replicas_have_one_first(open_another, keyspace):
    ledgers = [DeliveryLedger(await open_another(), keyspace) for _ in range(3)]
    for key in ("a", "b", "c"):
        claims = await asyncio.gather(*(ledgers[n % 3].claim(*WHO, key) for n in range(100)))
        assert Counter(claim.state for claim in claims) == {"first": 1, "running": 99}


async def test_a_retry_gets_the_same_reply(ledger):
    text = "每年 9 月起缴费\n依据：……"
    seen = [await ledger.claim(*WHO, "k"), await ledger.claim(*WHO, "k")]
    assert await ledger.finish(*WHO, "k", text) == Finished(text, kept=False, attempts=2)
    seen.append(await ledger.claim(*WHO, "k"))
    assert [(c.state, c.reply, c.attempts) for c in seen] == [
        ("first", "", 1),
        ("running", "", 2),
        ("finished", text, 3),
    ]
    assert await ledger.wait(*WHO, "k", 0) == Finished(text)


async def test_nothing_to_send_is_a_reply_too(ledger):
    await ledger.claim(*WHO, "k")
    await ledger.finish(*WHO, "k", "")
    claim = await ledger.claim(*WHO, "k")
    assert (claim.state, claim.reply) == ("finished", "")
    assert await ledger.wait(*WHO, "k", 1) == Finished("")


async def test_the_first_reply_stays(ledger):
    await ledger.claim(*WHO, "k")
    await ledger.finish(*WHO, "k", "一")
    assert (await ledger.finish(*WHO, "k", "二")).reply == "一"
    assert (await ledger.claim(*WHO, "k")).reply == "一"


async def test_deliveries_of_others_are_others(ledger):
    await ledger.claim(*WHO, "k")
    for account, user, key in (("liuzhou", WHO[1], "k"), (WHO[0], "oOther", "k"), (*WHO, "l")):
        assert (await ledger.claim(account, user, key)).state == "first"


async def test_finish_reaches_waiters_of_all_replicas_within_200_ms(open_another, keyspace):
    ledgers = [DeliveryLedger(await open_another(), keyspace) for _ in range(2)]
    await ledgers[0].claim(*WHO, "k")
    clock = asyncio.get_running_loop().time

    async def retry(ledger):
        assert (await ledger.claim(*WHO, "k")).state == "running"
        reply = await ledger.wait(*WHO, "k", 4)
        return reply, clock()

    retries = [asyncio.create_task(retry(ledgers[n % 2])) for n in range(10)]
    await asyncio.sleep(0.4)
    finished = clock()
    await ledgers[0].finish(*WHO, "k", "好")
    outcomes = await asyncio.gather(*retries)
    assert {reply.reply for reply, _ in outcomes} == {"好"}
    delays = sorted(at - finished for _, at in outcomes)
    assert delays[-1] < 0.2
    assert delays[5] < 0.05, "nobody was woken, they only looked by themselves"


async def test_finish_reaches_waiters_without_signals(open_another, keyspace):
    deaf = await open_another()
    await deaf.signals.close()
    ledger = DeliveryLedger(deaf, keyspace)
    await ledger.claim(*WHO, "k")
    waiting = asyncio.create_task(ledger.wait(*WHO, "k", 4))
    await asyncio.sleep(0.05)
    await ledger.finish(*WHO, "k", "好")
    assert await asyncio.wait_for(waiting, 2) == Finished("好")


async def test_waiting_ends_in_time_and_looks_rarely(store, keyspace):
    counted, client = counting_store(store)
    ledger = DeliveryLedger(counted, keyspace)
    await ledger.claim(*WHO, "k")
    clock = asyncio.get_running_loop().time
    before, began = client.sent, clock()
    assert await ledger.wait(*WHO, "k", 0.6) is None
    assert 0.55 < clock() - began < 1
    assert client.sent - before <= 0.6 / 0.05
    await close_counting(client)


async def test_a_retry_takes_over_from_a_process_that_died(store, keyspace):
    ledger = DeliveryLedger(store, keyspace, lease_s=0.3)
    assert (await ledger.claim(*WHO, "k")).state == "first"
    assert (await ledger.claim(*WHO, "k")).state == "running"
    clock = asyncio.get_running_loop().time
    began = clock()
    assert await ledger.wait(*WHO, "k", 4) is None
    assert clock() - began < 1, "waiting goes on although nobody answers any more"
    claims = await asyncio.gather(*(ledger.claim(*WHO, "k") for _ in range(10)))
    assert Counter(claim.state for claim in claims) == {"first": 1, "running": 9}
    await ledger.finish(*WHO, "k", "好")
    assert (await ledger.claim(*WHO, "k")).reply == "好"


async def test_a_running_claim_is_not_prolonged_by_those_who_ask(store, keyspace):
    ledger = DeliveryLedger(store, keyspace, lease_s=0.2)
    await ledger.claim(*WHO, "k")
    for _ in range(4):
        await asyncio.sleep(0.1)
        claim = await ledger.claim(*WHO, "k")
    assert claim.state == "first"
    assert claim.attempts == 5, "a takeover does not forget how often WeChat has asked"


async def test_a_lease_that_is_renewed_is_not_taken_over(store, keyspace):
    ledger = DeliveryLedger(store, keyspace, lease_s=0.2)
    await ledger.claim(*WHO, "k", token="owner")
    for _ in range(4):
        await asyncio.sleep(0.1)
        assert await ledger.renew(*WHO, "k", "owner")
    assert (await ledger.claim(*WHO, "k")).state == "running"
    assert not await ledger.renew(*WHO, "k", "somebody else")
    await ledger.finish(*WHO, "k", "好")
    assert not await ledger.renew(*WHO, "k", "owner"), "it is done: nothing to renew any more"


async def test_who_was_taken_over_learns_it_and_gets_the_others_reply(store, keyspace):
    ledger = DeliveryLedger(store, keyspace, lease_s=0.05)
    await ledger.claim(*WHO, "k", token="slow")
    await asyncio.sleep(0.1)
    assert (await ledger.claim(*WHO, "k", token="next")).state == "first"
    assert not await ledger.renew(*WHO, "k", "slow")
    await ledger.finish(*WHO, "k", "好")
    assert (await ledger.finish(*WHO, "k", "迟到的好")).reply == "好"


async def test_a_claim_sent_twice_counts_once(ledger):
    claims = [await ledger.claim(*WHO, "k", token=token) for token in ("t", "t", "u", "t", "u")]
    assert [(c.state, c.attempts) for c in claims] == [
        ("first", 1),
        ("first", 1),
        ("running", 2),
        ("first", 2),
        ("running", 2),
    ]


async def test_a_finished_delivery_outlives_the_retries(store, ledger, keyspace):
    await ledger.claim(*WHO, "k")
    await ledger.finish(*WHO, "k", "好")
    keys = keyspace.conversation(*WHO)
    for name in (keys.delivery("k"), keys.deliveries):
        assert 60_000 <= await store.client.pttl(name) <= 120_000


async def test_a_reply_is_kept_even_if_its_claim_expired(store, keyspace):
    ledger = DeliveryLedger(store, keyspace, lease_s=0.05)
    await ledger.claim(*WHO, "k")
    await asyncio.sleep(0.1)
    await ledger.finish(*WHO, "k", "好")
    assert (await ledger.claim(*WHO, "k")).reply == "好"


async def test_the_directory_drops_expired_deliveries(store, ledger, keyspace):
    keys = keyspace.conversation(*WHO)
    for number in range(5):
        await ledger.claim(*WHO, f"old-{number}")
        await store.client.zadd(keys.deliveries, {keys.delivery(f"old-{number}"): 1})
    await ledger.claim(*WHO, "new")
    assert await store.client.zrange(keys.deliveries, 0, -1) == [keys.delivery("new").encode()]


async def test_waiting_for_what_was_never_claimed_ends_at_once(ledger):
    assert await asyncio.wait_for(ledger.wait(*WHO, "never", 4), 0.5) is None
