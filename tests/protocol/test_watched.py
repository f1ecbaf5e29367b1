"""What operators see of a live bot: metrics of every stage, a log in JSON without identities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.settings import Settings
from app.state.keys import Keyspace
from tests.protocol.callback_peer import text_xml
from tests.protocol.live_bot import BotProcess, bot, new_var_dir, unix_now

pytestmark = pytest.mark.anyio
CANARY = "110101199003070014"
USER = "oWatchedCanary"


async def test_requests_stages_and_redis_are_counted(tmp_path: Path) -> None:
    async with bot(new_var_dir(tmp_path)) as wechat:
        await wechat.say("多少钱", msg_id="1")
        await wechat.say("多少钱", msg_id="1")
        await wechat.client.post("/wechat/beijing?signature=x", content=b"x")
        await wechat.client.post("/wechat/elsewhere", content=b"x")
        metric = wechat.metric
        assert await metric("yibao_requests_total", account="beijing", outcome="answered") == 2
        assert await metric("yibao_request_seconds_count", account="beijing") == 2
        assert await metric("yibao_request_retries_total", account="beijing") == 1
        refused = "yibao_request_refused_total"
        assert await metric(refused, account="beijing", reason="SignatureError") == 1
        assert await metric(refused, account="unknown", reason="UnknownAccountError") == 1
        for stage in ("load", "understand", "render", "save"):
            assert await metric("yibao_stage_seconds_count", stage=stage) == 1, stage
        calls = await metric("yibao_redis_calls_total", outcome="ok")
        assert calls >= 3
        assert await metric("yibao_redis_seconds_count") == calls
        assert await metric("process_resident_memory_bytes") > 0


async def test_the_json_log_says_which_turn_and_not_who(tmp_path: Path) -> None:
    process = BotProcess(new_var_dir(tmp_path), tmp_path / "log", YIBAO_LOG_FORMAT="json")
    with process.running():
        async with process.wechat() as wechat:
            await wechat.push(f"我的身份证是{CANARY}，多少钱", msg_id="1", user=USER)
            await wechat.push("多少钱", msg_id="2", user=USER)
            peer = wechat.peer()
            await peer.post(text_xml("多少钱", "3", USER), peer.query(unix_now(), openid=USER))
    output = process.output
    assert USER not in output
    assert CANARY not in output
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    turns = [line for line in lines if line["event"] == "turn"]
    assert len(turns) == 3
    assert len({line["trace"] for line in turns}) == 3
    salt = Settings().salt.get_secret_value()
    hashed = Keyspace(salt).pseudonym("beijing", USER)
    assert {line["user"] for line in turns} == {hashed[:16]}
    assert {line["account"] for line in turns} == {"beijing"}
