"""Screens are read off the event loop, one at a time and in bounded time; the rest is refused."""

from __future__ import annotations

import asyncio
import io
import struct
import threading
import time
import zlib
from functools import cache

import anyio
import pytest
from PIL import Image

from app.domain.turn import Message, MessageKind
from app.pictures.reading import (
    LocalEngine,
    ScreenshotReader,
    UnreadablePictureError,
    decode,
    is_installed,
)
from tests.assistants import ROOT

pytestmark = pytest.mark.anyio

SCREENS = ROOT / "tests/data/screenshots"
IMAGE = Message("beijing", "u", MessageKind.IMAGE)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@cache
def engine() -> LocalEngine:
    return LocalEngine()


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, "PNG")
    return file.getvalue()


def bomb() -> bytes:
    """Return a small PNG that says it has ten billion pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000_000)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("payment_info_invalid", "缴费信息无效"),
        ("system_busy", "系统繁忙"),
        ("with_id_number", "11010519491231002X"),
    ],
)
def test_screens_are_read(name: str, words: str) -> None:
    assert is_installed(), "the extra ocr belongs to the development requirements"
    lines = engine()((SCREENS / f"{name}.png").read_bytes())
    assert any(words in line for line in lines)
    assert lines.index("提示") < lines.index("确定")


def test_a_drawing_has_no_lines() -> None:
    assert engine()((SCREENS / "no_text.png").read_bytes()) == ()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>not found</html>", id="page"),
        pytest.param(png(64, 64)[:60], id="cut"),
        pytest.param(png(64, 64)[:40] + b"\0" * 40, id="broken"),
        pytest.param(b"GIF89a" + b"\xff" * 50, id="gif"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="postscript"),
        pytest.param(bomb(), id="bomb"),
        pytest.param(png(6000, 6000, "1"), id="large"),
    ],
)
def test_what_is_no_sound_picture_is_refused(data: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(UnreadablePictureError):
        decode(data)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P", "CMYK"])
def test_large_screens_are_made_smaller(mode: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (1080, 4000)).save(file, "JPEG" if mode == "CMYK" else "PNG")
    assert decode(file.getvalue()).shape == (1600, 432, 3)


class Fetched:
    """A download that has a picture, or none."""

    def __init__(self, picture: bytes | None = b"picture") -> None:
        self.picture = picture

    async def fetch(self, message: Message) -> bytes | None:
        return self.picture


class Slow:
    """An engine that takes its time and counts who is at it together."""

    def __init__(self, takes_s: float) -> None:
        self.takes_s = takes_s
        self.running = self.most = self.calls = 0
        self._lock = threading.Lock()

    def __call__(self, picture: bytes) -> tuple[str, ...]:
        with self._lock:
            self.calls += 1
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(self.takes_s)
        with self._lock:
            self.running -= 1
        return ("读到了",)


async def test_the_loop_runs_on_and_pictures_wait_for_each_other() -> None:
    slow = Slow(0.2)
    reader = ScreenshotReader(Fetched(), slow, timeout_s=4)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    lines = await asyncio.gather(*(reader.read(IMAGE) for _ in range(3)))
    ticking.cancel()
    assert lines == [("读到了",)] * 3
    assert slow.most == 1
    assert ticks > 20


async def test_who_waits_too_long_is_told_that_nothing_was_read() -> None:
    slow = Slow(0.6)
    reader = ScreenshotReader(Fetched(), slow, timeout_s=0.3)
    began = time.perf_counter()
    assert list(await asyncio.gather(*(reader.read(IMAGE) for _ in range(2)))) == [(), ()]
    assert time.perf_counter() - began < 0.6
    await anyio.sleep(0.5)
    assert slow.calls == 1  # the second gave up before its turn came


async def test_a_reading_that_was_given_up_still_keeps_others_waiting() -> None:
    slow = Slow(0.4)
    reader = ScreenshotReader(Fetched(), slow, timeout_s=0.1)
    for _ in range(4):
        assert await reader.read(IMAGE) == ()
    await asyncio.sleep(0.9)
    assert (slow.running, slow.most) == (0, 1)
    assert slow.calls <= 2  # those that could not begin in time never did


async def test_no_picture_and_a_broken_one_are_no_lines() -> None:
    assert await ScreenshotReader(Fetched(None), engine()).read(IMAGE) == ()
    assert await ScreenshotReader(Fetched(b"broken"), engine()).read(IMAGE) == ()
    assert await ScreenshotReader(Fetched(bomb()), engine()).read(IMAGE) == ()
