"""The quota ledger against a real Redis, compared with a model of the platform's windows."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.channels import ALLOWANCES, Channel, Trigger
from app.state.keys import Keyspace
from app.state.outbox import Outbox

pytestmark = pytest.mark.anyio

WHO = ("beijing", "oParent")


@pytest.fixture
def outbox(store, keyspace) -> Outbox:
    return Outbox(store, keyspace, lambda account: True)


async def test_nothing_may_be_sent_before_the_user_did_something(outbox):
    assert await outbox.left(*WHO) == 0
    assert not await outbox.take(*WHO)


@pytest.mark.parametrize("trigger", Trigger)
async def test_each_trigger_allows_what_the_platform_says(outbox, store, keyspace, trigger):
    await outbox.opened(*WHO, trigger)
    allowance = ALLOWANCES[trigger]
    taken = [await outbox.take(*WHO) for _ in range(allowance.messages + 2)]
    assert taken == [True] * allowance.messages + [False, False]
    left_ms = await store.client.pttl(keyspace.conversation(*WHO).windows)
    assert allowance.valid_s * 1000 - 5000 < left_ms <= allowance.valid_s * 1000


async def test_a_message_counts_against_every_open_window(outbox):
    await outbox.opened(*WHO, Trigger.MESSAGE)
    await outbox.opened(*WHO, Trigger.MENU)
    assert [await outbox.take(*WHO) for _ in range(6)] == [True] * 5 + [False]


async def test_all_or_none(outbox):
    await outbox.opened(*WHO, Trigger.MENU)
    assert not await outbox.take(*WHO, 4)
    assert await outbox.left(*WHO) == 3
    assert await outbox.take(*WHO, 3)


async def test_a_closed_window_opens_with_the_next_message(outbox):
    await outbox.opened(*WHO, Trigger.MESSAGE)
    await outbox.closed(*WHO)
    assert await outbox.left(*WHO) == 0
    await outbox.give_back(*WHO)
    await outbox.closed(*WHO)
    await outbox.opened(*WHO, Trigger.MESSAGE)
    assert await outbox.left(*WHO) == 5


async def test_what_is_given_back_is_never_more_than_was_allowed(outbox):
    await outbox.opened(*WHO, Trigger.MENU)
    await outbox.take(*WHO, 2)
    await outbox.give_back(*WHO, 2)
    await outbox.give_back(*WHO, 2)
    assert await outbox.left(*WHO) == 3


async def test_a_window_that_is_over_allows_nothing(outbox, store, keyspace):
    await outbox.opened(*WHO, Trigger.MENU)
    await outbox.opened(*WHO, Trigger.MESSAGE)
    key = keyspace.conversation(*WHO).windows
    await store.client.hset(key, "message:until", 1)
    assert await outbox.left(*WHO) == 3
    await store.client.hset(key, "menu:until", 1)
    assert await outbox.left(*WHO) == 0


async def test_hurried_replicas_share_one_quota(open_another, keyspace):
    boxes = [Outbox(await open_another(), keyspace, lambda account: True) for _ in range(2)]
    await boxes[0].opened(*WHO, Trigger.MESSAGE)
    taken = await asyncio.gather(*(boxes[n % 2].take(*WHO) for n in range(40)))
    assert sum(taken) == 5


async def test_the_channel_is_the_best_that_is_left(store, keyspace):
    box = Outbox(store, keyspace, lambda account: account == "beijing")

    async def channel(account: str, *, callback_open: bool, is_ready: bool) -> Channel:
        return await box.channel(account, "oParent", callback_open=callback_open, is_ready=is_ready)

    await box.opened("beijing", "oParent", Trigger.MENU)
    await box.opened("liuzhou", "oParent", Trigger.MENU)
    assert await channel("beijing", callback_open=True, is_ready=True) is Channel.PASSIVE
    assert await box.left(*WHO) == 3
    for _ in range(3):
        pushed = await channel("beijing", callback_open=False, is_ready=True)
        assert pushed is Channel.CUSTOMER_SERVICE
    assert await channel("beijing", callback_open=True, is_ready=False) is Channel.VIEW_REPLY
    assert await channel("beijing", callback_open=False, is_ready=True) is Channel.NEXT_VISIT
    assert await channel("liuzhou", callback_open=True, is_ready=False) is Channel.VIEW_REPLY
    assert await channel("liuzhou", callback_open=False, is_ready=True) is Channel.NEXT_VISIT


_STEPS = st.lists(
    st.one_of(
        st.sampled_from(list(Trigger)),
        st.integers(1, 4),
        st.just("closed"),
    ),
    max_size=25,
)


@given(steps=_STEPS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_never_more_than_a_careful_reading_of_the_rules_allows(store, steps):
    outbox = Outbox(store, Keyspace(secrets.token_hex(8)), lambda account: True)
    model: dict[Trigger, int] = {}
    for step in steps:
        if isinstance(step, Trigger):
            await outbox.opened(*WHO, step)
            model[step] = ALLOWANCES[step].messages
        elif step == "closed":
            await outbox.closed(*WHO)
            model = dict.fromkeys(model, 0)
        else:
            fits = max(model.values(), default=0) >= step
            assert await outbox.take(*WHO, step) is fits
            if fits:
                model = {trigger: max(0, left - step) for trigger, left in model.items()}
        assert await outbox.left(*WHO) == max(model.values(), default=0)
