"""One JSON endpoint of an OpenAI-compatible service, asked within a hard time budget.

Every way to fail (late, refused, broken, too large, away) gives the same answer: None.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
import structlog

from app.errors import SettingsError
from app.evidence.background import BackgroundLoop
from app.evidence.breaker import Breaker

Result = TypeVar("Result")
_log = structlog.get_logger(__name__)


class EndpointError(Exception):
    """The service did not give a usable answer; the message names the kind, never a text."""


class Endpoint:
    """POSTs JSON to one address. Safe to use from several threads.

    Args:
        url: The address, e.g. `https://example.org/v1/embeddings`.
        api_key: Sent as a bearer token; empty: none is sent.
        breaker: None: the service is asked each time, however often it failed.

    Redirects are not followed: the key and the parents' words go to the configured place only.

    Raises:
        SettingsError: This can be no address, or no key.
    """

    def __init__(self, url: str, api_key: str, breaker: Breaker | None) -> None:
        self._url = _checked(url)
        if not api_key.isascii() or not api_key.isprintable():
            raise SettingsError("API_KEY 里有不能用的字符，请重新复制")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._breaker = breaker
        self._loop = BackgroundLoop("evidence")
        self._client: httpx.AsyncClient | None = None

    def post(
        self,
        body: Mapping[str, object],
        read: Callable[[object], Result | None],
        budget_s: float,
        max_bytes: int,
    ) -> Result | None:
        """Return what `read` makes of the answer, or None after at most `budget_s` seconds.

        Args:
            body: Becomes the JSON request.
            read: Takes the decoded answer apart; None where it is not what was asked for.
            budget_s: For everything: name resolution, connection, TLS, answer.
            max_bytes: Largest answer accepted.
        """
        if self._breaker is not None and not self._breaker.allows():
            return None
        try:
            answer = self._loop.run(self._post(body, max_bytes), budget_s)
        except EndpointError as error:
            self._failed(str(error))
            return None
        except (httpx.HTTPError, OSError) as error:
            # OSError: the time is over, or certificates that the environment names cannot be read.
            self._failed(type(error).__name__)
            return None
        found = read(answer)
        if found is None:
            self._failed("answer of another shape")
        elif self._breaker is not None:
            self._breaker.succeeded()
        return found

    def close(self) -> None:
        """Close the connections; the endpoint may be used again and then reopens them."""
        client, self._client = self._client, None
        self._loop.close(client.aclose() if client is not None else None)

    async def _post(self, body: Mapping[str, object], max_bytes: int) -> object:
        if self._client is None:
            # The budget is the only time limit; httpx's own are for single steps.
            self._client = httpx.AsyncClient(timeout=None, headers=self._headers)  # noqa: S113
        async with self._client.stream("POST", self._url, json=body) as response:
            if response.status_code != httpx.codes.OK:
                raise EndpointError(f"HTTP {response.status_code}")
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > max_bytes:
                    raise EndpointError("answer too large")
        try:
            answer: object = json.loads(received)
        except (ValueError, RecursionError) as error:
            raise EndpointError("answer is not JSON") from error
        return answer

    def _failed(self, reason: str) -> None:
        if self._breaker is not None and self._breaker.failed():
            _log.warning("evidence_rests", host=self._url.host, reason=reason)


def _checked(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        # Not repeated, nor what is wrong with it: somebody may have put a key there.
        raise SettingsError("网址看不懂，应像 https://example.org/v1") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
        raise SettingsError("网址应像 https://example.org/v1；账号和密钥不写在网址里")
    return parsed
