"""The endpoint behind a real server on loopback: access log, uploads, broken connections."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from contextlib import AbstractContextManager

import httpx

from app.webhook.access_log import QueryStringFilter, access_log_config
from tests.loopback import serving_at
from tests.protocol.callback_peer import ACCOUNTS, USER, CallbackPeer, Stage, text_xml


def serving(stage: Stage) -> AbstractContextManager[int]:
    """Run uvicorn in a thread on a free port of loopback."""
    return serving_at(stage.app(), log_level=None, log_config=access_log_config(), lifespan="on")


def signed_path() -> str:
    peer = CallbackPeer(httpx.AsyncClient(), ACCOUNTS["liuzhou"])
    return f"{peer.path}?{httpx.QueryParams(peer.query(openid=USER))}"


def ask(port: int) -> httpx.Response:
    url = f"http://127.0.0.1:{port}{signed_path()}"
    return httpx.post(url, content=text_xml().encode(), timeout=5, trust_env=False)


def test_access_log_shows_the_path_and_no_query(capfd):
    with serving(Stage()) as port:
        assert ask(port).status_code == 200
        url = f"http://127.0.0.1:{port}{signed_path()}".replace("nonce=", "nonce=0")
        assert httpx.post(url, content=b"<xml/>", trust_env=False).status_code == 403
    shown = capfd.readouterr()
    assert '"POST /wechat/liuzhou HTTP/1.1" 403' in shown.out
    assert '"POST /wechat/liuzhou HTTP/1.1" 200' not in shown.out, "`turn` says it already"
    for secret in ("signature", USER, "nonce", "?"):
        assert secret not in shown.out
    assert USER not in shown.err


def test_filter_lets_other_records_through():
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "plain", None, None)
    assert QueryStringFilter().filter(record)
    assert record.getMessage() == "plain"


def test_a_gigabyte_is_hung_up_on():
    with serving(Stage()) as port, socket.create_connection(("127.0.0.1", port), 5) as peer:
        head = f"POST {signed_path()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        peer.sendall(head.encode())
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        sent = 0
        # The end shows as a reset or a broken pipe, as the system has it.
        with contextlib.suppress(OSError):
            while sent < 1 << 30:
                peer.sendall(piece)
                sent += len(piece)
        assert sent < 64 << 20
        assert ask(port).status_code == 200


def test_declared_gigabyte_is_answered_at_once():
    with serving(Stage()) as port, socket.create_connection(("127.0.0.1", port), 5) as peer:
        head = f"POST {signed_path()} HTTP/1.1\r\nHost: x\r\nContent-Length: {1 << 30}\r\n\r\n"
        peer.sendall(head.encode() + b"<xml>")
        assert peer.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_body_cut_short_harms_nobody(capfd):
    stage = Stage()
    with serving(stage) as port:
        for body in (b"", b"<xml><ToUser", text_xml().encode()):
            with socket.create_connection(("127.0.0.1", port), 5) as peer:
                head = f"POST {signed_path()} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n"
                peer.sendall(head.encode() + body)
        assert ask(port).status_code == 200
        assert len(stage.assistant.seen) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_turn_runs_on_when_wechat_hangs_up():
    stage = Stage()
    stage.assistant.pause_s = 0.2
    with serving(stage) as port:
        body = text_xml().encode()
        with socket.create_connection(("127.0.0.1", port), 5) as peer:
            head = (
                f"POST {signed_path()} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            peer.sendall(head.encode() + body)
            time.sleep(0.05)
        assert "您好" in ask(port).text
    assert len(stage.assistant.seen) == 1
