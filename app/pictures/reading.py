"""Reading the text in a picture, in this process, one picture at a time.

RapidOCR (PP-OCRv4, ONNX): models are part of the wheel, nothing is downloaded. About 1 s a
screenshot on one core; the first one 2 s more.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import anyio
import httpx
import numpy as np
import structlog
from numpy.typing import NDArray

from app.domain.turn import Message
from app.pictures.download import MediaDownloads, PictureDownload

_SIDE_PX = 1600
"""Longest side that is read: a 1080 x 2400 screenshot stays legible, memory stays bounded."""
_MAX_PIXELS = 25_000_000
"""A phone's longest scrolling screenshot; more is a decompression bomb."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_SURE = 0.8
"""Least confidence of a line (0 to 1); below it the characters are guesses."""
_MAX_LINES = 60
_MAX_LINE_CHARS = 200

_log = structlog.get_logger(__name__)

Engine = Callable[[bytes], tuple[str, ...]]
"""Picture → lines, top to bottom. Blocking; raises `UnreadablePictureError`."""


class UnreadablePictureError(ValueError):
    """The bytes are no picture, a damaged one, or one that is too large."""


def is_installed() -> bool:
    """Say whether the extra `ocr` is there."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


class LocalEngine:
    """RapidOCR, loaded with the first picture. Safe to call from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: Callable[..., Any] | None = None

    def __call__(self, picture: bytes) -> tuple[str, ...]:
        """Return the lines of which it is sure.

        Raises:
            UnreadablePictureError: See there.
        """
        pixels = decode(picture)
        with self._lock:
            self._engine = self._engine or _load()
            found, _ = self._engine(pixels)
        rows = [(min(y for _, y in box), text, sure) for box, text, sure in found or ()]
        lines = [text.strip() for _, text, sure in sorted(rows) if float(sure) >= _SURE]
        return tuple(line[:_MAX_LINE_CHARS] for line in lines if line)[:_MAX_LINES]


def _load() -> Callable[..., Any]:
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError as exc:  # e.g. a server without libGL, which OpenCV wants
        _log.error("ocr_cannot_be_loaded", reason=str(exc))
        raise UnreadablePictureError("no OCR") from exc
    # One thread: turns of other parents need the other cores.
    engine: Callable[..., Any] = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    return engine


def decode(picture: bytes) -> NDArray[np.uint8]:
    """Return a picture as an array of RGB pixels, height x width x 3, no side above 1600.

    Raises:
        UnreadablePictureError: See there.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture), formats=_FORMATS) as image:
            if image.width * image.height <= _MAX_PIXELS:
                # Lets the JPEG decoder shrink while it reads.
                image.draft("RGB", (_SIDE_PX, _SIDE_PX))
                image.thumbnail((_SIDE_PX, _SIDE_PX))
                return np.asarray(image.convert("RGB"))
            reason = "too large"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        reason = "too large"
    except (OSError, ValueError, SyntaxError) as exc:  # SyntaxError: broken chunks of PNG
        reason = type(exc).__name__
    raise UnreadablePictureError(reason)


class Fetching(Protocol):
    """Fetches pictures; see `PictureDownload`."""

    async def fetch(self, message: Message) -> bytes | None:
        """Return the picture of a message; None where it cannot be had."""
        ...


class ScreenshotReader:
    """Fetches and reads the pictures of messages. Implements the dialogue's `PictureReader`.

    Args:
        download: Fetches.
        engine: Reads.
        timeout_s: For the whole of it, in seconds; what takes longer is given up.
    """

    def __init__(self, download: Fetching, engine: Engine, *, timeout_s: float = 4.0) -> None:
        self._download = download
        self._engine = engine
        self._timeout_s = timeout_s
        # One thread: a reading that was given up still ends before the next begins, and those
        # that wait are dropped when their time is over.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ocr")

    async def read(self, message: Message) -> tuple[str, ...]:
        """Return the lines, top to bottom; none where there are none to be had in time."""
        with anyio.move_on_after(self._timeout_s):
            picture = await self._download.fetch(message)
            if picture is None:
                return ()
            try:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, self._engine, picture)
            except UnreadablePictureError as exc:
                _log.info("picture_unreadable", reason=str(exc))
                return ()
        _log.info("picture_given_up", after_s=self._timeout_s)
        return ()


def screenshot_reader(
    client: httpx.AsyncClient,
    timeout_s: float,
    test_origin: str = "",
    media: MediaDownloads | None = None,
) -> ScreenshotReader | None:
    """Return the reader; None where the extra `ocr` is not installed. Arguments as above."""
    if not is_installed():
        return None
    # Half of the time is for reading: about a second a picture.
    download = PictureDownload(client, media, test_origin=test_origin, timeout_s=timeout_s / 2)
    return ScreenshotReader(download, LocalEngine(), timeout_s=timeout_s)
