from __future__ import annotations

import asyncio
import time

import pytest

from app.domain.access_token import AccessToken
from app.state.keys import FORCED_DAY_CAP, token_forced_key, token_key, token_lock_key
from app.state.tokens import SharedTokens

pytestmark = pytest.mark.anyio


@pytest.fixture
def account(request) -> str:
    """An account of its own for each test: these keys are not salted."""
    return f"a{abs(hash(request.node.nodeid)):x}"


def tokens_of(store, salt: str = "salt") -> SharedTokens:
    return SharedTokens(store, salt, time.time)  # noqa: TID251 - Redis expires by real time


def living_token(value: str = "t1", lives_s: float = 7200) -> AccessToken:
    now = time.time()  # noqa: TID251
    return AccessToken(value, now, now + lives_s)


async def test_a_token_is_shared_until_it_expires(open_another, account):
    one, two = tokens_of(await open_another()), tokens_of(await open_another())
    assert await two.load(account, "wx1") is None
    token = living_token(lives_s=0.3)
    await one.save(account, "wx1", token)
    assert await two.load(account, "wx1") == token
    await asyncio.sleep(0.4)
    assert await two.load(account, "wx1") is None


async def test_a_token_of_another_app_or_deployment_is_none(store, account):
    await tokens_of(store).save(account, "wx1", living_token())
    assert await tokens_of(store).load(account, "wx2") is None
    assert await tokens_of(store, "other").load(account, "wx1") is None


@pytest.mark.parametrize("entry", [b"{", b"[]", b"{}", b"\xff", b'{"app": 1, "token": 2}'])
async def test_what_cannot_be_read_is_fetched_anew(store, account, entry):
    await store.client.set(token_key(account), entry, ex=60)
    assert await tokens_of(store).load(account, "wx1") is None


async def test_a_dead_token_is_not_shared(store, account):
    await tokens_of(store).save(account, "wx1", living_token(lives_s=-1))
    assert await store.client.get(token_key(account)) is None


async def test_one_replica_holds_the_lock(open_another, account):
    one, two = tokens_of(await open_another()), tokens_of(await open_another())
    async with one.lock(account) as mine, two.lock(account) as theirs:
        assert (mine, theirs) == (True, False)
    async with two.lock(account) as theirs:
        assert theirs


async def test_a_lock_that_was_lost_is_not_freed_for_another(store, account):
    tokens = tokens_of(store)
    async with tokens.lock(account):
        await store.client.set(token_lock_key(account), "another", ex=10)
    assert await store.client.get(token_lock_key(account)) == b"another"


async def test_forced_refreshes_are_thirty_seconds_apart_and_twenty_a_day(store, account):
    tokens, key = tokens_of(store), token_forced_key(account)
    for _ in range(FORCED_DAY_CAP):
        assert await tokens.may_force(account)
        assert not await tokens.may_force(account)
        await store.client.hset(key, "last", 1)
    assert not await tokens.may_force(account)
    assert 0 < await store.client.pttl(key) <= 24 * 3600 * 1000


async def test_the_token_is_not_shown(account):
    assert "t1" not in repr(living_token())
