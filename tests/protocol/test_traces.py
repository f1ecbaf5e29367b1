"""Traces of a live bot as a collector gets them, and answers without a collector."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.protocol.callback_peer import USER
from tests.protocol.collector import collector
from tests.protocol.live_bot import BotProcess, bot, new_var_dir
from tests.protocol.test_canaries import USER as CANARY_USER
from tests.protocol.test_canaries import holds, send_everything

pytestmark = pytest.mark.anyio


def attributes(span: Span) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in span.attributes:
        kind = pair.value.WhichOneof("value")
        value = getattr(pair.value, kind)
        if kind == "array_value":
            value = [item.string_value for item in value.values]
        found[pair.key] = value
    return found


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def test_a_signed_message_is_a_tree_of_spans(tmp_path: Path) -> None:
    with collector() as seen:
        settings = {"traces_url": seen.url, "traces_share": 1.0}
        async with bot(new_var_dir(tmp_path), **settings) as wechat:
            await wechat.say_sealed("多少钱", compatible=False)
        spans = {span.name: span for span in seen.spans}  # closing has sent them
        assert seen.paths == {"/v1/traces"}
    root = spans["callback"]
    assert root.parent_span_id == b""
    assert {span.trace_id for span in spans.values()} == {root.trace_id}
    assert attributes(root) == {
        "yibao.account": "beijing",
        "yibao.kind": "text",
        "yibao.outcome": "answered",
        "yibao.attempt": 1,
    }
    parents = {name: span.parent_span_id for name, span in spans.items()}
    for part in ("read", "decrypt", "parse", "turn", "seal"):
        assert parents[part] == root.span_id, part
    turn = spans["turn"]
    for part in ("redis claim", "decide", "render", "redis save"):
        assert parents[part] == turn.span_id, part
    assert parents["rank"] == spans["decide"].span_id
    assert parents["normalise"] == spans["rank"].span_id
    told = attributes(turn)
    assert told["yibao.decision"] == "answer"
    assert told["yibao.topics"] == ["fee_standard"]
    assert isinstance(told["yibao.confidence"], float)
    assert told["yibao.stateless"] is False
    order = [spans[n].start_time_unix_nano for n in ("read", "decrypt", "parse", "turn", "seal")]
    assert order == sorted(order)
    for span in spans.values():
        assert 0 <= span.end_time_unix_nano - span.start_time_unix_nano < 10_000_000_000
        assert abs(span.start_time_unix_nano / 1e9 - time.time()) < 600  # noqa: TID251


async def test_a_trace_and_its_log_lines_have_the_same_id(tmp_path: Path) -> None:
    with collector() as seen:
        environment = {"YIBAO_TRACES_URL": seen.url, "YIBAO_TRACES_SHARE": "1"}
        process = BotProcess(
            new_var_dir(tmp_path), tmp_path / "log", YIBAO_LOG_FORMAT="json", **environment
        )
        with process.running():
            async with process.wechat() as wechat:
                await wechat.push("多少钱", msg_id="7001")
                await wechat.push("多少钱", msg_id="7001")
                await wechat.push("多少钱", msg_id="7002")
        roots = [span for span in seen.spans if span.name == "callback"]
    lines = [json.loads(line) for line in process.output.splitlines() if line.startswith("{")]
    logged = [line["trace"] for line in lines if line["event"] == "turn"]
    assert sorted(logged) == sorted({root.trace_id.hex() for root in roots})
    attempts = sorted(attributes(root)["yibao.attempt"] for root in roots)  # type: ignore[type-var]
    assert attempts == [1, 1, 2], "the retry is part of the first one's trace"
    assert len(roots) == 3


async def test_no_personal_data_is_exported(tmp_path: Path) -> None:
    with collector() as seen:
        settings = {"traces_url": seen.url, "traces_share": 1.0, "now": "2025-12-10T10:00"}
        async with bot(new_var_dir(tmp_path), **settings) as wechat:
            await send_everything(wechat)
        exported = b"".join(seen.bodies)
        spans = seen.spans
    assert len(spans) > 500
    assert holds(exported) == set()
    assert CANARY_USER.encode() not in exported
    assert "多少钱".encode() not in exported
    allowed = {"account", "kind", "outcome", "attempt", "decision", "topics", "confidence"}
    allowed |= {"revision", "stateless"}
    named = {name for span in spans for name in attributes(span)}
    assert named <= {f"yibao.{name}" for name in allowed}


async def test_without_a_collector_answers_are_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    async with bot(new_var_dir(tmp_path), traces_url=url, traces_share=1.0) as wechat:
        took = []
        for _ in range(20):
            began = time.perf_counter()
            assert await wechat.say("多少钱")
            took.append(time.perf_counter() - began)
        until = time.monotonic() + 15
        lost = 0.0
        while not lost and time.monotonic() < until:
            await anyio.sleep(0.1)
            lost = await wechat.metric("yibao_traces_dropped_total", reason="unreachable")
        assert lost >= 20
        assert sorted(took)[10] < 0.2
    output = capsys.readouterr().out
    assert output.count("traces_not_sent") == 1


async def test_a_slow_collector_delays_neither_answers_nor_the_end(tmp_path: Path) -> None:
    with collector() as seen:
        seen.delay_s = 30.0
        async with bot(new_var_dir(tmp_path), traces_url=seen.url, traces_share=1.0) as wechat:
            began = time.perf_counter()
            for _ in range(5):
                assert await wechat.say("多少钱")
            assert time.perf_counter() - began < 3
            ended = time.perf_counter()
        assert time.perf_counter() - ended < 12
        seen.delay_s = 0.0


async def test_what_is_not_sampled_is_not_sent(tmp_path: Path) -> None:
    with collector() as seen:
        settings = {"traces_url": seen.url, "traces_share": 0.5}
        async with bot(new_var_dir(tmp_path), **settings) as wechat:
            for number in range(40):
                await wechat.push("多少钱", msg_id=f"88{number:04}", user=f"{USER}{number}")
        kept = {span.trace_id.hex() for span in seen.spans if span.name == "callback"}
    assert 0 < len(kept) < 40


def test_without_an_address_nothing_is_imported(tmp_path: Path) -> None:
    code = """
import asyncio, sys
from pathlib import Path
from tests.protocol.live_bot import bot

async def main():
    async with bot(Path(sys.argv[1])) as wechat:
        assert await wechat.say("多少钱")

asyncio.run(main())
# redis-py imports the API for metrics of its own where it finds one.
ours = ("app.otel_spans", "opentelemetry.exporter", "opentelemetry.sdk.trace")
print([name for name in ours if name in sys.modules])
"""
    command = [sys.executable, "-c", code, str(new_var_dir(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
