"""The master dies while parents write: Sentinel or the cluster takes over, nobody notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.cli.simulating import Plan, read_questions, spec_of, wechat
from tests.assistants import ROOT
from tests.faults.conftest import NOW
from tests.protocol.live_bot import BotProcess, new_var_dir
from tests.redis_servers import Cluster, SentinelSet

pytestmark = pytest.mark.anyio
QUESTIONS = ROOT / "tests/wechat_platform/questions.json"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize("kind", [SentinelSet, Cluster])
async def test_a_conversation_and_a_failover_under_load(
    kind: type[SentinelSet | Cluster], tmp_path: Path, stack: ExitStack
) -> None:
    servers = kind(stack, tmp_path, "--appendonly", "yes")
    var_dir = new_var_dir(tmp_path)
    environment = {"YIBAO_REDIS_URL": servers.url, "YIBAO_NOW": NOW}
    bots = [BotProcess(var_dir, tmp_path / f"{n}.log", **environment) for n in (1, 2)]
    one, two = (stack.enter_context(bot.running()) for bot in bots)
    async with one.wechat() as first, two.wechat() as second:
        fee = await first.say("多少钱", user="oTalk")
        assert "435" in fee
        assert await second.say("再说一遍", user="oTalk") == fee, "one session over both"
    plan = Plan(messages=400, users=12, faults=0.05, questions=read_questions(QUESTIONS))
    report = None
    with wechat(spec_of(plan, tuple(f"http://127.0.0.1:{b.port}" for b in bots))) as lines:
        for line in lines:
            if line.get("sent", 0) >= 150:
                servers.kill_master()
            report = line.get("report", report)
    assert report is not None
    assert not servers.master.is_up
    assert servers.promoted().is_up
    assert (report["lost"], report["doubled"], report["user_visible_failures"]) == (0, 0, 0), report
    assert report["broken_promises"] == {}, report
    assert report["answered_once"] == report["wanted"] > 250
    async with one.wechat() as first, two.wechat() as second:
        fee = await second.say("多少钱", user="oTalk")
        assert await first.say("再说一遍", user="oTalk") == fee
