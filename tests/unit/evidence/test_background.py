"""The background loop: results and errors come back, and nothing takes longer than it may."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from app.evidence.background import BackgroundLoop


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2


async def fail() -> None:
    await asyncio.sleep(0)
    raise LookupError


def test_results_and_errors_come_back() -> None:
    loop = BackgroundLoop("test")
    assert loop.run(double(21), 1) == 42
    with pytest.raises(LookupError):
        loop.run(fail(), 1)
    loop.close()


def test_what_takes_too_long_is_cancelled() -> None:
    cancelled = threading.Event()

    async def never() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    loop = BackgroundLoop("test")
    started = time.perf_counter()
    with pytest.raises(TimeoutError):
        loop.run(never(), 0.05)
    assert time.perf_counter() - started < 0.5
    assert cancelled.wait(1)
    loop.close()


def test_a_stuck_loop_does_not_hold_the_caller() -> None:
    release = threading.Event()

    async def block() -> None:
        release.wait(5)

    loop = BackgroundLoop("test")
    started = time.perf_counter()
    with pytest.raises(TimeoutError):
        loop.run(block(), 0.05)
    assert time.perf_counter() - started < 1
    release.set()
    loop.close()


def test_closing_cancels_what_runs_and_it_starts_again() -> None:
    loop = BackgroundLoop("test")
    ended: list[str] = []

    def wait() -> None:
        with pytest.raises(TimeoutError):
            loop.run(double_later(), 9)
        ended.append("in time")

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.1)
    loop.close()
    waiting.join(2)
    assert ended == ["in time"]
    assert loop.run(double(1), 1) == 2
    loop.close()


async def double_later() -> None:
    await asyncio.sleep(30)


def test_closing_without_ever_starting() -> None:
    loop = BackgroundLoop("test")
    loop.close(double_later())
    loop.close()
