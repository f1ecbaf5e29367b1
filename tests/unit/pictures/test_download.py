"""Pictures come from WeChat's servers only, and never too much of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.turn import Message, MessageKind
from app.pictures import download
from app.pictures.download import PictureDownload, allowed_address

pytestmark = pytest.mark.anyio

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://mmbiz.qpic.cn/a/0", "https://mmbiz.qpic.cn/a/0"),
        ("https://mmbiz.qpic.cn/a?b=c#d", "https://mmbiz.qpic.cn/a?b=c"),
        ("http://mmbiz.qpic.cn:80/a", "https://mmbiz.qpic.cn/a"),
        ("http://wx.qlogo.cn/a", "https://wx.qlogo.cn/a"),
        ("http://MMBIZ.QPIC.CN/a", "https://mmbiz.qpic.cn/a"),
        ("http://evil.example/mmbiz.qpic.cn", ""),
        ("http://qpic.cn.evil.example/a", ""),
        ("http://evilqpic.cn/a", ""),
        ("http://user@mmbiz.qpic.cn/a", ""),
        ("http://mmbiz.qpic.cn@evil.example/a", ""),
        ("http://mmbiz.qpic.cn:6379/a", ""),
        ("ftp://mmbiz.qpic.cn/a", ""),
        ("file:///etc/passwd", ""),
        ("http://127.0.0.1/a", ""),
        ("http://169.254.169.254/latest/meta-data", ""),
        ("http://[::1]/a", ""),
        ("http://mmbiz.qpic.cn:x/a", ""),
        ("http://[mmbiz.qpic.cn/a", ""),
        ("", ""),
    ],
)
def test_only_wechats_servers_are_asked(url: str, asked: str) -> None:
    assert allowed_address(url) == asked


@given(st.text())
def test_any_text_is_no_address_or_one_of_wechats(text: str) -> None:
    address = allowed_address(text)
    assert not address or httpx.URL(address).host.endswith(("qpic.cn", "qlogo.cn"))


def test_the_test_origin_must_be_met_exactly() -> None:
    origin = "http://127.0.0.1:9000"
    assert allowed_address(f"{origin}/a", origin) == f"{origin}/a"
    for other in ("http://127.0.0.1:90001/a", "https://127.0.0.1:9000/a", "http://127.0.0.1/a"):
        assert allowed_address(other, origin) == ""


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """Serve one answer to whatever is asked, on a free port of loopback."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await answer(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"


def saying(status: str, body: bytes, *headers: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers))
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()

    return answer


class Media:
    """A media API that has one file."""

    def __init__(self, *, granted: bool = True) -> None:
        self.granted = granted
        self.asked: list[str] = []

    def may_download(self, account: str) -> bool:
        return self.granted

    async def download(self, account: str, media_id: str, max_bytes: int) -> bytes | None:
        self.asked.append(media_id)
        return b"from the api"


async def fetched(answer: Answer, media: Media | None = None) -> bytes | None:
    async with server(answer) as origin, httpx.AsyncClient(trust_env=False) as client:
        fetching = PictureDownload(client, media, test_origin=origin, timeout_s=0.5)
        message = Message(
            "beijing", "u", MessageKind.IMAGE, picture_url=f"{origin}/p", media_id="m1"
        )
        return await fetching.fetch(message)


async def test_a_picture_is_fetched() -> None:
    assert await fetched(saying("200 OK", b"png")) == b"png"


@pytest.mark.parametrize(
    "answer",
    [
        saying("404 Not Found", b"png"),
        saying("302 Found", b"", "Location: http://127.0.0.1:1/x"),
        saying("500 Oops", b""),
        saying("nonsense", b""),
        saying("200 OK", b"short", "Content-Length: 10"),
    ],
)
async def test_trouble_is_no_picture(answer: Answer) -> None:
    assert await fetched(answer) is None


async def test_too_much_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MAX_PICTURE_BYTES", 1000)
    assert await fetched(saying("200 OK", b"x" * 1000)) == b"x" * 1000
    assert await fetched(saying("200 OK", b"x" * 1001)) is None


async def test_a_slow_server_is_given_up() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(40):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)

    began = asyncio.get_running_loop().time()
    assert await fetched(drip) is None
    assert asyncio.get_running_loop().time() - began < 2


async def test_the_media_api_is_asked_where_the_address_fails_and_the_account_may() -> None:
    refused = saying("404 Not Found", b"")
    assert await fetched(refused, Media()) == b"from the api"
    assert await fetched(refused, Media(granted=False)) is None
    unasked = Media()
    assert await fetched(saying("200 OK", b"png"), unasked) == b"png"
    assert unasked.asked == []
