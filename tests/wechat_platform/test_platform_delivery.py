"""The imitation asks three times, counts honestly, and knows nothing of the bot."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from random import Random
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from app.simulation.delivery import Delivered, Line
from app.simulation.envelope import Account, AnswerError, digest, read_answer, request, seal, unseal
from app.simulation.pushes import Push, Writer
from app.simulation.report import report_of
from app.simulation.tally import Tally
from app.simulation.wire import SMOOTH, Trouble
from tests.assistants import ROOT

pytestmark = pytest.mark.anyio
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = Account("liuzhou", "wx1", "token", KEY, original_id="gh_1")
VECTORS = json.loads((ROOT / "tests/data/wechat-vectors.json").read_text("utf-8"))
USER = "oUser"

Handler = Callable[[str, bytes], Awaitable[bytes]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve raw answers; the handler gets the request line and the body."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        with suppress(OSError):
            writer.write(await handler(head.split("\r\n")[0], await reader.readexactly(length)))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    running: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.create_task(accept(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/wechat/liuzhou"
        await asyncio.gather(*running)


def http(body: bytes, status: int = 200) -> bytes:
    return f"HTTP/1.1 {status} x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def reply(text: str, to_user: str = USER) -> bytes:
    return (
        f"<xml><ToUserName>{to_user}</ToUserName><FromUserName>gh_1</FromUserName>"
        f"<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>{text}</Content></xml>"
    ).encode()


def line(url: str, timeout_s: float = 0.2) -> Line:
    return Line(ACCOUNT, [url], Random(1), lambda: 1_765_850_400.0, timeout_s, mode="plain")


def question() -> Push:
    return Writer("gh_1", Random(1)).text(USER, "多少钱", 1)


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if "signature" in v], ids=lambda v: v["name"]
)
def test_published_vectors(vector) -> None:
    account = Account("x", vector["appid"], vector["token"], vector["key"])
    assert b"ToUserName" in unseal(account, vector["encrypt"])
    parts = (vector["token"], vector["ts"], vector["nonce"], vector["encrypt"])
    assert digest(*parts) == vector["msg_signature"]


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_modes(mode: str) -> None:
    query, body = request(ACCOUNT, mode, "<xml><A>1</A></xml>", 5, Random(1), USER)
    root = ElementTree.fromstring(body)  # noqa: S314 - made here
    assert (root.find("A") is None) == (mode == "safe")
    assert ("msg_signature" in query) == (mode != "plain")
    if mode != "plain":
        assert unseal(ACCOUNT, root.findtext("Encrypt", "")) == b"<xml><A>1</A></xml>"


def test_a_reply_in_safe_mode_must_be_encrypted_and_signed() -> None:
    with pytest.raises(AnswerError, match="没有加密"):
        read_answer(ACCOUNT, "safe", reply("x"))
    sealed = seal(ACCOUNT, reply("x"), Random(1))
    forged = f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>0</MsgSignature></xml>".encode()
    with pytest.raises(AnswerError, match="签名"):
        read_answer(ACCOUNT, "safe", forged)
    assert read_answer(ACCOUNT, "safe", b"success") == {}


async def test_three_requests_with_the_same_message_after_timeouts() -> None:
    bodies, nonces = [], []

    async def sleep(first: str, body: bytes) -> bytes:
        bodies.append(body)
        nonces.append(parse_qs(urlsplit(first.split()[1]).query)["nonce"][0])
        await asyncio.sleep(1)
        return b""

    async with serving(sleep) as url:
        began = time.monotonic()
        delivered = await line(url).deliver(question())
        assert 0.55 < time.monotonic() - began < 0.95
    assert (delivered.attempts, delivered.shown) == (3, None)
    assert delivered.fault == "三次请求都没有得到回复"
    assert len(set(bodies)) == 1
    assert len(set(nonces)) == 3


async def test_the_second_request_brings_the_answer_after_a_broken_line() -> None:
    count = 0

    async def answer(_first: str, _body: bytes) -> bytes:
        nonlocal count
        count += 1
        return http(reply("好")) if count > 1 else b""

    async with serving(answer) as url:
        delivered = await line(url).deliver(question())
        assert (delivered.attempts, delivered.shown, delivered.fault) == (2, "好", "")
        cut = await line(url).deliver(question(), Trouble(cut_after_s=0.01))
        assert (cut.attempts, cut.shown) == (2, "好")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (http(b"", 500), "状态码 500"),
        (http(b"Error 500:"), "不是 XML"),
        (http(b'{"a": 1}'), "不是 XML"),
        (http(reply("医" * 683)), "超过 2048"),
        (http(reply("")), "空"),
        (http(reply("好", "oOther")), "收件人"),
        (b"nonsense\r\n\r\n", "HTTP"),
    ],
)
async def test_what_users_see_as_a_fault_is_not_asked_for_again(raw: bytes, why: str) -> None:
    async def answer(_first: str, _body: bytes) -> bytes:
        return raw

    async with serving(answer) as url:
        delivered = await line(url).deliver(question())
    assert why in delivered.fault
    assert delivered.attempts == 1


async def test_success_shows_nothing() -> None:
    async def answer(_first: str, _body: bytes) -> bytes:
        return http(b"success")

    async with serving(answer) as url:
        delivered = await line(url).deliver(question(), SMOOTH)
    assert (delivered.shown, delivered.fault) == (None, "")


class TestCounting:
    def ask(self, tally: Tally, text: str | None, expect: str = "435", **more) -> Push:
        push = Push(USER, "<xml/>", "text", expect=expect, **more)
        asked = tally.sent(push)
        tally.delivered(push, asked, Delivered(text, texts=[text] if text else []))
        return push

    def numbers(self, tally: Tally) -> tuple[int, int, int, bool]:
        report = report_of(tally, [], 1.0)
        return report.answered_once, report.lost, report.doubled, report.passed

    def test_once(self) -> None:
        tally = Tally()
        self.ask(tally, "435元")
        self.ask(tally, "5日", "5日")
        assert self.numbers(tally) == (2, 0, 0, True)

    def test_lost(self) -> None:
        tally = Tally()
        self.ask(tally, None)
        assert self.numbers(tally) == (0, 1, 0, False)

    def test_the_wrong_answer_is_none(self) -> None:
        tally = Tally()
        self.ask(tally, "不知道")
        assert self.numbers(tally) == (0, 1, 0, False)

    def test_the_next_reply_may_bring_it(self) -> None:
        tally = Tally()
        self.ask(tally, None)
        self.ask(tally, "您前面那条：435元\n\n5日", "5日")
        assert self.numbers(tally) == (2, 0, 0, True)

    def test_doubled(self) -> None:
        tally = Tally()
        self.ask(tally, "435元")
        self.ask(tally, "您前面那条：435元\n\n5日", "5日")
        assert self.numbers(tally) == (1, 0, 1, False)

    def test_a_customer_service_message_counts(self) -> None:
        tally = Tally()
        self.ask(tally, None)
        tally.pushed(USER, "435元")
        assert self.numbers(tally) == (1, 0, 0, True)
        tally.pushed(USER, "435元")
        assert not report_of(tally, [], 1.0).passed

    def test_different_replies_to_retries_are_a_broken_promise(self) -> None:
        tally, push = Tally(), Push(USER, "<xml/>", "text")
        tally.delivered(push, tally.sent(push), Delivered("a", texts=["a", "b"]))
        assert not report_of(tally, [], 1.0).passed

    @pytest.mark.parametrize(
        ("began", "is_back", "passed"),
        [(5.0, None, True), (5.0, 10.0, True), (12.9, 10.0, True), (13.0, 10.0, False)],
    )
    def test_without_a_store_replicas_cannot_agree(self, began, is_back, passed) -> None:
        tally, push = Tally(), Push(USER, "<xml/>", "text", answered=True, expect="a")
        tally.store_goes()
        if is_back is not None:
            tally.store_is_back(is_back)
        tally.delivered(push, tally.sent(push), Delivered("a", texts=["a", "aa"]), began)
        report = report_of(tally, [], 1.0)
        assert (report.passed, report.apart) == (passed, int(passed))
        assert any("各答各的 1 条" in line for line in report.lines()) == passed

    def test_but_each_must_give_the_answer(self) -> None:
        tally, push = Tally(), Push(USER, "<xml/>", "text", answered=True, expect="a")
        tally.store_goes()
        tally.delivered(push, tally.sent(push), Delivered("a", texts=["a", "b"]), 1.0)
        assert not report_of(tally, [], 1.0).passed


def test_it_loads_nothing_of_the_bot() -> None:
    code = (
        "import app.simulation.__main__, sys;"
        "print([m for m in sys.modules if m.startswith('app.') "
        "and not m.startswith('app.simulation')], 'wechatpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[] False"
