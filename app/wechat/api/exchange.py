"""One HTTP exchange with the platform: bounded in time and size, and silent about its address.

The access token is part of every address, so no exception leaves here with one, and httpx's own
log lines are cut at the question mark.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.errors import ApiTransportError, SettingsError
from app.network_causes import cause_of

OFFICIAL_URL = "https://api.weixin.qq.com"
"""Source: 接口调用概述; `api2.weixin.qq.com` and others are stand-ins for disasters."""

ANSWER_BYTES = 1 << 20
"""Largest JSON answer; a menu has some KB."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """Times of one exchange in seconds."""

    connect_s: float = 3.0
    total_s: float = 8.0
    """Name, connection, TLS, request and answer together."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer as it came."""

    body: bytes
    content_type: str
    """Lower-cased, without parameters."""
    date: str
    """The header `Date`; empty where there is none."""


class UrlFilter(logging.Filter):
    """Cuts queries off the addresses that httpx logs; lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place, before any handler formats it."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                str(value).partition("?")[0] if isinstance(value, httpx.URL) else value
                for value in record.args
            )
        return True


_FILTER = UrlFilter()


class Exchange:
    """Calls one API host; owns its connections. Belongs to one event loop.

    Raises:
        SettingsError: `base_url` is no address, or would show the secret to the network.
    """

    def __init__(self, base_url: str = OFFICIAL_URL, limits: ExchangeLimits | None = None) -> None:
        self._limits = limits or ExchangeLimits()
        self.base_url = checked_url(base_url)
        logging.getLogger("httpx").addFilter(_FILTER)  # the same filter is added only once
        self._client = httpx.AsyncClient(
            base_url=self.base_url,
            timeout=httpx.Timeout(self._limits.total_s, connect=self._limits.connect_s),
            follow_redirects=False,
            # A proxy for the world outside knows nothing of this machine.
            trust_env=urlsplit(self.base_url).hostname not in _LOOPBACK,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(
        self,
        method: str,
        endpoint: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        max_bytes: int = ANSWER_BYTES,
        total_s: float | None = None,
    ) -> Received:
        """Send one request; the JSON body is UTF-8 without escapes (40033 otherwise).

        Raises:
            ApiTransportError: No complete answer of status 200 within the limits.
        """
        content = encode_json(body) if body is not None else None
        headers = {"Content-Type": "application/json; charset=utf-8"} if content else {}
        try:
            async with (
                asyncio.timeout(total_s or self._limits.total_s),
                self._client.stream(
                    method, endpoint, params=params, content=content, headers=headers
                ) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    message = f"微信接口返回 HTTP {response.status_code}"
                    raise ApiTransportError(endpoint, message, was_sent=True)
                return await _read(response, endpoint, max_bytes)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            message = f"连不上微信接口：{cause_of(exc)}"
            raise ApiTransportError(endpoint, message, was_sent=False) from None
        except (httpx.HTTPError, TimeoutError, OSError) as exc:
            # `from None`: the original knows the address, and with it the token.
            message = f"微信接口没有答完：{cause_of(exc)}"
            raise ApiTransportError(endpoint, message, was_sent=True) from None


async def _read(response: httpx.Response, endpoint: str, max_bytes: int) -> Received:
    received = bytearray()
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) > max_bytes:
            message = f"微信接口的回答超过 {max_bytes} 字节"
            raise ApiTransportError(endpoint, message, was_sent=True)
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Received(bytes(received), content_type, response.headers.get("date", ""))


def encode_json(body: Mapping[str, Any]) -> bytes:
    r"""Return UTF-8 JSON without `\uXXXX`; half a surrogate pair becomes `?`."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def decode_json(received: Received, endpoint: str) -> dict[str, Any]:
    """Return the JSON object of an answer; the content type is not asked, it varies.

    Raises:
        ApiTransportError: It is none.
    """
    try:
        answer = json.loads(received.body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise ApiTransportError(endpoint, "微信接口的回答不是 JSON", was_sent=True)
    return answer


def checked_url(base_url: str) -> str:
    """Return the base address without a closing slash.

    Raises:
        SettingsError: No http address, with a name or password in it, or unencrypted and not on
            this machine.
    """
    refusal = SettingsError(f"微信接口地址应像 {OFFICIAL_URL}，不含账号和密码")
    try:
        parts = urlsplit(base_url)
        is_address = parts.port is None or parts.port > 0
    except ValueError:  # a port or host that is none; what it is stays unsaid
        raise refusal from None
    is_http = parts.scheme in {"http", "https"} and bool(parts.hostname)
    if not is_address or not is_http or "@" in parts.netloc:
        raise refusal
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise SettingsError("微信接口地址必须是 https://，否则 AppSecret 会在网络上明文传送")
    return base_url.rstrip("/")
