"""Strangers: oversized, cut short, slow, malformed, fuzzed. Only 200 and 4xx, nothing reflected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.wechat.xml_fields import MAX_BODY_BYTES
from tests.protocol.callback_peer import (
    ACCOUNTS,
    KEY,
    NOW,
    TOKEN,
    USER,
    CallbackPeer,
    Stage,
    sha1,
    text_xml,
)

pytestmark = pytest.mark.anyio


async def drive(
    app: FastAPI, incoming: list[dict[str, Any]], headers: dict[str, str]
) -> tuple[int, int]:
    """Post raw ASGI messages; return the status and how many messages were taken."""
    peer = CallbackPeer(httpx.AsyncClient(), ACCOUNTS["liuzhou"])
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": peer.path,
        "raw_path": peer.path.encode(),
        "query_string": str(httpx.QueryParams(peer.query())).encode(),
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "root_path": "",
    }
    await peer.client.aclose()
    sent: list[dict[str, Any]] = []
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        if taken == len(incoming):
            await asyncio.sleep(3600)
        taken += 1
        return incoming[taken - 1]

    async def send(message: Any) -> None:
        sent.append(dict(message))

    await app(scope, receive, send)
    assert b"".join(m.get("body", b"") for m in sent) in (b"", b"success")
    return int(sent[0]["status"]), taken


def chunk(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


class TestBody:
    async def test_largest_body_is_read_and_one_byte_more_refused(self, stage: Stage):
        async with stage.peer() as peer:
            room = MAX_BODY_BYTES - len(text_xml("").encode())
            assert (await peer.post(text_xml("x" * room))).status_code == 200
            response = await peer.post(text_xml("x" * (room + 1)))
        assert (response.status_code, response.content) == (413, b"")
        assert response.headers["connection"] == "close"

    async def test_declared_size_is_refused_unread(self, stage: Stage):
        status, taken = await drive(stage.app(), [chunk(b"x")], {"content-length": "1073741824"})
        assert (status, taken) == (413, 0)

    async def test_undeclared_gigabyte_is_refused_at_the_cap(self, stage: Stage):
        endless = [chunk(b"x" * 16384)] * 65536
        status, taken = await drive(stage.app(), endless, {"transfer-encoding": "chunked"})
        assert status == 413
        assert taken == MAX_BODY_BYTES // 16384 + 1

    async def test_peer_that_hangs_up(self, stage: Stage):
        messages = [chunk(b"<xml>"), {"type": "http.disconnect"}]
        assert (await drive(stage.app(), messages, {"content-length": "500"}))[0] == 400
        assert not stage.assistant.seen

    @pytest.mark.parametrize("length", ["1", "5000"])
    async def test_other_length_than_declared(self, stage: Stage, length):
        messages = [chunk(text_xml().encode(), more=False)]
        assert (await drive(stage.app(), messages, {"content-length": length}))[0] == 400
        assert not stage.assistant.seen

    @pytest.mark.parametrize("length", ["abc", "-1", "", "9" * 5000, "²"])
    async def test_length_that_is_none(self, stage: Stage, length):
        messages = [chunk(text_xml().encode(), more=False)]
        assert (await drive(stage.app(), messages, {"content-length": length}))[0] in (400, 413)

    async def test_slow_peer_does_not_hold_us(self, stage: Stage):
        stage.body_timeout_s = 0.1
        started = time.monotonic()
        assert (await drive(stage.app(), [chunk(b"<xml>")], {}))[0] == 400
        assert time.monotonic() - started < 2

    async def test_body_in_pieces(self, stage: Stage):
        async def pieces() -> AsyncIterator[bytes]:
            for byte in text_xml("分片").encode():
                yield bytes([byte])

        async with stage.peer() as peer:
            response = await peer.client.post(peer.path, params=peer.query(), content=pieces())
        assert response.status_code == 200
        assert [m.text for m in stage.assistant.seen] == ["分片"]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"hello",
            b"{}",
            b"<xml></xml>",
            b"<xml><Encrypt>AAAA</Encrypt></xml>",
            b"\xff\xfe",
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + text_xml("&e;").encode(),
            text_xml().encode()[:-3],
            text_xml().encode("utf-16"),
            text_xml().encode("gbk"),
        ],
    )
    async def test_malformed_is_400_without_detail(self, stage: Stage, body):
        async with stage.peer() as peer:
            response = await peer.post(body)
        assert (response.status_code, response.content) == (400, b"")
        assert not stage.assistant.seen

    @pytest.mark.parametrize("content_type", ["application/json", "text/plain", "", "x;;="])
    async def test_content_type_does_not_matter(self, stage: Stage, content_type):
        async with stage.peer() as peer:
            response = await peer.post(text_xml(), headers={"content-type": content_type})
        assert response.status_code == 200


class TestLog:
    @pytest.mark.parametrize(
        ("account", "query", "status", "error"),
        [
            ("liuzhou", {"signature": "bad"}, 403, "SignatureError"),
            ("liuzhou", {"timestamp": "1"}, 403, "SignatureError"),
            ("nowhere<script>", {}, 404, "UnknownAccountError"),
        ],
    )
    async def test_refusal_is_one_line_without_what_was_sent(
        self, stage: Stage, account, query, status, error
    ):
        async with stage.peer() as peer:
            sent = peer.query(openid=USER) | query
            with capture_logs() as logs:
                response = await peer.client.post(
                    f"/wechat/{account}", params=sent, content=text_xml("私事").encode()
                )
        assert response.status_code == status
        assert logs == [
            {
                "event": "callback_refused",
                "log_level": "warning",
                "account": account if account in ACCOUNTS else "unknown",
                "error": error,
                "status": status,
            }
        ]

    async def test_stale_push_is_told_apart_only_in_the_log(self, stage: Stage):
        async with stage.peer() as peer:
            with capture_logs() as logs:
                stale = await peer.post(text_xml(), peer.query(NOW - 3600))
                wrong = await peer.post(text_xml(), peer.query() | {"signature": "0"})
        assert [log["error"] for log in logs] == ["ReplayError", "SignatureError"]
        assert (stale.status_code, stale.content) == (wrong.status_code, wrong.content)
        assert TOKEN not in str(logs)


PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["signature", "timestamp", "nonce", "echostr", "encrypt_type", "msg_signature", "openid"]
    ),
    st.sampled_from(["", "aes", "raw", str(NOW), "n1", sha1(TOKEN, str(NOW), "n1"), "é", "0"])
    | st.text(max_size=20),
)


def run(call: Callable[[CallbackPeer], Any], account: str = "liuzhou") -> httpx.Response:
    """Run one exchange on an endpoint of its own; errors of the app are raised here."""

    async def exchange() -> httpx.Response:
        async with Stage().peer(account) as peer:
            response: httpx.Response = await call(peer)
            return response

    return asyncio.run(exchange())


class TestFuzz:
    """Synchronous: every example has an event loop of its own."""

    @staticmethod
    def check(response: httpx.Response, statuses: tuple[int, ...]) -> None:
        assert response.status_code in statuses
        assert response.status_code == 200 or response.content == b""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(PARAMETERS, st.sampled_from(["GET", "POST"]), st.binary(max_size=200))
    def test_queries(self, query, method, body):
        response = run(lambda p: p.client.request(method, p.path, params=query, content=body))
        self.check(response, (200, 400, 403))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.binary(max_size=400))
    def test_signed_bodies(self, body):
        self.check(run(lambda p: p.post(body)), (400,))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_mutated_pushes(self, data):
        body = bytearray(text_xml().encode())
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, len(body) - 1))
            body[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
        self.check(run(lambda p: p.post(bytes(body))), (200, 400))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(max_size=200), st.booleans())
    def test_sealed_contents(self, content, authentic):
        def call(peer: CallbackPeer) -> Any:
            query, body = peer.sealed(content, key=KEY)
            if not authentic:
                query["msg_signature"] = query["msg_signature"][::-1]
            return peer.post(body, query)

        self.check(run(call, "beijing"), (400,) if authentic else (403,))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_mutated_envelopes(self, data):
        def call(peer: CallbackPeer) -> Any:
            query, text = peer.sealed(text_xml())
            body = bytearray(text.encode())
            place = data.draw(st.integers(0, len(body) - 1))
            body[place] ^= data.draw(st.integers(1, 255))
            return peer.post(bytes(body), query)

        self.check(run(call, "beijing"), (200, 400, 403))
