"""Every kind gets an answer, a retry the same one, and no trouble of ours reaches WeChat."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from structlog.testing import capture_logs

from app.domain.turn import MessageKind
from app.errors import LockTimeoutError, StateUnavailableError
from tests.protocol.callback_peer import (
    NOW,
    TOKEN,
    USER,
    Stage,
    event_xml,
    message_xml,
    read_answer,
    text_xml,
)

pytestmark = pytest.mark.anyio


def text_of(response: httpx.Response) -> str:
    assert response.status_code == 200
    return "" if response.content == b"success" else read_answer(response.content).text


class TestKinds:
    @pytest.mark.parametrize(
        ("xml", "kind"),
        [
            (text_xml(), MessageKind.TEXT),
            (text_xml(""), MessageKind.TEXT),
            (text_xml("【收到不支持的消息类型，暂无法显示】"), MessageKind.UNSUPPORTED),
            (message_xml("image"), MessageKind.IMAGE),
            (message_xml("voice"), MessageKind.VOICE),
            (message_xml("voice", "<Recognition>缴费</Recognition>"), MessageKind.TEXT),
            (message_xml("video"), MessageKind.VIDEO),
            (message_xml("shortvideo"), MessageKind.VIDEO),
            (message_xml("location"), MessageKind.LOCATION),
            (message_xml("link"), MessageKind.LINK),
            (message_xml("file"), MessageKind.UNSUPPORTED),
            (event_xml("subscribe"), MessageKind.SUBSCRIBE),
            (event_xml("SCAN", "s"), MessageKind.SCAN),
            (event_xml("CLICK", "k"), MessageKind.CLICK),
        ],
    )
    async def test_answered_by_the_assistant(self, stage: Stage, xml, kind):
        async with stage.peer() as peer:
            assert text_of(await peer.post(xml)) == "您好"
        assert [(m.kind, m.account, m.user) for m in stage.assistant.seen] == [
            (kind, "liuzhou", USER)
        ]

    @pytest.mark.parametrize("event", ["VIEW", "unsubscribe", "LOCATION", "pic_weixin", "new_one"])
    async def test_success_where_no_reply_is_taken(self, stage: Stage, event):
        async with stage.peer() as peer:
            assert (await peer.post(event_xml(event))).content == b"success"
        assert not stage.assistant.seen
        assert not stage.deliveries.entries

    async def test_user_who_leaves_is_forgotten(self, stage: Stage):
        async with stage.peer() as peer:
            await peer.post(event_xml("VIEW"))
            assert not stage.departures.gone
            await peer.post(event_xml("unsubscribe"))
        assert stage.departures.gone == [("liuzhou", USER)]

    @pytest.mark.parametrize("reply", ["", " \n"])
    async def test_nothing_to_say_is_success(self, stage: Stage, reply):
        stage.assistant.reply = reply
        async with stage.peer() as peer:
            assert (await peer.post(text_xml())).content == b"success"

    async def test_a_reply_beyond_the_limit_is_cut_and_noted(self, stage: Stage):
        stage.assistant.reply = "第一句。" * 300
        async with stage.peer() as peer:
            with capture_logs() as logs:
                text = text_of(await peer.post(text_xml()))
        assert len(text.encode()) <= 2048
        assert text.endswith("第一句。")
        assert [(log["event"], log["bytes"]) for log in logs] == [("reply_too_long", 3600)]


class TestRetries:
    async def test_three_deliveries_one_turn_one_reply(self, stage: Stage):
        async with stage.peer() as peer:
            texts = []
            for attempt in range(3):
                stage.assistant.reply = f"回复{attempt}"
                query = peer.query(NOW + 5 * attempt, nonce=f"n{attempt}")
                texts.append(text_of(await peer.post(text_xml(), query)))
        assert texts == ["回复0"] * 3
        assert len(stage.assistant.seen) == 1

    async def test_retry_during_the_first_waits_for_its_reply(self, stage: Stage):
        stage.assistant.pause_s = 0.1
        async with stage.peer() as peer:
            responses = await asyncio.gather(*(peer.post(text_xml()) for _ in range(3)))
        assert [text_of(response) for response in responses] == ["您好"] * 3
        assert len(stage.assistant.seen) == 1

    async def test_retry_in_another_mode_gets_the_same_text(self, stage: Stage):
        async with stage.peer() as peer:
            first = text_of(await peer.post(text_xml()))
            assert peer.open(await peer.post_sealed(text_xml())).text == first

    async def test_other_messages_are_turns_of_their_own(self, stage: Stage):
        async with stage.peer() as peer:
            await peer.post(text_xml(msg_id="1"))
            await peer.post(text_xml(msg_id="2"))
            await peer.post(event_xml("CLICK", "a"))
            await peer.post(event_xml("CLICK", "b"))
            await peer.post(event_xml("CLICK", "a"))
        assert len(stage.assistant.seen) == 4

    async def test_turn_goes_on_when_the_caller_hangs_up(self, stage: Stage):
        stage.assistant.pause_s = 0.1
        async with stage.peer() as peer:
            first = asyncio.create_task(peer.post(text_xml()))
            await asyncio.sleep(0.03)
            first.cancel()
            assert text_of(await peer.post(text_xml())) == "您好"
        assert len(stage.assistant.seen) == 1

    async def test_retry_takes_over_from_a_process_that_died(self, stage: Stage):
        stage.deliveries.first_one_dies = True
        async with stage.peer() as peer:
            key = ("liuzhou", USER, f"liuzhou:{USER}:msg:1")
            await stage.deliveries.claim(*key, token="dead", awaited_s=1)
            assert text_of(await peer.post(text_xml())) == "您好"
        assert stage.deliveries.entries[key].reply.result() == "您好"

    async def test_empty_reply_is_remembered_as_one(self, stage: Stage):
        stage.assistant.reply = ""
        async with stage.peer() as peer:
            for _ in range(2):
                assert text_of(await peer.post(text_xml())) == ""
        assert len(stage.assistant.seen) == 1


class TestTroubleOfOurs:
    @pytest.mark.parametrize(
        "error",
        [
            RuntimeError("secret content"),
            StateUnavailableError("secret content"),
            LockTimeoutError(),
            TimeoutError(),
            KeyError("secret content"),
        ],
    )
    @pytest.mark.parametrize("sealed", [False, True])
    async def test_is_an_apology_and_lines_without_content(self, stage: Stage, error, sealed):
        stage.assistant.error = error
        async with stage.peer() as peer:
            with capture_logs() as logs:
                send = peer.post_sealed if sealed else peer.post
                response = await send(text_xml("我的身份证"))
            answer = peer.open(response) if sealed else read_answer(response.content)
        assert answer.text == "〔error〕"
        assert [line["event"] for line in logs] == ["turn_failed"] * 2
        for line in logs:
            assert line["error"] == type(error).__name__
            assert any(where.startswith("callback_peer.py:") for where in line["where"])
            for secret in ("secret", "身份证", USER, TOKEN):
                assert secret not in str(line)

    async def test_an_answer_without_memory_is_better_than_an_apology(self, stage: Stage):
        stage.assistant.error, stage.assistant.recovers = KeyError("flow"), True
        async with stage.peer() as peer:
            for _ in range(2):
                assert text_of(await peer.post(text_xml())) == "您好（没有记忆）"
        assert len(stage.assistant.seen) == 1

    async def test_retry_of_a_failed_turn_gets_the_same_at_once(self, stage: Stage):
        stage.assistant.error = RuntimeError()
        async with stage.peer() as peer:
            await peer.post(text_xml())
            started = time.monotonic()
            assert text_of(await peer.post(text_xml())) == "〔error〕"
        assert time.monotonic() - started < 0.2
        assert len(stage.assistant.seen) == 1

    async def test_failing_departure_is_success(self, stage: Stage):
        async def fail(account: str, user: str) -> None:
            raise StateUnavailableError

        stage.departures.forget = fail  # type: ignore[method-assign]
        async with stage.peer() as peer:
            assert (await peer.post(event_xml("unsubscribe"))).content == b"success"


class TestLedgerAway:
    async def test_answered_without_it(self, stage: Stage):
        stage.deliveries.away = True
        async with stage.peer() as peer:
            with capture_logs() as logs:
                assert text_of(await peer.post(text_xml())) == "您好"
        assert {log["event"] for log in logs} == {"deliveries_away"}
        assert USER not in str(logs)

    async def test_hanging_ledger_counts_as_away(self, stage: Stage):
        stage.deliveries.hangs = True
        async with stage.peer() as peer:
            assert text_of(await peer.post(text_xml())) == "您好"

    async def test_lost_after_the_claim(self, stage: Stage):
        stage.deliveries.away_after_claim = True
        async with stage.peer() as peer:
            assert text_of(await peer.post(text_xml())) == "您好"
            # The claim stayed behind as running; waiting for it fails, so the retry is answered.
            assert text_of(await peer.post(text_xml())) == "您好"

    async def test_the_same_process_answers_once_nevertheless(self, stage: Stage):
        stage.deliveries.away = True
        stage.assistant.pause_s = 0.05
        async with stage.peer() as peer:
            texts = await asyncio.gather(*(peer.post(text_xml()) for _ in range(5)))
            texts.append(await peer.post(text_xml()))
        assert [text_of(text) for text in texts] == ["您好"] * 6
        assert len(stage.assistant.seen) == 1

    async def test_comes_back_by_itself(self, stage: Stage):
        stage.deliveries.away = True
        async with stage.peer() as peer:
            await peer.post(text_xml())
            stage.deliveries.away = False
            await peer.post(text_xml(msg_id="2"))
        assert [key[2][-5:] for key in stage.deliveries.entries] == ["msg:2"]
