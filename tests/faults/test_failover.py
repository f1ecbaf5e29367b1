"""The master dies, or the cluster grows, while parents write: nobody notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.cli.simulating import Imitation, Plan, read_questions, spec_of, wechat
from tests.assistants import ROOT
from tests.faults.conftest import NOW
from tests.protocol.live_bot import BotProcess, new_var_dir
from tests.redis_servers import Cluster, SentinelSet

pytestmark = pytest.mark.anyio
APART = 3
"""Messages that two replicas may answer differently while the store is away, of 400."""
QUESTIONS = ROOT / "tests/wechat_platform/questions.json"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def two_replicas(stack: ExitStack, folder: Path, url: str) -> list[BotProcess]:
    var_dir = new_var_dir(folder)
    environment = {"YIBAO_REDIS_URL": url, "YIBAO_NOW": NOW}
    bots = [BotProcess(var_dir, folder / f"{n}.log", **environment) for n in (1, 2)]
    return [stack.enter_context(bot.running()) for bot in bots]


def simulated(
    bots: tuple[BotProcess, ...], happens: Callable[[Imitation], object], users: int = 12
) -> dict[str, Any]:
    """Let many parents write, and something happen amid them; return the report."""
    plan = Plan(messages=400, users=users, faults=0.05, questions=read_questions(QUESTIONS))
    report: dict[str, Any] = {}
    happened = False
    with wechat(spec_of(plan, tuple(f"http://127.0.0.1:{b.port}" for b in bots))) as imitation:
        for line in imitation.lines():
            if line.get("sent", 0) >= 150 and not happened:
                happens(imitation)
                happened = True
            report = line.get("report", report)
    assert happened
    return report


def nobody_noticed(report: dict[str, Any]) -> None:
    assert (report["lost"], report["doubled"], report["user_visible_failures"]) == (0, 0, 0), report
    assert report["broken_promises"] == {}, report
    assert report["apart"] <= APART, report
    assert report["answered_once"] == report["wanted"] > 250


@pytest.mark.parametrize("kind", [SentinelSet, Cluster])
async def test_a_conversation_and_a_failover_under_load(
    kind: type[SentinelSet | Cluster], tmp_path: Path, stack: ExitStack
) -> None:
    servers = kind(stack, tmp_path, "--appendonly", "yes")
    one, two = two_replicas(stack, tmp_path, servers.url)
    async with one.wechat() as first, two.wechat() as second:
        fee = await first.say("多少钱", user="oTalk")
        assert "435" in fee
        assert await second.say("再说一遍", user="oTalk") == fee, "one session over both"

    def master_dies(imitation: Imitation) -> None:
        with imitation.store_away():
            servers.kill_master()
            servers.promoted()

    report = simulated((one, two), master_dies)
    assert not servers.master.is_up
    assert servers.promoted().is_up
    nobody_noticed(report)
    async with one.wechat() as first, two.wechat() as second:
        fee = await second.say("多少钱", user="oTalk")
        assert await first.say("再说一遍", user="oTalk") == fee


async def test_a_cluster_that_grows_under_load(tmp_path: Path, stack: ExitStack) -> None:
    servers = Cluster(stack, tmp_path, "--appendonly", "yes", replicas=0)
    bots = two_replicas(stack, tmp_path, servers.url)
    added = servers.add_master()
    with ThreadPoolExecutor(1) as mover:
        moving = []

        def move_all() -> int:
            slots = servers.slots_in_use(servers.master)
            for slot in slots:
                servers.move(slot, servers.master, added, 0.02)
            return len(slots)

        report = simulated(tuple(bots), lambda _: moving.append(mover.submit(move_all)), users=60)
        assert moving[0].result() > 10
    nobody_noticed(report)
