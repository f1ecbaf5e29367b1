"""Many limits of the same length share one timer of the event loop."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable

import pytest

from app import timers
from app.timers import after

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


async def until(is_so: Callable[[], bool]) -> None:
    """Wait; machines are busy."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - time is waited for
            await asyncio.sleep(0.01)


async def test_each_is_called_once_and_in_order() -> None:
    loop, called = asyncio.get_running_loop(), list[int]()
    for number in range(20):
        after(loop, 0.05, lambda n=number: called.append(n))  # type: ignore[misc]
        await asyncio.sleep(0.002)
    await until(lambda: len(called) >= 20)
    await asyncio.sleep(0.1)
    assert called == list(range(20))


async def test_none_is_called_early() -> None:
    loop, times = asyncio.get_running_loop(), list[tuple[float, float]]()
    for seconds in (0.02, 0.05, 0.02, 0.11):
        asked = loop.time()
        after(loop, seconds, lambda a=asked, s=seconds: times.append((loop.time() - a, s)))  # type: ignore[misc]
        await asyncio.sleep(0.01)
    await until(lambda: len(times) == 4)
    for took, wanted in times:
        assert took >= wanted - 0.002


async def test_a_cancelled_one_is_not_called_and_not_kept() -> None:
    loop, called = asyncio.get_running_loop(), list[str]()
    for _ in range(1000):
        after(loop, 30.0, lambda: called.append("never")).cancel()
    assert not timers._rows[loop][30.0]._waiting
    first = after(loop, 0.03, lambda: called.append("first"))
    after(loop, 0.03, lambda: called.append("second")).cancel()
    after(loop, 0.03, lambda: called.append("third"))
    await until(lambda: "third" in called)
    assert called == ["first", "third"]
    first.cancel()  # it was called: nothing happens
    assert not timers._rows[loop][0.03]._waiting


async def test_it_can_be_cancelled_when_it_is_due_already() -> None:
    loop, called = asyncio.get_running_loop(), list[str]()

    def cancel_second() -> None:
        called.append("first")
        second.cancel()

    after(loop, 0.02, cancel_second)
    second = after(loop, 0.02, lambda: called.append("second"))
    after(loop, 0.02, lambda: called.append("third"))
    await until(lambda: "third" in called)
    assert called == ["first", "third"]


async def test_what_one_raises_stops_no_other() -> None:
    loop, called, told = asyncio.get_running_loop(), list[str](), list[object]()
    loop.set_exception_handler(lambda _loop, context: told.append(context.get("exception")))

    def fail() -> None:
        raise LookupError

    after(loop, 0.02, fail)
    after(loop, 0.02, lambda: called.append("next"))
    await until(lambda: bool(called))
    assert [type(error) for error in told] == [LookupError]


async def test_computed_times_get_timers_of_their_own() -> None:
    loop, called = asyncio.get_running_loop(), list[int]()
    for number in range(100):
        after(loop, 0.02 + number / 10_000, lambda n=number: called.append(n))  # type: ignore[misc]
    assert len(timers._rows[loop]) <= timers._MOST_ROWS
    await until(lambda: len(called) >= 100)
    assert sorted(called) == list(range(100))


def test_a_loop_that_is_gone_is_not_held() -> None:
    async def ask() -> weakref.ref[asyncio.AbstractEventLoop]:
        loop = asyncio.get_running_loop()
        after(loop, 30.0, lambda: None)
        return weakref.ref(loop)

    gone = asyncio.run(ask())
    gc.collect()
    assert gone() is None
