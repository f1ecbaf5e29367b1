"""A platform for each test, and a client of it that does not really sleep."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import pytest

from app.domain.channels import AccountKind
from app.wechat.api.client import WeChatApi
from app.wechat.api.exchange import Exchange, ExchangeLimits
from app.wechat.api.ports import ApiAccount
from app.wechat.api.tokens import Clocks
from app.wechat.capabilities import Standing
from tests.wechat_api.api_peer import APP_ID, SECRET, ApiPeer, serving
from tests.wechat_api.memory_tokens import MemoryTokens

FULL = Standing(AccountKind.SERVICE, verified=True)


class Counting:
    """Implements the client's meter."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.alarms: list[tuple[str, int]] = []
        self.token_times: list[tuple[float, float]] = []

    def api_call(self, account: str, endpoint: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.calls.append((account, endpoint, outcome))

    def api_token(self, account: str, fetched_at: float, expires_at: float) -> None:
        self.token_times.append((fetched_at, expires_at))

    def api_alarm(self, account: str, errcode: int) -> None:
        self.alarms.append((account, errcode))


class Time:
    """The real time, and as much more as a test wants."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return time.time() + self.ahead_s  # noqa: TID251

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead_s += seconds

    @property
    def clocks(self) -> Clocks:
        return Clocks(self.now, self.monotonic, self.sleep)


@pytest.fixture
def peer() -> Iterator[ApiPeer]:
    with serving(ApiPeer()) as running:
        yield running


@pytest.fixture
def tokens() -> MemoryTokens:
    return MemoryTokens()


@pytest.fixture
def meter() -> Counting:
    return Counting()


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
async def make_api(peer: ApiPeer, tokens: MemoryTokens, meter: Counting, clock: Time):
    """Makes clients; each on connections of its own, closed at the end."""
    opened: list[Exchange] = []

    def make(standing: Standing = FULL, total_s: float = 5.0, url: str = "") -> WeChatApi:
        exchange = Exchange(url or peer.url, ExchangeLimits(total_s=total_s))
        opened.append(exchange)
        account = ApiAccount("beijing", APP_ID, SECRET)
        rng = random.Random(1)
        return WeChatApi(account, standing, exchange, tokens, clock.clocks, meter, rng)

    yield make
    for exchange in opened:
        await exchange.aclose()


@pytest.fixture
async def api(make_api: Callable[..., WeChatApi]) -> WeChatApi:
    return make_api()
