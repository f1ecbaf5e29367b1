"""Two replicas on one Redis and one platform: one token for all, one renewal for all."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Iterator

import pytest

from app.domain.access_token import AccessToken
from app.domain.channels import AccountKind
from app.state.keys import token_key
from app.state.tokens import SharedTokens
from app.wechat.api.client import WeChatApi
from app.wechat.api.exchange import Exchange
from app.wechat.api.ports import ApiAccount
from app.wechat.api.tokens import Clocks
from app.wechat.capabilities import Standing
from tests.wechat_api.api_peer import APP_ID, SECRET, SEND_PATH, TOKEN_PATH, ApiPeer, code, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def peer() -> Iterator[ApiPeer]:
    with serving(ApiPeer(token_delay_s=0.2)) as running:
        yield running


@pytest.fixture
def account() -> ApiAccount:
    """An account of its own for each test: these keys are not salted."""
    return ApiAccount(f"a{secrets.token_hex(6)}", APP_ID, SECRET)


@pytest.fixture
async def replicas(open_another, peer, account):
    exchanges = [Exchange(peer.url) for _ in range(2)]
    clocks = Clocks(now=time.time)  # noqa: TID251 - Redis expires by real time
    yield [
        WeChatApi(
            account,
            Standing(AccountKind.SERVICE, verified=True),
            exchange,
            SharedTokens(await open_another(), "salt", clocks.now),
            clocks,
            rng=random.Random(n),
        )
        for n, exchange in enumerate(exchanges)
    ]
    for exchange in exchanges:
        await exchange.aclose()


async def send_many(replicas: list[WeChatApi], count: int = 40) -> None:
    await asyncio.gather(*(replicas[n % 2].send_text(f"o{n}", "您好") for n in range(count)))


async def test_many_callers_of_two_replicas_fetch_one_token(replicas, peer):
    await send_many(replicas)
    assert peer.count(TOKEN_PATH) == 1
    assert {asked.query["access_token"] for asked in peer.asked if asked.path == SEND_PATH} == {
        "SECRET-TOKEN-1"
    }


async def test_a_rejected_token_is_renewed_once_for_all(replicas, peer, open_another, account):
    now = time.time()  # noqa: TID251
    store = SharedTokens(await open_another(), "salt", lambda: now)
    await store.save(account.id, APP_ID, AccessToken("OLD", now - 100, now + 7100))
    peer.will(SEND_PATH, *[code(40001)] * 20, 0.0)
    await send_many(replicas, 20)
    assert peer.count(TOKEN_PATH) == 1
    assert peer.count(SEND_PATH) == 40


async def test_both_use_what_one_of_them_fetched_before(replicas, peer):
    await replicas[0].send_text("o1", "您好")
    await replicas[1].send_text("o2", "您好")
    assert peer.count(TOKEN_PATH) == 1


async def test_a_replica_that_died_while_fetching_blocks_no_longer_than_its_lock(
    replicas, peer, open_another, account
):
    store = await open_another()
    await store.client.set(f"yb:{account.id}:token-lock", "dead", px=500)
    began = time.monotonic()
    await replicas[0].send_text("o1", "您好")
    assert 0.4 < time.monotonic() - began < 3
    assert await store.client.get(token_key(account.id))
