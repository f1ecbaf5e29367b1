"""A real Redis and two real replicas for all fault tests that do not harm them for good."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.protocol.callback_peer import Stage
from tests.protocol.live_bot import BotProcess, RedisServer, new_var_dir

NOW = "2025-12-10T10:00"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def stage() -> Stage:
    return Stage()


@dataclass(frozen=True)
class Deployment:
    """Two replicas of `yibao serve` and their Redis."""

    one: BotProcess
    two: BotProcess
    redis: RedisServer


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("deployment")) as both:
        yield both


@pytest.fixture
def doomed_deployment(tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path) as both:
        yield both


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    redis = RedisServer(folder)
    redis.start()
    var_dir = new_var_dir(folder)
    environment = {
        "YIBAO_REDIS_URL": redis.url,
        "YIBAO_NOW": NOW,
        "YIBAO_RATE_PER_PARENT_MIN": "0",
    }
    bots = [BotProcess(var_dir, folder / f"replica-{n}.log", **environment) for n in (1, 2)]
    with ExitStack() as stack, ThreadPoolExecutor() as starters:
        stack.callback(redis.kill)
        one, two = starters.map(lambda bot: stack.enter_context(bot.running()), bots)
        yield Deployment(one, two, redis)
