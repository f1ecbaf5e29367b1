"""Trained matchers on disk, so that a process starts in a second and replicas need not train.

A cache file is named by the hash of the content and of this package's code; a file that cannot be
read is treated as absent. Plain numpy arrays and JSON: loading one executes nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from app.domain.content import IntentId, Region
from app.matching.calibration import Calibrator
from app.matching.features import VectorSpace
from app.matching.homophones import Corrector
from app.matching.matcher import Matcher, Model
from app.matching.meaning import Meaning
from app.matching.places import Places
from app.matching.tokenizer import Tokenizer


def cache_file(folder: Path, revision: str, region: Region, embedder: str = "") -> Path:
    """Return the file in which the region's matcher of this content and code is kept.

    Args:
        folder: Where all of them are.
        revision: Hash of the content.
        region: Whose matcher.
        embedder: Name of the embedder that took part; "" for none.
    """
    digest = hashlib.sha256(f"{revision}{embedder}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return folder / f"matcher-{region}-{digest.hexdigest()[:24]}.npz"


def save(path: Path, matcher: Matcher) -> None:
    """Write the matcher; whoever reads meanwhile sees the old file or the new one, never a part.

    Raises:
        OSError: The folder cannot be written.
    """
    model = matcher.model
    texts = {
        "classes": model.classes,
        "utterances": model.utterances,
        "squeezed": model.squeezed,
        "spoken": model.spoken,
        "corrector": model.corrector.state(),
        "topics": sorted(model.topics),
        "calibrator": dataclasses.asdict(model.calibrator),
        "pinyin_calibrator": dataclasses.asdict(model.pinyin_calibrator),
        "features": matcher.space.features(),
        "documents": matcher.space.documents,
    }
    buffer = io.BytesIO()
    meaning = model.meaning
    if meaning is not None:
        texts["meaning_calibrator"] = dataclasses.asdict(meaning.calibrator)
    arrays = {
        "texts": np.frombuffer(json.dumps(texts, ensure_ascii=False).encode(), dtype=np.uint8),
        "idf": matcher.space.idf,
        "labels": model.labels,
        "rivals": model.rivals,
        "margins": model.margins,
        "weights": model.weights,
        "pinyin_weights": model.pinyin_weights,
        **_pack("rows", model.rows),
        **_pack("pinyin_rows", model.pinyin_rows),
        **({"centre": meaning.centre, "meaning_weights": meaning.weights} if meaning else {}),
    }
    # numpy's stubs take the keyword for `allow_pickle`, which none of the names is.
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        # Learned by root when an image is built, read by whoever runs it; nothing in it is secret.
        os.fchmod(handle, 0o644)
        file.write(buffer.getvalue())
    Path(name).replace(path)


def load(path: Path, tokenizer: Tokenizer, places: Places) -> Matcher | None:
    """Read a matcher, or None where there is no usable file."""
    try:
        # From memory: numpy leaves the file open when it turns out to be cut short.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        texts = json.loads(arrays["texts"].tobytes())
        space = VectorSpace.restore(texts["features"], arrays["idf"], texts["documents"])
        model = Model(
            classes=tuple(IntentId(c) for c in texts["classes"]),
            labels=arrays["labels"],
            rivals=arrays["rivals"],
            margins=arrays["margins"],
            utterances=tuple(texts["utterances"]),
            squeezed=tuple(texts["squeezed"]),
            spoken=tuple(texts["spoken"]),
            rows=_unpack("rows", arrays),
            pinyin_rows=_unpack("pinyin_rows", arrays),
            weights=arrays["weights"],
            pinyin_weights=arrays["pinyin_weights"],
            calibrator=_calibrator(texts["calibrator"]),
            pinyin_calibrator=_calibrator(texts["pinyin_calibrator"]),
            corrector=Corrector.restore(texts["corrector"]),
            topics=frozenset(IntentId(t) for t in texts["topics"]),
            meaning=_meaning(arrays, texts),
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return Matcher(model, space, tokenizer, places)


def _meaning(arrays: dict[str, np.ndarray], texts: dict[str, object]) -> Meaning | None:
    stored = texts.get("meaning_calibrator")
    if not isinstance(stored, dict):
        return None
    return Meaning(arrays["centre"], arrays["meaning_weights"], _calibrator(stored))


def _calibrator(stored: dict[str, object]) -> Calibrator:
    coefficients = stored["coefficients"]
    if not isinstance(coefficients, list):
        raise TypeError("coefficients")
    return Calibrator(
        coefficients=tuple(float(c) for c in coefficients),
        intercept=float(str(stored["intercept"])),
        accept=float(str(stored["accept"])),
        offer=float(str(stored["offer"])),
    )


def _pack(name: str, matrix: sp.csr_matrix) -> dict[str, np.ndarray]:
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices,
        f"{name}.indptr": matrix.indptr,
        f"{name}.shape": np.asarray(matrix.shape),
    }


def _unpack(name: str, arrays: dict[str, np.ndarray]) -> sp.csr_matrix:
    rows, columns = arrays[f"{name}.shape"].tolist()
    return sp.csr_matrix(
        (arrays[f"{name}.data"], arrays[f"{name}.indices"], arrays[f"{name}.indptr"]),
        shape=(rows, columns),
    )


def prune(folder: Path, region: Region, keep: int = 4) -> None:
    """Delete all but the newest `keep` matchers of a region; each is some megabytes.

    Raises:
        OSError: A file cannot be looked at or deleted.
    """
    files = sorted(folder.glob(f"matcher-{region}-*.npz"), key=lambda f: f.stat().st_mtime)
    for file in files[:-keep]:
        file.unlink(missing_ok=True)
