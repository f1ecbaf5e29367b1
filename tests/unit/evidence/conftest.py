"""A peer for each test; requests to loopback never go through a proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.evidence.openai_peer import Peer, serving


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def peer() -> Iterator[Peer]:
    with serving(Peer()) as running:
        yield running
