from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from app.domain.turn import Session
from app.errors import LockTimeoutError, StateCorruptError
from app.state import keys as table
from app.state import scripts
from app.state.codec import encode_session
from app.state.deliveries import DeliveryLedger
from app.state.sessions import Conversations
from app.state.store import Store
from tests.state.counting import close_counting, counting_store

pytestmark = pytest.mark.anyio

WHO = ("liuzhou", "oParent")


@pytest.fixture
def keys(keyspace):
    return keyspace.conversation(*WHO)


async def turns_of(conversations):
    async with conversations.open(*WHO) as turn:
        return turn.session.turns


async def count_one_turn(conversations, pause_s=0.0):
    async with conversations.open(*WHO) as turn:
        await asyncio.sleep(pause_s)
        await turn.save(replace(turn.session, turns=turn.session.turns + 1))


async def test_a_session_lasts_from_turn_to_turn_and_a_day_at_most(conversations, store, keys):
    async with conversations.open(*WHO) as turn:
        assert turn.session == Session()
        assert not turn.quarantined
        await turn.save(Session(turns=1, last_text="您好"))
        assert turn.session.turns == 1
    async with conversations.open(*WHO) as turn:
        assert turn.session == Session(turns=1, last_text="您好")
    assert 86_390 < await store.client.ttl(keys.session) <= 86_400


async def test_leaving_without_save_changes_nothing(conversations, store, keys):
    await count_one_turn(conversations)
    async with conversations.open(*WHO) as turn:
        assert turn.session.turns == 1
    assert await turns_of(conversations) == 1
    assert not await store.client.exists(keys.lock)


async def test_accounts_and_users_do_not_meet(conversations):
    await count_one_turn(conversations)
    for account, user in (("beijing", "oParent"), ("liuzhou", "oOther")):
        async with conversations.open(account, user) as turn:
            assert turn.session == Session()


async def test_fifty_messages_of_one_parent_run_one_by_one_in_order(conversations):
    served, inside = [], 0

    async def message(number):
        nonlocal inside
        async with conversations.open(*WHO) as turn:
            assert inside == 0
            inside += 1
            served.append(number)
            await asyncio.sleep(0.002)
            inside -= 1
            await turn.save(replace(turn.session, turns=turn.session.turns + 1))

    await asyncio.gather(*(message(number) for number in range(50)))
    assert served == list(range(50))
    assert await turns_of(conversations) == 50


async def test_a_slow_connection_does_not_let_later_messages_pass(store, keyspace):
    class SlowAtFirst(Store):
        asked = False

        async def run(self, script, keys, args):
            if not self.asked:
                self.asked = True
                await asyncio.sleep(0.05)
            return await super().run(script, keys, args)

    conversations = Conversations(SlowAtFirst(store.client, kind=store.kind), keyspace)
    served = []

    async def message(number):
        async with conversations.open(*WHO):
            served.append(number)

    await asyncio.gather(*(message(number) for number in range(3)))
    assert served == [0, 1, 2]


async def test_order_of_arrival_holds_over_processes(open_another, keyspace):
    replicas = [Conversations(await open_another(), keyspace) for _ in range(3)]
    served = []

    async def message(number):
        async with replicas[number % 3].open(*WHO):
            served.append(number)

    async with replicas[0].open(*WHO):
        waiting = []
        for number in range(12):
            waiting.append(asyncio.create_task(message(number)))
            await asyncio.sleep(0.02)
    await asyncio.gather(*waiting)
    assert served == list(range(12))


async def test_the_next_is_woken_at_once(open_another, keyspace):
    one, two = [Conversations(await open_another(), keyspace) for _ in range(2)]
    clock = asyncio.get_running_loop().time
    delays = []
    for _ in range(10):
        async with one.open(*WHO) as turn:
            waiting = asyncio.create_task(count_one_turn(two))
            await asyncio.sleep(0.03)
            saved = clock()
            await turn.save(turn.session)
        await waiting
        delays.append(clock() - saved)
    assert sorted(delays)[5] < 0.05


async def test_without_signals_waiters_look_by_themselves(open_another, keyspace):
    store = await open_another()
    await store.signals.close()
    conversations = Conversations(store, keyspace)
    await asyncio.gather(*(count_one_turn(conversations, 0.01) for _ in range(4)))
    assert await turns_of(conversations) == 4


async def test_waiting_is_bounded_and_leaves_no_trace(store, keyspace, conversations, keys):
    hasty = Conversations(store, keyspace, wait_s=0.2)
    async with conversations.open(*WHO) as turn:
        with pytest.raises(LockTimeoutError):
            await count_one_turn(hasty)
        assert not await store.client.exists(keys.queue, keys.leases)
        await turn.save(turn.session)


async def test_a_flood_of_one_user_is_refused(conversations, store, keys):
    async with conversations.open(*WHO):
        crowd = {f"waiter-{number}": number for number in range(table.MAX_WAITERS)}
        await store.client.zadd(keys.queue, crowd)
        with pytest.raises(LockTimeoutError):
            await count_one_turn(conversations)


async def test_a_cancelled_waiter_loses_its_place_and_a_cancelled_turn_its_lock(
    conversations, store, keys
):
    async with conversations.open(*WHO):
        waiter = asyncio.create_task(count_one_turn(conversations))
        await asyncio.sleep(0.05)
        assert await store.client.zcard(keys.queue) == 1
        waiter.cancel()
        with suppress(asyncio.CancelledError):
            await waiter
        assert not await store.client.exists(keys.queue, keys.leases)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await count_one_turn(conversations, pause_s=5)
    assert not await store.client.exists(keys.lock)


async def test_a_cancelled_head_wakes_the_one_behind(open_another, keyspace):
    """The lock is given up while its next holder has just been cancelled."""
    conversations = Conversations(await open_another(), keyspace)
    async with conversations.open(*WHO):
        head = asyncio.create_task(count_one_turn(conversations))
        behind = asyncio.create_task(count_one_turn(conversations))
        await asyncio.sleep(0.05)
    head.cancel()
    await asyncio.wait_for(behind, 1)


async def test_a_waiter_of_a_dead_process_is_passed_over(conversations, store, keys):
    async with conversations.open(*WHO):
        await store.run(
            scripts.ACQUIRE,
            [keys.lock, keys.queue, keys.leases, keys.session],
            ["dead", 6000, 300, 10_000, 200],
        )
        waiting = asyncio.create_task(count_one_turn(conversations))
        await asyncio.sleep(0.05)
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(waiting, 2)
    assert asyncio.get_running_loop().time() - began > 0.1


async def test_the_lock_of_a_dead_process_expires(conversations, store, keys):
    await store.client.set(keys.lock, "dead", px=300)
    await asyncio.wait_for(count_one_turn(conversations), 2)


async def test_a_holder_who_lives_keeps_the_lock_and_a_dead_one_does_not(
    store, keyspace, keys, conversations
):
    renewing = Conversations(store, keyspace, keep_s=0.05)
    async with renewing.open(*WHO):
        await store.client.pexpire(keys.lock, 200)
        await asyncio.sleep(0.3)
        assert 2_000 < await store.client.pttl(keys.lock) <= table.LOCK_TTL_S * 1000
    async with conversations.open(*WHO):
        await store.client.pexpire(keys.lock, 200)
        await asyncio.sleep(0.3)
        assert not await store.client.exists(keys.lock)


async def test_a_lock_that_was_lost_is_not_renewed(store, keyspace, keys):
    renewing = Conversations(store, keyspace, keep_s=0.05)
    async with renewing.open(*WHO):
        await store.client.set(keys.lock, "next", px=200)
        await asyncio.sleep(0.3)
        assert not await store.client.exists(keys.lock)


async def test_a_turn_that_lost_its_lock_writes_nothing(conversations, store, keys):
    async with conversations.open(*WHO) as late:
        await store.client.delete(keys.lock)
        await count_one_turn(conversations)
        with pytest.raises(LockTimeoutError):
            await late.save(Session(turns=100), delivery=("key", "迟到的答复"))
    assert await turns_of(conversations) == 1
    assert not await store.client.exists(keys.delivery("key"))


async def test_a_late_turn_does_not_unlock_the_next_one(conversations, store, keys):
    async with conversations.open(*WHO):
        await store.client.set(keys.lock, "next")
    assert await store.client.get(keys.lock) == b"next"
    await store.client.delete(keys.lock)


async def test_a_turn_is_saved_once(conversations):
    async with conversations.open(*WHO) as turn:
        await turn.save(Session(turns=1))
        with pytest.raises(LockTimeoutError):
            await turn.save(Session(turns=2))
    assert await turns_of(conversations) == 1


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"{}", b'{"v":2,"s":{}}', b""])
async def test_an_unreadable_session_is_set_aside(conversations, store, keys, raw):
    await store.client.set(keys.session, raw)
    async with conversations.open(*WHO) as turn:
        assert turn.quarantined
        assert turn.session == Session()
        assert not await store.client.exists(keys.session)
        await turn.save(Session(turns=1))
    assert await store.client.get(keys.quarantine) == raw
    assert 0 < await store.client.ttl(keys.quarantine) <= table.QUARANTINE_TTL_S
    async with conversations.open(*WHO) as turn:
        assert not turn.quarantined
        assert turn.session.turns == 1


async def test_a_session_that_cannot_be_written_leaves_the_old_one(conversations):
    await count_one_turn(conversations)
    with pytest.raises(StateCorruptError):
        async with conversations.open(*WHO) as turn:
            await turn.save(Session(last_text="\ud800"))
    assert await turns_of(conversations) == 1


async def test_a_turn_with_its_delivery_takes_three_round_trips(store, keyspace):
    counted, client = counting_store(store)
    conversations, ledger = Conversations(counted, keyspace), DeliveryLedger(counted, keyspace)

    async def turn(key):
        assert (await ledger.claim(*WHO, key)).state == "first"
        async with conversations.open(*WHO) as conversation:
            await conversation.save(Session(), delivery=(key, "答复"))

    await turn("scripts are loaded now")
    before = client.sent
    await turn("another")
    assert client.sent - before == 3
    assert (await ledger.claim(*WHO, "another")).reply == "答复"
    await close_counting(client)


async def test_steps_bear_being_sent_twice(store, keys):
    """redis-py sends a command again where the connection broke before the answer came."""
    names = [keys.lock, keys.queue, keys.leases, keys.session]
    await store.client.set(keys.session, encode_session(Session(turns=7)))
    first = await store.run(scripts.ACQUIRE, names, ["me", 6000, 2000, 10_000, 200])
    again = await store.run(scripts.ACQUIRE, names, ["me", 6000, 2000, 10_000, 200])
    assert first == again == [1, encode_session(Session(turns=7))]
    for _ in range(2):
        other = await store.run(scripts.ACQUIRE, names, ["other", 6000, 2000, 10_000, 200])
        assert other == [0]
    assert await store.client.zcard(keys.queue) == 1


async def test_forget_leaves_nothing_and_a_turn_in_progress_is_not_saved(
    conversations, ledger, store, keys
):
    await count_one_turn(conversations)
    await ledger.claim(*WHO, "running")
    await ledger.finish(*WHO, "finished", "好")
    await store.client.set(keys.quarantine, b"?")
    async with conversations.open(*WHO) as turn:
        await conversations.forget(*WHO)
        with pytest.raises(LockTimeoutError):
            await turn.save(Session(turns=9))
    left = [key async for key in store.client.scan_iter(match=f"{keys.prefix}:*")]
    assert left == []
    await conversations.forget(*WHO)
    assert await turns_of(conversations) == 0
