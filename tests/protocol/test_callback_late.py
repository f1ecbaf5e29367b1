"""Turns that take too long: the retry fetches the reply, else a message, a tap, the next reply."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from tests.protocol.callback_peer import (
    NOW,
    USER,
    CallbackPeer,
    Stage,
    message_xml,
    read_answer,
    text_xml,
)
from tests.unit.dialogue.parent import links

pytestmark = pytest.mark.anyio


def text_of(response: httpx.Response) -> str:
    assert response.status_code == 200
    return "" if response.content == b"success" else read_answer(response.content).text


async def ask(peer: CallbackPeer, msg_id: str = "1") -> str:
    return text_of(await peer.post(text_xml(msg_id=msg_id)))


async def ask_like_wechat(
    peer: CallbackPeer, stage: Stage, msg_id: str = "1", attempts: int = 3
) -> str:
    """Push like WeChat: hang up a little after the budget and ask again."""
    patience_s = stage.budget_s + 0.04
    for _ in range(attempts):
        try:
            return await asyncio.wait_for(ask(peer, msg_id), patience_s)
        except TimeoutError:
            continue
    return "该公众号提供的服务出现故障"


def view_xml(link: str, msg_id: str) -> str:
    """Return the message that a tap on a link sends."""
    query = parse_qs(urlsplit(link).query)
    content, key = query["msgmenucontent"][0], query["msgmenuid"][0]
    rest = f"<Content>{content}</Content><bizmsgmenuid>{key}</bizmsgmenuid>"
    return message_xml("text", rest, msg_id)


def tap_of(text: str) -> str:
    [link] = links(text)
    return f"weixin://bizmsgmenu?msgmenucontent={link[1]}&msgmenuid={link[2]}"


class TestRetries:
    async def test_the_retry_fetches_what_was_late_for_the_first(self, stage: Stage):
        stage.assistant.pause_s = 0.4
        async with stage.peer() as peer:
            assert await ask_like_wechat(peer, stage) == "您好"
        assert len(stage.assistant.seen) == 1
        assert not stage.deliveries.unread, "nothing is left to be shown twice"

    async def test_the_third_request_still_fetches_it(self, stage: Stage):
        stage.assistant.pause_s = 0.85
        async with stage.peer() as peer:
            assert await ask_like_wechat(peer, stage) == "您好"
        assert len(stage.assistant.seen) == 1

    async def test_a_reply_that_is_ready_after_the_budget_waits_for_the_retry(self, stage: Stage):
        stage.assistant.pause_s = 0.32
        async with stage.peer() as peer:
            first = asyncio.create_task(ask(peer))
            await asyncio.sleep(0.35)
            assert not first.done(), "nobody could tell whether it arrived"
            assert await ask(peer) == "您好"

    async def test_a_peer_that_waits_longer_gets_it_on_the_first_request(self, stage: Stage):
        stage.assistant.pause_s = 0.32
        async with stage.peer() as peer:
            assert await ask(peer) == "您好"
        assert not stage.deliveries.unread

    async def test_requests_at_another_process_count(self, stage: Stage):
        stage.assistant.pause_s = 2.0
        other = Stage(deliveries=stage.deliveries)
        async with stage.peer() as here, other.peer() as there:
            requests = [asyncio.create_task(ask(peer)) for peer in (here, there)]
            await asyncio.sleep(0.02)
            started = time.monotonic()
            assert "〔late_wait〕" in await ask(there)
            assert time.monotonic() - started < 0.39, "the third request is not held"
            for request in requests:
                request.cancel()
        assert (len(stage.assistant.seen), len(other.assistant.seen)) == (1, 0)

    async def test_retry_at_another_process_gets_the_reply(self, stage: Stage):
        stage.assistant.pause_s = 0.45
        other = Stage(deliveries=stage.deliveries)
        async with stage.peer() as here, other.peer() as there:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ask(here), 0.35)
            assert await ask(there) == "您好"
        assert not other.assistant.seen


class TestLastRequest:
    async def test_offers_a_tap_that_brings_the_reply(self, stage: Stage):
        stage.assistant.pause_s = 1.3
        async with stage.peer() as peer:
            started = time.monotonic()
            text = await ask_like_wechat(peer, stage)
            assert time.monotonic() - started < 1.2
            assert text.startswith("〔late_wait〕")
            assert links(text)[0][:2] == ("〔late_view〕", "查看回复")
            await asyncio.sleep(0.4)
            assert text_of(await peer.post(view_xml(tap_of(text), "2"))) == "您好"
            assert text_of(await peer.post(view_xml(tap_of(text), "2"))) == "您好", "a retry"
            assert text_of(await peer.post(view_xml(tap_of(text), "3"))) == "〔late_gone〕"
        assert len(stage.assistant.seen) == 1

    async def test_a_tap_waits_for_a_turn_that_still_runs(self, stage: Stage):
        stage.budget_s = 1.0
        stage.hold_s = 1.1
        stage.assistant.pause_s = 1.2
        async with stage.peer() as peer:
            asking = [asyncio.create_task(ask(peer)) for _ in range(3)]
            text = await asking[2]
            assert text.startswith("〔late_wait〕")
            assert text_of(await peer.post(view_xml(tap_of(text), "2"))) == "您好"
            await asyncio.gather(*asking)

    async def test_a_tap_too_early_offers_the_same_tap_again(self, stage: Stage):
        stage.assistant.pause_s = 4.0
        async with stage.peer() as peer:
            text = await ask_like_wechat(peer, stage)
            again = text_of(await peer.post(view_xml(tap_of(text), "2")))
            assert links(again) == links(text)

    async def test_typed_it_brings_the_oldest(self, stage: Stage):
        stage.deliveries.unread = {"a" * 32: "第一条", "b" * 32: "第二条"}
        async with stage.peer() as peer:
            for number, expected in enumerate(["第一条", "第二条", "〔late_gone〕"]):
                text = text_of(await peer.post(text_xml("“查看回复”。", str(number))))
                assert text == expected
        assert not stage.assistant.seen

    @pytest.mark.parametrize("text", ["查看回复怎么弄", "查看", "怎么查看回复"])
    async def test_other_texts_are_questions(self, stage: Stage, text):
        async with stage.peer() as peer:
            assert text_of(await peer.post(text_xml(text))) == "您好"

    async def test_a_ticket_that_never_was(self, stage: Stage):
        link = f"weixin://bizmsgmenu?msgmenucontent=查看回复&msgmenuid=late-{'0' * 32}"
        async with stage.peer() as peer:
            assert text_of(await peer.post(view_xml(link, "1"))) == "〔late_gone〕"

    async def test_without_the_store_a_tap_is_answered_with_an_apology(self, stage: Stage):
        stage.deliveries.away = True
        async with stage.peer() as peer:
            assert text_of(await peer.post(text_xml("查看回复"))) == "〔error〕"


class TestNextMessage:
    async def test_brings_what_was_never_fetched(self, stage: Stage):
        stage.deliveries.unread = {"a" * 32: "迟到的回复"}
        async with stage.peer() as peer:
            for _ in range(2):
                assert await ask(peer) == "〔late_before〕\n迟到的回复\n\n您好"
            assert await ask(peer, "2") == "您好"

    async def test_offers_a_link_where_both_do_not_fit(self, stage: Stage):
        stage.deliveries.unread = {"a" * 32: "迟" * 600}
        stage.assistant.reply = "长" * 600
        async with stage.peer() as peer:
            text = await ask(peer)
            assert text.startswith("长" * 600)
            assert links(text)[0][:2] == ("〔late_more〕", "查看回复")
            assert text_of(await peer.post(view_xml(tap_of(text), "2"))) == "迟" * 600

    async def test_says_nothing_of_it_where_not_even_a_link_fits(self, stage: Stage):
        stage.deliveries.unread = {"a" * 32: "迟" * 600}
        stage.assistant.reply = "长" * 682
        async with stage.peer() as peer:
            assert await ask(peer) == stage.assistant.reply
        assert not stage.deliveries.taken

    async def test_leaves_it_to_the_retry_at_first(self, stage: Stage):
        stage.deliveries.unread, stage.deliveries.ripe = {"a" * 32: "迟到的回复"}, False
        async with stage.peer() as peer:
            assert await ask(peer) == "您好"


class TestCustomerServiceMessage:
    async def test_follows_success_on_the_last_request(self, stage: Stage):
        stage.assistant.pause_s, stage.late.may = 1.2, True
        async with stage.peer() as peer:
            assert await ask_like_wechat(peer, stage) == ""
            assert not stage.late.pushed
            await asyncio.sleep(0.4)
            assert stage.late.pushed == [(USER, "您好")]
            assert await ask(peer) == "", "it is not shown a second time"
            stage.assistant.pause_s = 0.0
            assert await ask(peer, "2") == "您好"

    async def test_is_not_sent_where_a_retry_fetches_the_reply(self, stage: Stage):
        stage.assistant.pause_s, stage.late.may = 0.4, True
        async with stage.peer() as peer:
            assert await ask_like_wechat(peer, stage) == "您好"
            await asyncio.sleep(0.4)
        assert not stage.late.pushed

    async def test_is_sent_where_wechat_does_not_ask_again(self, stage: Stage):
        stage.assistant.pause_s, stage.late.may = 0.35, True
        async with stage.peer() as peer:
            assert "故障" in await ask_like_wechat(peer, stage, attempts=1)
            await asyncio.sleep(0.5)
        assert stage.late.pushed == [(USER, "您好")]

    @pytest.mark.parametrize("error", [None, RuntimeError("secret")])
    async def test_what_cannot_be_sent_comes_with_the_next_message(self, stage: Stage, error):
        stage.assistant.pause_s, stage.late.may = 1.2, True
        stage.late.accepted, stage.late.error = False, error
        async with stage.peer() as peer:
            with capture_logs() as logs:
                await ask_like_wechat(peer, stage)
                await asyncio.sleep(0.4)
            stage.assistant.pause_s = 0.0
            assert await ask(peer, "2") == "〔late_before〕\n您好\n\n您好"
        assert "secret" not in str(logs)

    async def test_a_reply_in_time_is_not_sent_twice(self, stage: Stage):
        stage.late.may = True
        async with stage.peer() as peer:
            assert await ask(peer) == "您好"
            await asyncio.sleep(0.3)
        assert not stage.late.pushed


class TestEnds:
    async def test_an_endless_turn_ends_with_an_apology(self, stage: Stage):
        stage.assistant.pause_s, stage.turn_s = 3600, 0.5
        async with stage.peer() as peer:
            with capture_logs() as logs:
                assert await ask_like_wechat(peer, stage) == "〔error〕"
        failed = [log for log in logs if log["event"] == "turn_failed"]
        assert [log["error"] for log in failed] == ["TimeoutError"]

    async def test_shutdown_lets_a_turn_end(self, stage: Stage):
        stage.assistant.pause_s = 0.9
        async with stage.peer() as peer:
            await ask_like_wechat(peer, stage, attempts=1)
        assert list(stage.deliveries.unread.values()) == ["您好"]

    async def test_shutdown_does_not_wait_for_ever(self, stage: Stage):
        stage.assistant.pause_s, stage.turn_s = 3600, 3600
        started = time.monotonic()
        async with stage.peer() as peer:
            await ask_like_wechat(peer, stage, attempts=1)
        assert time.monotonic() - started < 2


async def test_a_thousand_duplicates_are_one_turn(stage: Stage):
    stage.assistant.pause_s = 0.05
    stage.budget_s = 20.0
    async with stage.peer() as peer:
        query = peer.query(NOW)
        responses = await asyncio.gather(*(peer.post(text_xml(), query) for _ in range(1000)))
    assert {text_of(response) for response in responses} == {"您好"}
    assert len(stage.assistant.seen) == 1
