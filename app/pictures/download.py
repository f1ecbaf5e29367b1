"""Fetching a picture from WeChat's servers, and from no others."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import anyio
import httpx
import structlog

from app.domain.turn import Message

MAX_PICTURE_BYTES = 5 * 1024 * 1024
"""A phone's screenshot is well below 2 MB."""
_HOSTS = ("qpic.cn", "qlogo.cn")
"""`PicUrl` names hosts such as mmbiz.qpic.cn. Source: 接收普通消息."""
_CHUNK_BYTES = 64 * 1024

_log = structlog.get_logger(__name__)


class MediaDownloads(Protocol):
    """The media API of an account (获取临时素材)."""

    def may_download(self, account: str) -> bool:
        """Say whether the account has the right to."""
        ...

    async def download(self, account: str, media_id: str, max_bytes: int) -> bytes | None:
        """Return the file, None where it is not to be had or larger; raises nothing."""
        ...


class PictureDownload:
    """Fetches the pictures of messages.

    Args:
        client: Makes the requests; owned by the caller. Redirects are never followed.
        media: The media API, used where the address fails; None: not used.
        test_origin: `http://127.0.0.1:port` that is allowed as well; only for tests.
        timeout_s: For a whole picture, in seconds.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        media: MediaDownloads | None = None,
        *,
        test_origin: str = "",
        timeout_s: float = 2.0,
    ) -> None:
        self._client = client
        self._media = media
        self._test_origin = test_origin
        self._timeout_s = timeout_s

    async def fetch(self, message: Message) -> bytes | None:
        """Return the picture of a message; None where it cannot be had. Raises nothing."""
        with anyio.move_on_after(self._timeout_s):
            address = allowed_address(message.picture_url, self._test_origin)
            picture = await self._get(address) if address else None
            if picture is not None:
                return picture
            media = self._media
            if media is not None and message.media_id and media.may_download(message.account):
                return await media.download(message.account, message.media_id, MAX_PICTURE_BYTES)
        return None

    async def _get(self, address: str) -> bytes | None:
        try:
            async with self._client.stream("GET", address, follow_redirects=False) as response:
                if response.status_code != httpx.codes.OK:
                    _log.info("picture_refused", status=response.status_code)
                    return None
                return await _body(response)
        except httpx.HTTPError as exc:
            _log.info("picture_not_fetched", error=type(exc).__name__)
            return None


async def _body(response: httpx.Response) -> bytes | None:
    """Return the body as it came; None where it is too large, whatever its header says."""
    parts, size = [], 0
    # Raw: a compressed body could unfold to gigabytes, and pictures are not sent compressed.
    async for part in response.aiter_raw(_CHUNK_BYTES):
        size += len(part)
        if size > MAX_PICTURE_BYTES:
            _log.info("picture_too_large")
            return None
        parts.append(part)
    return b"".join(parts)


def allowed_address(url: str, test_origin: str = "") -> str:
    """Return the address to ask, empty where it is not one of WeChat's.

    WeChat writes `http://`; its servers answer to https as well, and only that is asked.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if test_origin and f"{parts.scheme}://{parts.netloc}" == test_origin:
        return url
    host = parts.hostname or ""
    known = any(host == name or host.endswith(f".{name}") for name in _HOSTS)
    sound = parts.scheme in {"http", "https"} and parts.username is None and url.isascii()
    if not known or not sound or port not in {None, 80, 443}:
        return ""
    return SplitResult("https", host, parts.path, parts.query, "").geturl()
