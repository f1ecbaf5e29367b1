"""Stores on one real Redis: the embedded one, or that of `--redis`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from app.state import keeper
from app.state.deliveries import DeliveryLedger
from app.state.embedded import EmbeddedRedis, open_store
from app.state.keys import Keyspace
from app.state.sessions import Conversations
from app.state.store import Store
from tests.redis_servers import Cluster, SentinelSet


@pytest.fixture(scope="session")
def shared_var_dir(
    redis_url: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Directory of an embedded server that lives as long as the session."""
    var_dir = tmp_path_factory.mktemp("var")
    server = EmbeddedRedis(var_dir)
    if redis_url is None:
        server.start()
    yield var_dir
    server.stop()
    if redis_url is None:
        assert not keeper.is_running(server.home), "the embedded server outlived the tests"


@pytest.fixture(scope="session", params=["single", "sentinel", "cluster"])
def state_url(
    request: pytest.FixtureRequest,
    redis_url: str | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str | None]:
    """The Redis of a kind; None: the embedded one. With `--redis` that one only."""
    if redis_url is not None or request.param == "single":
        yield redis_url
        return
    kind = SentinelSet if request.param == "sentinel" else Cluster
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp(request.param)
        # A machine that is busy for a moment must not make them fail over.
        yield kind(stack, folder, patience_ms=30_000).url


@pytest.fixture
async def open_another(state_url, shared_var_dir):
    """Opens further stores on the same Redis, as other processes would have them."""
    async with AsyncExitStack() as stack:

        async def open_one() -> Store:
            opened = await open_store(state_url, shared_var_dir)
            stack.push_async_callback(opened.close)
            return opened

        yield open_one


@pytest.fixture
async def store(open_another):
    return await open_another()


@pytest.fixture
def keyspace() -> Keyspace:
    """Another salt for each test: nobody meets what another test stored."""
    return Keyspace(secrets.token_hex(8))


@pytest.fixture
def conversations(store, keyspace) -> Conversations:
    return Conversations(store, keyspace)


@pytest.fixture
def ledger(store, keyspace) -> DeliveryLedger:
    return DeliveryLedger(store, keyspace, per_minute=999)


@pytest.fixture
def servers_stack() -> Iterator[ExitStack]:
    """Kills what a test started."""
    with ExitStack() as stack:
        yield stack
