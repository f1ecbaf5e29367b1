"""A short soak of the real bot, and proof that the soak notices what it is there to notice."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bench.parents import SCRIPTS, Say
from bench.servers import free_port
from bench.soak import Outcome, Plan, Target, logged, report, serving, soak
from tests.assistants import small_assistant
from tests.faults import leaking_server

CHAT = {"beijing": ((Say("你好"), Say("多少钱"), Say("谢谢")),)}


def test_a_short_soak_leaves_nothing_behind(tmp_path: Path) -> None:
    """`make soak` is the same for an hour."""
    small_assistant()  # learned before the time starts
    plan = Plan(20.0, 6.0, per_s=20, sample_s=0.5, publish_s=60.0, published_before=1, idle_s=10.0)
    with serving(tmp_path) as target:
        outcome = asyncio.run(soak(target, plan, SCRIPTS))
        with pytest.raises(ValueError, match="结束得太早"):
            asyncio.run(soak(target, replace(plan, idle_s=5.0), SCRIPTS))
    assert outcome.complaints() == [], report(outcome)
    assert outcome.counts.answered == outcome.counts.sent == 400
    assert outcome.counts.repeated > 5
    assert outcome.counts.parents > 120
    assert outcome.published == 1
    assert outcome.expired > 50
    assert len(outcome.counts.kinds) == 7
    assert "| resident MB |" in report(outcome)


@contextmanager
def toy(folder: Path, kept_bytes: int) -> Iterator[Target]:
    port, log = free_port(), folder / "toy.log"
    command = [sys.executable, str(leaking_server.__file__), str(port), str(kept_bytes)]
    with logged(command, {}, log, port) as process:
        yield Target(port, process.pid, log)


def soaked(folder: Path, kept_bytes: int) -> Outcome:
    plan = Plan(6.0, 1.0, per_s=40, sample_s=0.25, mode="plain")
    with toy(folder, kept_bytes) as target:
        return asyncio.run(soak(target, plan, CHAT))


def test_a_server_that_keeps_every_message_does_not_pass(tmp_path: Path) -> None:
    complaints = soaked(tmp_path, 200_000).complaints()
    assert len(complaints) == 1
    assert complaints[0].startswith("进程内存在涨"), complaints


def test_the_same_server_passes_where_it_keeps_nothing(tmp_path: Path) -> None:
    assert soaked(tmp_path, 0).complaints() == []


def test_an_error_in_the_log_does_not_pass(tmp_path: Path) -> None:
    outcome = soaked(tmp_path, 0)
    outcome.bad_log.append("Traceback (most recent call last):")
    assert outcome.complaints() == ["日志里有 1 行错误，第一行：Traceback (most recent call last):"]


def test_a_wrong_reply_does_not_pass(tmp_path: Path) -> None:
    asks = {"beijing": ((Say("多少钱", "435元/年"),),)}
    plan = Plan(3.0, 0.5, per_s=20, sample_s=0.25, mode="plain")
    with toy(tmp_path, 0) as target:
        outcome = asyncio.run(soak(target, plan, asks))
    assert "答非所问：多少钱：60 条" in outcome.complaints()


def test_a_server_that_dies_ends_the_soak(tmp_path: Path) -> None:
    plan = Plan(30.0, 1.0, per_s=5, sample_s=0.2, mode="plain")
    with toy(tmp_path, 0) as target:
        dead = Target(target.port, 2**22 + 1, target.log)  # no such process
        with pytest.raises(FileNotFoundError):
            asyncio.run(soak(dead, plan, CHAT))
