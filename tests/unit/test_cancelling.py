"""Tasks end although a library loses a cancellation, as `asyncio.wait_for` does in Python 3.11."""

from __future__ import annotations

import asyncio

import pytest

from app.cancelling import AGAIN_S, cancelled

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Loser:
    """Runs on although it was cancelled, so often."""

    def __init__(self, losses: int) -> None:
        self.losses = losses

    async def run(self) -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if not self.losses:
                    raise
                self.losses -= 1


@pytest.mark.parametrize("losses", [0, 1, 3])
async def test_a_lost_cancellation_is_repeated(losses: int) -> None:
    task = asyncio.create_task(Loser(losses).run())
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await cancelled(task)
    assert task.cancelled()


async def test_a_tidy_end_is_not_disturbed() -> None:
    tidied: list[bool] = []

    async def tidy() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(AGAIN_S / 4)
            tidied.append(True)

    tasks = [asyncio.create_task(tidy()) for _ in range(2)]
    await asyncio.sleep(0)
    await cancelled(*tasks)
    assert tidied == [True, True]


async def test_what_had_ended_keeps_what_it_raised() -> None:
    async def fail() -> None:
        raise ValueError("told")

    task = asyncio.create_task(fail())
    await asyncio.wait({task})
    await cancelled(task)
    assert isinstance(task.exception(), ValueError)
    await cancelled()
