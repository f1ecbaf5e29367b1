"""The whole bot on each kind of Redis: signed messages, a retry, an erasure, memory a user."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.doctor.findings import Level
from app.cli.doctor.local_checks import redis_findings
from app.settings import Settings
from bench.redis_memory import measure
from tests.assistants import SMALL_CONTENT, VAR_DIR
from tests.protocol.callback_peer import read_answer
from tests.protocol.live_bot import bot, new_var_dir

pytestmark = pytest.mark.anyio


async def test_messages_are_answered_once_and_erased(state_url: str | None, tmp_path: Path) -> None:
    var_dir = new_var_dir(tmp_path)
    given = {} if state_url is None else {"redis_url": state_url}
    async with bot(var_dir, now="2025-12-10T10:00+08:00", salt=str(tmp_path), **given) as wechat:
        assert "435" in await wechat.say("多少钱")
        assert "435" in await wechat.say_sealed("多少钱", compatible=False)
        first = await wechat.push("多少钱", msg_id="77")
        again = await wechat.push("多少钱", msg_id="77")
        assert read_answer(again.content).fields == read_answer(first.content).fields
        await wechat.say("删除我的数据")
        assert "删" in await wechat.say("确认删除")
        assert (await wechat.client.get("/readyz")).status_code == 200


async def test_doctor_names_the_kind(state_url: str | None) -> None:
    if state_url is None:
        (finding,) = await redis_findings(Settings())
        assert finding.level is Level.SKIPPED
        return
    (finding,) = await redis_findings(Settings.model_validate({"redis_url": state_url}))
    assert finding.level in {Level.GOOD, Level.NOTE}, finding
    assert ("哨兵" if "sentinel" in state_url else "集群") in finding.seen


async def test_memory_is_measured_by_kind_of_key(tmp_path: Path) -> None:
    new_var_dir(tmp_path)
    text = await measure(20, SMALL_CONTENT, VAR_DIR / "cache", ("多少钱", "怎么缴费"))
    rows = {
        line.split("|")[1].strip(): line.split("|")[2:4]
        for line in text.splitlines()
        if "|" in line
    }
    assert float(rows["`yb:{account:user}:session`"][0]) == 1
    assert float(rows["`yb:{account:user}:delivery:<delivery>`"][0]) == 2
    assert 500 < int(rows["合计"][1].replace(",", "")) < 20_000
    assert "?" not in text
