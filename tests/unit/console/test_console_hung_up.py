"""An answer that nobody waits for is no error; everything else stays one."""

from __future__ import annotations

from typing import Any

import pytest

from app.console.hung_up import HungUp

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def run(message: str, error: str) -> None:
    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        raise RuntimeError(error)

    async def receive() -> Any:
        return {"type": message}

    async def send(_message: Any) -> None:
        return None

    await HungUp(app)({"type": "http"}, receive, send)


async def test_who_hung_up_gets_no_error() -> None:
    await run("http.disconnect", "No response returned.")


@pytest.mark.parametrize(
    ("message", "error"),
    [("http.request", "No response returned."), ("http.disconnect", "something else")],
)
async def test_everything_else_stays_an_error(message: str, error: str) -> None:
    with pytest.raises(RuntimeError, match=error):
        await run(message, error)
