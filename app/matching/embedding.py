"""Sentence embeddings as optional evidence: the port, and a store that embeds no utterance twice.

What implements the port lives above this layer; nothing here knows a model or a network.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
VectorOf = Callable[[str], Floats | None]
"""Normalised text → unit vector, None where there is none in time."""
EmbedAll = Callable[[Sequence[str]], Floats | None]
"""Texts of the content → one unit row each, None where they cannot be had."""

_KEPT_PER_TEXT = 4
"""Vectors kept for each text in use: the other regions', and what an edit may bring back."""


class Embedder(Protocol):
    """Turns texts into vectors whose cosine says how alike their meaning is."""

    @property
    def name(self) -> str:
        """Identifies model and version; vectors of different names are never compared."""
        ...

    @property
    def budget_s(self) -> float:
        """Longest that `embed` takes for a message, in seconds; 0 where it computes right here."""
        ...

    def embed(self, texts: Sequence[str], *, at_leisure: bool = False) -> Floats | None:
        """Return unit rows, shape (len(texts), dimensions); None where there are none in time.

        Never raises for what the other side does. Safe to call from several threads.

        Args:
            texts: Normalised texts, at least one.
            at_leisure: While content is learned: may take minutes instead of `budget_s`.
        """
        ...


def vectors_file(folder: Path, name: str) -> Path:
    """Return the file that keeps the vectors of the embedder `name`."""
    return folder / f"vectors-{hashlib.sha256(name.encode()).hexdigest()[:16]}.npz"


def stored_vectors(embedder: Embedder, path: Path, texts: Sequence[str]) -> Floats | None:
    """Return a unit row for each text, asking the embedder only for texts not met before.

    Vectors are kept in `path` by the hash of their text, so that an edit of the content costs the
    edited sentences only. A file that cannot be read or written costs time, nothing else.
    """
    digests = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
    known = _read(path)
    missing = {d: t for d, t in zip(digests, texts, strict=True) if d not in known}
    if missing:
        fresh = embedder.embed(list(missing.values()), at_leisure=True)
        if fresh is None:
            return None
        used = dict.fromkeys(digests)
        rest = [d for d in known if d not in used]
        kept = {d: known[d] for d in rest[: (_KEPT_PER_TEXT - 1) * len(used)]}
        kept.update((d, known[d]) for d in used if d in known)
        kept.update(zip(missing, fresh, strict=True))
        known = kept
        _write(path, known)
    dimensions = {len(known[d]) for d in digests}
    if len(dimensions) != 1:
        # The service changed its model under the same name: nothing old can be compared.
        path.unlink(missing_ok=True)
        return None
    return np.stack([known[d] for d in digests])


def _read(path: Path) -> dict[bytes, Floats]:
    try:
        # From memory: of a damaged file, numpy would leave the handle open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            digests, vectors = stored["digests"], stored["vectors"]
        return {d.tobytes(): v for d, v in zip(digests, vectors, strict=True)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def _write(path: Path, vectors: dict[bytes, Floats]) -> None:
    """Replace the file as a whole; leave it where the folder is read-only or the rows differ."""
    if len({len(v) for v in vectors.values()}) != 1:
        return
    digests = np.frombuffer(b"".join(vectors), dtype=np.uint8).reshape(len(vectors), 16)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".npz")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, digests=digests, vectors=np.stack(list(vectors.values())))
        Path(name).replace(path)
    except OSError:
        return
