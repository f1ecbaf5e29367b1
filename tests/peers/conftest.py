"""Fixtures of the protocol tests."""

from __future__ import annotations

import pytest

from tests.protocol.callback_peer import Stage


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def stage() -> Stage:
    return Stage()
