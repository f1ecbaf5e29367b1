"""Handshake, plaintext, compatible and safe mode, seen from WeChat's side."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.webhook.router import WebhookDeps, build_router
from app.wechat.account import AccountSettings
from tests.protocol.callback_peer import (
    NOW,
    OLD_KEY,
    USER,
    FakeAssistant,
    Stage,
    read_answer,
    sha1,
    shelves,
    text_xml,
)

pytestmark = pytest.mark.anyio


VECTORS = json.loads(
    (Path(__file__).parents[1] / "data" / "wechat-vectors.json").read_text("utf-8")
)


def assert_bare(response: httpx.Response, status: int) -> None:
    assert response.status_code == status
    assert response.content == b""


class TestHandshake:
    @pytest.mark.parametrize("account", ["liuzhou", "beijing", "plain"])
    @pytest.mark.parametrize("echo", ["4375120948345356249", '<script>"é+ %', "00"])
    async def test_echo_is_exact_and_no_page(self, stage: Stage, account, echo):
        async with stage.peer(account) as peer:
            response = await peer.client.get(peer.path, params=peer.query(echostr=echo))
        assert response.status_code == 200
        assert response.content == echo.encode()
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert response.headers["x-content-type-options"] == "nosniff"

    async def test_published_example(self):
        account = AccountSettings("doc", "wxba5fad812f8e6fb9", "AAAAA", ("A" * 43,))
        deps = WebhookDeps({"doc": account}, FakeAssistant(), *shelves(), lambda: 1714036510)
        app = FastAPI()
        app.include_router(build_router(deps))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            response = await client.get(
                "/wechat/doc?signature=f464b24fc39322e44b38aa78f5edd27bd1441696"
                "&echostr=4375120948345356249&timestamp=1714036504&nonce=1514711492"
            )
        assert response.text == "4375120948345356249"

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"signature": "0" * 40}, 403),
            ({"signature": ""}, 403),
            ({"signature": sha1("sandbox", str(NOW), "n1").upper()}, 403),
            ({"nonce": "n2"}, 403),
            ({"timestamp": str(NOW + 1)}, 403),
            ({"echostr": ""}, 400),
        ],
    )
    async def test_refused_without_detail(self, stage: Stage, changed, status):
        async with stage.peer() as peer:
            query = peer.query(echostr="1") | changed
            assert_bare(await peer.client.get(peer.path, params=query), status)

    @pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce", "echostr"])
    async def test_missing_parameter(self, stage: Stage, missing):
        async with stage.peer() as peer:
            query = peer.query(echostr="1")
            del query[missing]
            response = await peer.client.get(peer.path, params=query)
        assert_bare(response, 400 if missing == "echostr" else 403)

    async def test_parameter_given_twice(self, stage: Stage):
        async with stage.peer() as peer:
            pairs: list[tuple[str, str | int | float | bool | None]] = [
                *peer.query(echostr="1").items(),
                ("echostr", "2"),
            ]
            assert_bare(await peer.client.get(peer.path, params=pairs), 403)

    async def test_unknown_account(self, stage: Stage):
        async with stage.peer() as peer:
            query = peer.query(echostr="1")
            assert_bare(await peer.client.get("/wechat/nowhere", params=query), 404)
            assert_bare(await peer.client.post("/wechat/nowhere", params=query), 404)


class TestPlaintext:
    @pytest.mark.parametrize("encrypt_type", [None, "", "raw"])
    async def test_reply_is_plain(self, stage: Stage, encrypt_type):
        async with stage.peer() as peer:
            more = {} if encrypt_type is None else {"encrypt_type": encrypt_type}
            response = await peer.post(text_xml(), peer.query(**more))
        assert response.status_code == 200
        assert read_answer(response.content).text == "您好"
        assert read_answer(response.content).fields["CreateTime"] == str(NOW)
        assert [m.text for m in stage.assistant.seen] == ["怎么交钱"]

    async def test_wrong_signature(self, stage: Stage):
        async with stage.peer() as peer:
            query = peer.query() | {"signature": "0" * 40}
            assert_bare(await peer.post(text_xml(), query), 403)
        assert not stage.assistant.seen

    async def test_account_without_keys_takes_no_ciphertext(self, stage: Stage):
        async with stage.peer("plain") as peer:
            query = peer.query(encrypt_type="aes", msg_signature="0" * 40)
            assert_bare(await peer.post("<xml><Encrypt>AAAA</Encrypt></xml>", query), 403)

    async def test_unknown_encryption(self, stage: Stage):
        async with stage.peer() as peer:
            assert_bare(await peer.post(text_xml(), peer.query(encrypt_type="rot13")), 400)


class TestEncrypted:
    @pytest.mark.parametrize("compatible", [False, True])
    @pytest.mark.parametrize("account", ["liuzhou", "beijing"])
    async def test_reply_is_encrypted(self, stage: Stage, account, compatible):
        stage.assistant.reply = "可以 ]]> <缴费>\n第二行😀"
        async with stage.peer(account) as peer:
            response = await peer.post_sealed(text_xml("交钱"), compatible=compatible)
            assert peer.open(response).text == stage.assistant.reply
        assert stage.assistant.reply not in response.text
        assert read_answer(response.content).fields["Nonce"] == "n1"
        assert [m.text for m in stage.assistant.seen] == ["交钱"]

    async def test_plain_fields_beside_the_ciphertext_do_not_count(self, stage: Stage):
        async with stage.peer() as peer:
            query, body = peer.sealed(text_xml("真的"), compatible=True)
            forged = body.replace("真的", "假的").replace(USER, "oVictim")
            assert forged != body
            response = await peer.post(forged, query)
            assert peer.open(response).text == "您好"
        assert [(m.text, m.user) for m in stage.assistant.seen] == [("真的", USER)]

    async def test_previous_key_opens_and_seals(self, stage: Stage):
        async with stage.peer() as peer:
            response = await peer.post_sealed(text_xml(), key=OLD_KEY)
            assert peer.open(response, OLD_KEY).text == "您好"

    async def test_success_is_not_encrypted(self, stage: Stage):
        stage.assistant.reply = ""
        async with stage.peer("beijing") as peer:
            response = await peer.post_sealed(text_xml())
        assert (response.status_code, response.content) == (200, b"success")

    async def test_downgrade_is_refused_where_aes_is_required(self, stage: Stage):
        async with stage.peer("beijing") as peer:
            assert_bare(await peer.post(text_xml()), 403)
            query, body = peer.sealed(text_xml(), compatible=True)
            assert_bare(await peer.post(body, query | {"encrypt_type": "raw"}), 403)
            del query["encrypt_type"]
            assert_bare(await peer.post(body, query), 403)
        assert not stage.assistant.seen

    async def test_plain_signature_does_not_open_the_door_to_ciphertext(self, stage: Stage):
        async with stage.peer() as peer:
            query, body = peer.sealed(text_xml())
            for wrong in ("", query["signature"], query["msg_signature"].upper()):
                assert_bare(await peer.post(body, query | {"msg_signature": wrong}), 403)

    async def test_push_for_another_account_is_refused(self, stage: Stage):
        async with stage.peer("beijing") as peer:
            query, body = peer.sealed(text_xml())
            assert_bare(await peer.client.post("/wechat/liuzhou", params=query, content=body), 403)

    async def test_damage_has_one_answer(self, stage: Stage):
        async with stage.peer() as peer:
            for encrypt in ("!", "AAAA", "A" * 64, "QUFBQUFBQUFBQUFBQUFBQQ=="):
                query = peer.query(encrypt_type="aes")
                query["msg_signature"] = sha1("sandbox", str(NOW), "n1", encrypt)
                body = f"<xml><Encrypt>{encrypt}</Encrypt></xml>"
                assert_bare(await peer.post(body, query), 403)

    @pytest.mark.parametrize("vector", VECTORS[2:], ids=["tencent", "easywechat"])
    async def test_published_pushes(self, vector):
        settings = AccountSettings("doc", vector["appid"], vector["token"], (vector["key"],))
        assistant = FakeAssistant()
        now = int(vector["ts"]) + 3
        deps = WebhookDeps({"doc": settings}, assistant, *shelves(), lambda: now)
        app = FastAPI()
        app.include_router(build_router(deps))
        query = {
            "encrypt_type": "aes",
            "msg_signature": vector["msg_signature"],
            "timestamp": vector["ts"],
            "nonce": vector["nonce"],
        }
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            body = f"<xml><Encrypt><![CDATA[{vector['encrypt']}]]></Encrypt></xml>"
            response = await client.post("/wechat/doc", params=query, content=body)
        assert response.status_code == 200
        assert len(assistant.seen) == 1

    async def test_published_json_push_is_authentic_but_no_message_of_an_account(self):
        vector = VECTORS[0]
        settings = AccountSettings("doc", vector["appid"], vector["token"], (vector["key"],))
        deps = WebhookDeps(
            {"doc": settings}, FakeAssistant(), *shelves(), lambda: int(vector["ts"])
        )
        app = FastAPI()
        app.include_router(build_router(deps))
        query = {"encrypt_type": "aes", "timestamp": vector["ts"], "nonce": vector["nonce"]}
        query["msg_signature"] = vector["msg_signature"]
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            body = f"<xml><Encrypt>{vector['encrypt']}</Encrypt></xml>"
            assert_bare(await client.post("/wechat/doc", params=query, content=body), 400)


class TestFreshness:
    @pytest.mark.parametrize(("age", "status"), [(0, 200), (600, 200), (-600, 200)])
    @pytest.mark.parametrize("sealed", [False, True])
    async def test_inside_the_window(self, stage: Stage, age, status, sealed):
        async with stage.peer() as peer:
            query, body = (
                peer.sealed(text_xml(), timestamp=NOW - age)
                if sealed
                else (peer.query(NOW - age), text_xml())
            )
            assert (await peer.post(body, query)).status_code == status

    @pytest.mark.parametrize("age", [601, -601, NOW])
    @pytest.mark.parametrize("sealed", [False, True])
    async def test_outside_the_window(self, stage: Stage, age, sealed):
        async with stage.peer() as peer:
            query, body = (
                peer.sealed(text_xml(), timestamp=NOW - age)
                if sealed
                else (peer.query(NOW - age), text_xml())
            )
            assert_bare(await peer.post(body, query), 403)
        assert not stage.assistant.seen

    @pytest.mark.parametrize("timestamp", ["", "abc", "-1", "1e9", "9" * 400, "１７６５８５０４"])
    async def test_strange_timestamps_even_when_signed(self, stage: Stage, timestamp):
        async with stage.peer() as peer:
            assert_bare(await peer.post(text_xml(), peer.query(timestamp)), 403)

    async def test_retry_long_after_the_first_push_is_judged_by_its_own_clock(self, stage: Stage):
        async with stage.peer() as peer:
            assert (await peer.post(text_xml(), peer.query(NOW))).status_code == 200
            stage.now = NOW + 700
            assert_bare(await peer.post(text_xml(), peer.query(NOW)), 403)
