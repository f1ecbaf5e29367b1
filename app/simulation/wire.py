"""One HTTP request by hand: full control of time, of cut connections and of halting bodies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Trouble:
    """What happens to a request on its way."""

    cut_after_s: float | None = None
    """The line breaks so long after the request was sent."""
    pause_s: float = 0.0
    """The second half of the body comes so much later."""


SMOOTH = Trouble()


class LineCutError(ConnectionError):
    """The line broke as it was told to."""


async def post(
    url: str, query: dict[str, str], body: bytes, timeout_s: float, trouble: Trouble = SMOOTH
) -> Answer:
    """Send one POST on a connection of its own.

    Raises:
        TimeoutError: No whole answer within `timeout_s` seconds.
        OSError: Refused, reset or cut.
        ValueError: What came back is not HTTP.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    head = (
        f"POST {parts.path}?{urlencode(query)} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"User-Agent: Mozilla/4.0\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_connection(
            parts.hostname, port, ssl=secure or None, limit=_LIMIT_BYTES
        )
        try:
            half = len(body) // 2 if trouble.pause_s else len(body)
            writer.write(head + body[:half])
            if trouble.pause_s:
                await writer.drain()
                await asyncio.sleep(trouble.pause_s)
                writer.write(body[half:])
            await writer.drain()
            if trouble.cut_after_s is not None:
                await asyncio.sleep(trouble.cut_after_s)
                raise LineCutError
            return _parse(await reader.read(-1))
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _parse(raw: bytes) -> Answer:
    if not raw:
        raise ConnectionResetError("closed without an answer")
    head, separator, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    words = first.split()
    if not separator or len(words) < 2 or not words[0].startswith(b"HTTP/"):
        raise ValueError("not an HTTP answer")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in lines)
    }
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = _joined(body)
    elif b"content-length" in headers and len(body) != int(headers[b"content-length"]):
        raise ConnectionResetError("the answer was cut short")
    return Answer(int(words[1]), body)


def _joined(chunks: bytes) -> bytes:
    body = b""
    while chunks:
        size_line, _, chunks = chunks.partition(b"\r\n")
        size = int(size_line.split(b";")[0], 16)
        if not size:
            return body
        body, chunks = body + chunks[:size], chunks[size + 2 :]
    raise ConnectionResetError("the answer was cut short")
