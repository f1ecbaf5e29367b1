"""A time limit ends what takes too long and nothing else; as asyncio's own does."""

from __future__ import annotations

import asyncio

import pytest

from app.time_limit import within

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_what_is_in_time_goes_on() -> None:
    with within(0.05):
        await asyncio.sleep(0)
    await asyncio.sleep(0.08)  # the timer is gone


@pytest.mark.parametrize("seconds", [0, 0.01])
async def test_what_takes_longer_is_ended(seconds: float) -> None:
    slow = asyncio.create_task(asyncio.sleep(30))
    with pytest.raises(TimeoutError), within(seconds):
        await slow
    assert slow.cancelled()
    await asyncio.sleep(0)  # not cancelled any more


async def test_an_error_in_the_block_stays_that_error() -> None:
    with pytest.raises(KeyError), within(0.01):
        raise KeyError
    await asyncio.sleep(0.02)


async def test_the_inner_limit_is_told_from_the_outer_one() -> None:
    with within(5):
        with pytest.raises(TimeoutError), within(0.01):
            await asyncio.sleep(30)
        await asyncio.sleep(0.01)
    with pytest.raises(TimeoutError), within(0.01), within(5):
        await asyncio.sleep(30)


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    async def work() -> None:
        with within(5):
            await asyncio.sleep(30)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_same_moment_is_not_lost() -> None:
    async def work() -> None:
        with within(0):
            await asyncio.sleep(30)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_does_what_asyncio_does_where_the_block_swallows_it() -> None:
    task = asyncio.current_task()
    assert task is not None
    with within(0):
        await _swallowing()
    assert task.cancelling() == 0
    async with asyncio.timeout(0):
        await _swallowing()
    assert task.cancelling() == 0


async def _swallowing() -> None:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        return
