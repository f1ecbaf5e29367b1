"""What redis-py's cluster client leaves to its callers."""

from __future__ import annotations

import pytest
from redis.asyncio import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError

from app.state.addresses import read_address
from app.state.clients import client_for

pytestmark = pytest.mark.anyio
NO_WRITER = None


class Closing:
    """Fails as where another command closed the connection, so often."""

    def __init__(self, often: int, owner: object = NO_WRITER) -> None:
        self.left = often
        self.owner = owner

    async def execute_command(self, *_args: object, **_options: object) -> bytes:
        if self.left:
            self.left -= 1
            getattr(self.owner, "writelines")  # noqa: B009 - the error is what is wanted
        return b"answer"


@pytest.fixture
async def cluster():
    client = client_for(read_address("redis+cluster://127.0.0.1:1"))
    yield client
    await client.aclose()


@pytest.mark.parametrize("often", [1, 2])
async def test_a_command_that_was_not_sent_is_sent_again(cluster, monkeypatch, often):
    monkeypatch.setattr(RedisCluster, "execute_command", Closing(often).execute_command)
    assert await cluster.execute_command("GET", "key") == b"answer"


async def test_in_the_end_it_is_an_error_of_the_connection(cluster, monkeypatch):
    monkeypatch.setattr(RedisCluster, "execute_command", Closing(99).execute_command)
    with pytest.raises(RedisConnectionError):
        await cluster.execute_command("GET", "key")


async def test_mistakes_of_ours_are_not_hidden(cluster, monkeypatch):
    monkeypatch.setattr(RedisCluster, "execute_command", Closing(1, object()).execute_command)
    with pytest.raises(AttributeError):
        await cluster.execute_command("GET", "key")
