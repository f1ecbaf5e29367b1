"""A shared draft on a real Redis, and a content folder with publications in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.state.embedded import EmbeddedRedis, open_store
from app.state.keys import DRAFT_KEY
from app.state.store import Store


@pytest.fixture(scope="module")
def var_dir(redis_url: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("var")
    server = EmbeddedRedis(folder)
    if redis_url is None:
        server.start()
    yield folder
    server.stop()


@pytest.fixture
async def store(redis_url: str | None, var_dir: Path) -> AsyncIterator[Store]:
    opened = await open_store(redis_url, var_dir)
    await opened.client.delete(DRAFT_KEY)
    yield opened
    await opened.close()
