"""One JSON endpoint of an OpenAI-compatible service, asked within a hard time budget.

Every way to fail (late, refused, broken, too large, away) gives the same answer: None.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import structlog

from app.evidence.background import BackgroundLoop
from app.evidence.breaker import Breaker

_log = structlog.get_logger(__name__)


class EndpointError(Exception):
    """The service did not give a usable answer; the message names the kind, never a text."""


class Endpoint:
    """POSTs JSON to one address. Safe to use from several threads.

    Args:
        url: The address, e.g. `https://example.org/v1/embeddings`.
        api_key: Sent as a bearer token; empty: none is sent.
        breaker: Shared by whoever asks this address.

    Redirects are not followed: the key and the parents' words go to the configured place only.
    """

    def __init__(self, url: str, api_key: str, breaker: Breaker) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._breaker = breaker
        self._loop = BackgroundLoop("evidence")
        self._client: httpx.AsyncClient | None = None

    def post(self, body: Mapping[str, object], budget_s: float, max_bytes: int) -> Any | None:
        """Return the decoded answer, or None after at most `budget_s` seconds.

        Args:
            body: Becomes the JSON request.
            budget_s: For everything: name resolution, connection, TLS, answer.
            max_bytes: Largest answer accepted.
        """
        if not self._breaker.allows():
            return None
        try:
            answer = self._loop.run(self._post(body, max_bytes), budget_s)
        except TimeoutError:
            return self._failed("timeout")
        except (httpx.HTTPError, httpx.InvalidURL, EndpointError) as error:
            return self._failed(str(error) if isinstance(error, EndpointError) else _kind(error))
        self._breaker.succeeded()
        return answer

    def reject(self, reason: str) -> None:
        """Report an answer that was JSON but made no sense."""
        self._failed(reason)

    def close(self) -> None:
        """Close the connections; the endpoint may be used again and then reopens them."""
        client, self._client = self._client, None
        self._loop.close(client.aclose() if client is not None else None)

    async def _post(self, body: Mapping[str, object], max_bytes: int) -> Any:
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
            return json.loads(received)
        except (ValueError, RecursionError) as error:
            raise EndpointError("answer is not JSON") from error

    def _failed(self, reason: str) -> None:
        if self._breaker.failed():
            _log.warning("evidence_rests", host=httpx.URL(self._url).host, reason=reason)


def _kind(error: Exception) -> str:
    return type(error).__name__
