"""Sentence embeddings from any OpenAI-compatible `/v1/embeddings` endpoint.

Source: OpenAI API reference, "Create embeddings": request `{model, input, encoding_format}`,
answer `{"data": [{"index": n, "embedding": [floats]}]}`; data need not be in order.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from app.evidence.breaker import Breaker
from app.evidence.endpoint import Endpoint
from app.evidence.masking import mask_numbers
from app.matching.embedding import Floats

_BATCH = 64
"""Texts in one request while content is learned."""
_LEISURE_S = 30.0
"""Time for such a request."""
_PAUSES_S = (1.0, 5.0)
"""Before a refused or failed request is repeated while content is learned."""
_ANSWER_BYTES = 1 << 16
_VECTOR_BYTES = 1 << 18
"""Room for one vector of 8,192 numbers written out in full."""


class HttpEmbedder:
    """Asks a service; numbers that could tell who somebody is are masked first.

    Args:
        base_url: Up to and including the version, e.g. `https://example.org/v1`.
        model: The service's name for the model.
        api_key: Bearer token; empty: none.
        timeout_s: Budget for one message, in seconds.
        pause: Waits for so many seconds; only used while content is learned.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str,
        timeout_s: float,
        *,
        breaker: Breaker | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        url = base_url.rstrip("/") + "/embeddings"
        self._endpoint = Endpoint(url, api_key, breaker or Breaker())
        # Learning has its own patience; its failures say nothing about a single message.
        self._learning = Endpoint(url, api_key, None)
        self._model = model
        self._budget_s = timeout_s
        self._pause = pause
        self._name = f"http/{hashlib.sha256(f'{url} {model}'.encode()).hexdigest()[:16]}"

    @property
    def name(self) -> str:
        """Hash of address and model."""
        return self._name

    @property
    def budget_s(self) -> float:
        """The time limit for one message, in seconds."""
        return self._budget_s

    def embed(self, texts: Sequence[str], *, at_leisure: bool = False) -> Floats | None:
        """Return unit rows, shape (len(texts), dimensions), or None."""
        if not at_leisure:
            return self._ask(self._endpoint, texts, self._budget_s)
        parts: list[Floats] = []
        for start in range(0, len(texts), _BATCH):
            part = self._patiently(texts[start : start + _BATCH])
            if part is None or (parts and part.shape[1] != parts[0].shape[1]):
                return None
            parts.append(part)
        return np.concatenate(parts)

    def close(self) -> None:
        """Close the connections."""
        self._endpoint.close()
        self._learning.close()

    def _patiently(self, texts: Sequence[str]) -> Floats | None:
        for pause_s in (*_PAUSES_S, None):
            found = self._ask(self._learning, texts, _LEISURE_S)
            if found is not None or pause_s is None:
                return found
            self._pause(pause_s)
        return None

    def _ask(self, endpoint: Endpoint, texts: Sequence[str], budget_s: float) -> Floats | None:
        body = {
            "model": self._model,
            "input": [mask_numbers(text) for text in texts],
            "encoding_format": "float",
        }
        room = _ANSWER_BYTES + _VECTOR_BYTES * len(texts)
        return endpoint.post(body, partial(unit_rows, count=len(texts)), budget_s, room)


def unit_rows(answer: object, count: int) -> Floats | None:
    """Return the vectors of an answer in the order asked for, each of length 1.

    None where one is missing or twice there, has another size than the rest, is zero, or is not
    made of finite numbers.
    """
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list) or len(data) != count:
        return None
    rows: dict[int, object] = {}
    for item in data:
        if not isinstance(item, dict) or type(item.get("index")) is not int:
            return None
        rows[item["index"]] = item.get("embedding")
    if sorted(rows) != list(range(count)):
        return None
    try:
        matrix = np.array([rows[i] for i in range(count)])
    except ValueError:
        return None
    if matrix.ndim != 2 or matrix.dtype.kind not in "fi" or not matrix.shape[1]:
        return None
    matrix = matrix.astype(np.float64)
    largest = np.abs(matrix).max(axis=1, keepdims=True)
    if not np.isfinite(largest).all() or (largest == 0).any():
        return None
    # Scaled first, so that squares neither overflow nor vanish.
    matrix /= largest
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / lengths, dtype=np.float32)
