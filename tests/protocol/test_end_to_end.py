"""A signed message in, the right answer out: everything real but WeChat itself."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from app import __version__
from app.bootstrap import at_shanghai
from app.knowledge.expiry import counts
from app.settings import SANDBOX_TOKEN
from tests.assistants import small_catalog
from tests.protocol.callback_peer import USER, event_xml, message_xml, read_answer, sha1, text_xml
from tests.protocol.live_bot import (
    BotProcess,
    WeChat,
    bot,
    new_var_dir,
    unix_now,
)
from tests.unit.dialogue.parent import links

pytestmark = pytest.mark.anyio
NOW = "2025-12-10T10:00"
FEE = "学生每人435元/年。"
WINDOW = "每月5日至20日"
SOURCE = "依据：北京市城乡医保学生问答（2025–2026 年度）"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True, scope="module")
def _no_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("YIBAO_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
async def wechat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WeChat]:
    """The application on an embedded Redis, shared by the tests of this module."""
    async with bot(new_var_dir(tmp_path_factory.mktemp("bot")), now=NOW) as opened:
        yield opened


class TestAnswers:
    async def test_plaintext(self, wechat: WeChat) -> None:
        text = await wechat.say("多少钱", user="oPlain")
        assert text.startswith(FEE)
        assert text.endswith(SOURCE)

    @pytest.mark.parametrize("compatible", [False, True], ids=["safe", "compatible"])
    async def test_encrypted(self, wechat: WeChat, compatible: bool) -> None:
        text = await wechat.say_sealed("缴费标准", compatible=compatible)
        assert FEE in text

    async def test_each_account_has_its_own_answer(self, wechat: WeChat) -> None:
        assert "柳州区域内" in await wechat.say("参保资格", "liuzhou", user="oElse")
        assert "本市户籍学生儿童" in await wechat.say("参保资格", "beijing", user="oElse")

    async def test_addressed_to_the_sender(self, wechat: WeChat) -> None:
        response = await wechat.push("多少钱", user="oSender")
        assert response.headers["content-type"] == "text/xml; charset=utf-8"
        fields = read_answer(response.content).fields
        assert (fields["ToUserName"], fields["FromUserName"]) == ("oSender", "gh_liuzhou")

    async def test_a_new_follower_is_welcomed(self, wechat: WeChat) -> None:
        peer = wechat.peer()
        response = await peer.post(
            event_xml("subscribe", created=unix_now()), peer.query(unix_now(), openid=USER)
        )
        text = read_answer(response.content).text
        welcome = small_catalog().accounts["beijing"].welcome
        assert [key for _, _, key in links(text)] == list(welcome)

    @pytest.mark.parametrize("kind", ["image", "voice", "video", "location", "link", "file"])
    async def test_other_kinds_get_a_sentence(self, wechat: WeChat, kind: str) -> None:
        peer = wechat.peer()
        xml = message_xml(kind, msg_id=f"kind-{kind}")
        response = await peer.post(xml, peer.query(unix_now(), openid=USER))
        assert len(read_answer(response.content).text) > 5

    async def test_an_event_without_reply_is_success(self, wechat: WeChat) -> None:
        peer = wechat.peer()
        for event in ("VIEW", "unsubscribe"):
            response = await peer.post(event_xml(event), peer.query(unix_now(), openid=USER))
            assert (response.status_code, response.content) == (200, b"success")

    async def test_handshake(self, wechat: WeChat) -> None:
        query = wechat.peer().query(unix_now(), echostr="4711")
        response = await wechat.client.get("/wechat/beijing", params=query)
        assert (response.status_code, response.text) == (200, "4711")

    @pytest.mark.parametrize(
        "text", ["{{7*7}}", "<b>]]></b>", "'; DROP TABLE users; --", "医" * 10_000, "😀", "\u202e"]
    )
    async def test_hostile_text_is_answered_politely(self, wechat: WeChat, text: str) -> None:
        reply = await wechat.say(text, user="oHostile")
        assert 0 < len(reply.encode()) <= 2048
        assert "49" not in reply
        assert "DROP" not in reply


class TestSessions:
    async def test_a_number_picks_from_the_reply_before(self, wechat: WeChat) -> None:
        first = await wechat.say("多少钱", user="oNumber")
        assert links(first)[1][2] == "payment_window"
        assert WINDOW in await wechat.say("2", user="oNumber")

    async def test_users_and_accounts_are_kept_apart(self, wechat: WeChat) -> None:
        await wechat.say("多少钱", user="oApart")
        assert WINDOW not in await wechat.say("2", "liuzhou", user="oApart")
        assert FEE in await wechat.say("再说一遍", user="oApart")
        assert FEE not in await wechat.say("再说一遍", user="oSomebody")

    async def test_a_flow_over_several_messages(self, wechat: WeChat) -> None:
        for text in ("参保资格", "外地户口", "大学"):
            asked = await wechat.say(text, user="oFlow")
        assert "全日制" in asked
        assert "可以参保" in await wechat.say("是", user="oFlow")

    async def test_plaintext_and_encrypted_are_one_conversation(self, wechat: WeChat) -> None:
        await wechat.say("多少钱")
        assert WINDOW in await wechat.say_sealed("2", compatible=False)

    async def test_who_leaves_is_forgotten(self, wechat: WeChat) -> None:
        await wechat.say("多少钱")
        peer = wechat.peer()
        await peer.post(event_xml("unsubscribe"), peer.query(unix_now(), openid=USER))
        assert FEE not in await wechat.say("再说一遍")

    async def test_messages_sent_at_once_are_all_answered(self, wechat: WeChat) -> None:
        texts = await asyncio.gather(
            *(wechat.say("多少钱", user=f"oCrowd{i}") for i in range(20)),
            *(wechat.say("缴费日期", user="oHurry") for _ in range(5)),
        )
        assert all(FEE in text for text in texts[:20])
        assert all(WINDOW in text for text in texts[20:])


class TestDuplicates:
    async def test_get_the_same_reply_and_count_once(self, wechat: WeChat) -> None:
        counted = {"account": "beijing", "decision": "answer"}
        before = await wechat.metric("yibao_turns_total", **counted)
        texts = {await wechat.say("多少钱", msg_id="77", user="oTwice") for _ in range(3)}
        assert len(texts) == 1
        assert await wechat.metric("yibao_turns_total", **counted) == before + 1

    async def test_at_the_same_moment_too(self, wechat: WeChat) -> None:
        texts = await asyncio.gather(
            *(wechat.say("多少钱", msg_id="78", user="oThrice") for _ in range(3))
        )
        assert len(set(texts)) == 1

    async def test_the_next_message_goes_on_from_the_first(self, wechat: WeChat) -> None:
        for _ in range(2):
            await wechat.say("多少钱", msg_id="79", user="oRetry")
        assert WINDOW in await wechat.say("2", user="oRetry")


class TestRefusals:
    @pytest.mark.parametrize("path", ["/wechat/tianjin", "/wechat/", "/wechat", "/", "/docs", "/x"])
    async def test_unknown_paths_are_404(self, wechat: WeChat, path: str) -> None:
        peer = wechat.peer()
        response = await wechat.client.post(
            path, params=peer.query(unix_now()), content=text_xml().encode()
        )
        assert response.status_code == 404
        assert "Traceback" not in response.text

    async def test_a_wrong_signature_is_403(self, wechat: WeChat) -> None:
        query = wechat.peer().query(unix_now()) | {"signature": sha1("guess")}
        response = await wechat.peer().post(text_xml(), query)
        assert (response.status_code, response.content) == (403, b"")

    async def test_an_old_push_is_403(self, wechat: WeChat) -> None:
        peer = wechat.peer()
        response = await peer.post(text_xml(), peer.query(unix_now() - 3600))
        assert (response.status_code, response.content) == (403, b"")

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 400),
            (b"<xml>", 400),
            (b"no xml", 400),
            (b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>', 400),
            (b"<xml>" + b" " * 2_000_000 + b"</xml>", 413),
        ],
        ids=["empty", "cut short", "no xml", "doctype", "oversized"],
    )
    async def test_malformed_bodies(self, wechat: WeChat, body: bytes, status: int) -> None:
        peer = wechat.peer()
        response = await peer.post(body, peer.query(unix_now()))
        assert (response.status_code, response.content) == (status, b"")


class TestHealth:
    async def test_the_process_lives(self, wechat: WeChat) -> None:
        response = await wechat.client.get("/healthz")
        assert response.json() == {"status": "ok", "version": __version__}

    async def test_catalog_and_store_are_ready(self, wechat: WeChat) -> None:
        response = await wechat.client.get("/readyz")
        assert response.status_code == 200
        body = response.json()
        assert (body["status"], body["reasons"]) == ("ok", [])
        assert body["revision"] == small_catalog().revision
        assert await wechat.metric("yibao_store_up") == 1

    async def test_a_full_disk_is_told_while_it_still_answers(
        self, wechat: WeChat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (await wechat.client.get("/readyz")).json()["warnings"] == []
        monkeypatch.setattr("app.runtime.LEAST_FREE_BYTES", 1 << 62)
        response = await wechat.client.get("/readyz")
        assert response.status_code == 200
        assert "磁盘只剩" in response.json()["warnings"][0]

    async def test_metrics_count_what_expires(self, wechat: WeChat) -> None:
        expected = counts(small_catalog(), at_shanghai(datetime.fromisoformat(NOW)))
        assert expected["liuzhou", "expired"] == 1
        for (account, state), count in expected.items():
            labels = {"account": account, "state": state}
            assert await wechat.metric("yibao_content_expiring", **labels) == count

    async def test_metrics_name_no_parent(self, wechat: WeChat) -> None:
        await wechat.say("我家小明的学生医保多少钱", user="oSecretParent")
        response = await wechat.client.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "yibao_turns_total" in response.text
        assert "oSecretParent" not in response.text
        assert "小明" not in response.text

    async def test_no_page_describes_the_interface(self, wechat: WeChat) -> None:
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await wechat.client.get(path)).status_code == 404


class TestProcess:
    """`yibao serve` itself, over loopback, started twice on the same state."""

    async def test_answers_and_sessions_survive_a_restart(self, tmp_path: Path) -> None:
        process = BotProcess(new_var_dir(tmp_path), tmp_path / "log", YIBAO_NOW=NOW)
        with process.running():
            async with process.wechat() as wechat:
                await self.is_all_there(wechat)
                assert FEE in await wechat.say("多少钱")
        with process.running():
            async with process.wechat() as wechat:
                assert WINDOW in await wechat.say("2")
                assert WINDOW in await wechat.say_sealed("再说一遍", compatible=False)
        self.log_is_discreet(process.output)

    async def is_all_there(self, wechat: WeChat) -> None:
        texts = {await wechat.say("缴费日期", msg_id="9") for _ in range(2)}
        assert len(texts) == 1
        assert WINDOW in texts.pop()
        assert FEE in await wechat.say_sealed("缴费标准", compatible=True)
        assert (await wechat.client.get("/readyz")).status_code == 200
        assert (await wechat.client.get("/metrics")).status_code == 200
        response: httpx.Response = await wechat.client.post("/wechat/tianjin", content=b"<xml/>")
        assert (response.status_code, response.content) == (404, b"")
        assert "server" not in response.headers

    def log_is_discreet(self, output: str) -> None:
        assert "content_expires" in output
        assert "knowledge/liuzhou-2023.md" in output
        assert '"POST /wechat/beijing' not in output, "an answered callback has its line `turn`"
        assert '"POST /wechat/tianjin HTTP/1.1" 404' in output
        assert re.search(r"turn +account=beijing decision=answer", output)
        assert "callback_refused" in output
        for secret in (USER, "signature", SANDBOX_TOKEN + "&", "多少钱", "435元"):
            assert secret not in output
        assert "Traceback" not in output
        assert not re.search(r"\bERROR\b|error", output.replace("error=UnknownAccountError", ""))

    async def test_the_clock_can_be_set(self, tmp_path: Path) -> None:
        async with bot(new_var_dir(tmp_path), now="2026-04-01T00:00") as wechat:
            text = await wechat.say("多少钱")
        assert text.startswith("⚠️ 以下是 2025–2026 年度的规定，现已过期")
