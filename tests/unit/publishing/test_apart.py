"""Work in a process of its own: reports, returns, fails and stops when told to."""

from __future__ import annotations

import asyncio
import os
import time
from functools import partial
from pathlib import Path

import pytest

from app.errors import ConsoleError, SettingsError
from app.publishing.apart import Report, run_apart

pytestmark = pytest.mark.anyio


def count(last: int, report: Report) -> tuple[int, str]:
    for step in range(last):
        report(step + 1, last)
    return os.getpid(), "x" * 1_000_000


def refuse(_report: Report) -> None:
    raise SettingsError("内容目录不在")


def die(_report: Report) -> None:
    os._exit(3)


def wait(file: Path, report: Report) -> None:
    file.write_text(str(os.getpid()))
    report(0, 1)
    time.sleep(60)


async def test_it_reports_and_returns_even_much() -> None:
    steps: list[tuple[int, int]] = []
    pid, text = await run_apart(partial(count, 3), lambda d, t: steps.append((d, t)))
    assert pid != os.getpid()
    assert len(text) == 1_000_000
    assert steps == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("work", "said"), [(refuse, "内容目录不在"), (die, "中途停了")])
async def test_what_fails_says_why(work: object, said: str) -> None:
    with pytest.raises(ConsoleError, match=said):
        await run_apart(work, lambda _d, _t: None)  # type: ignore[arg-type]


async def test_cancelling_ends_the_process(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    began = asyncio.Event()
    task = asyncio.create_task(run_apart(partial(wait, file), lambda _d, _t: began.set()))
    await asyncio.wait_for(began.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)
