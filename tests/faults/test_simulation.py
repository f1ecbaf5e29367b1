"""A small run of what `make simulate` proves: many parents, broken lines, a Redis that dies."""

from __future__ import annotations

from pathlib import Path

from app.cli.simulating import Plan, read_questions, simulate
from app.settings import Settings
from tests.assistants import ROOT, SMALL_CONTENT
from tests.faults.conftest import NOW
from tests.protocol.live_bot import new_var_dir

QUESTIONS = ROOT / "tests/wechat_platform/questions.json"


def test_nothing_is_lost_doubled_or_shown_as_a_fault(tmp_path: Path) -> None:
    settings = Settings(content_dir=SMALL_CONTENT, var_dir=new_var_dir(tmp_path))
    plan = Plan(
        messages=600,
        users=12,
        faults=0.08,
        kill_redis=True,
        kill_replica=True,
        questions=read_questions(QUESTIONS),
        environment={"YIBAO_NOW": NOW},
    )
    told: list[str] = []
    outcome = simulate(settings, plan, told.append)
    report = outcome["report"]
    assert (report["lost"], report["doubled"], report["user_visible_failures"]) == (0, 0, 0), report
    assert report["broken_promises"] == {}, report
    assert report["apart"] <= 3, "and only while Redis was away"
    assert report["messages"] == 600
    assert report["answered_once"] == report["wanted"] > 450
    assert report["injected"]["redis_killed"] == report["injected"]["replica_killed"] == 1
    assert sum(report["injected"].values()) > 25
    assert len(told) == 3
    assert outcome["lines"][-1] == "结论：通过"
    assert sum("途中：杀掉" in line for line in outcome["lines"]) == 2
