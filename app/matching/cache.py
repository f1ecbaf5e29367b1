"""Trained matchers on disk, so that a process starts in a second and replicas need not train.

A cache file is named by the hash of what was learned (`curriculum`) and of this package's code; a
file that cannot be read is treated as absent. Plain numpy arrays and JSON: loading one executes
nothing.
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
from typing import Any

import numpy as np

from app.domain.content import Opposites
from app.domain.names import IntentId, Region
from app.matching.calibration import Calibrator
from app.matching.features import VectorSpace
from app.matching.homophones import Corrector
from app.matching.local_ridge import LocalRidge
from app.matching.matcher import Matcher, Model
from app.matching.meaning import Meaning
from app.matching.opposites import Guard
from app.matching.places import Places
from app.matching.postings import Postings
from app.matching.ranker import KernelRidge
from app.matching.sparse import Rows, SparseRows, csr_of
from app.matching.tokenizer import Tokenizer
from app.matching.view import VIEWS, Ranker, View


def cache_file(folder: Path, learned: str, region: Region, embedder: str = "") -> Path:
    """Return the file in which the region's matcher of this curriculum and code is kept.

    Args:
        folder: Where all of them are.
        learned: Digest of the region's curriculum.
        region: Whose matcher.
        embedder: Name of the embedder that took part; "" for none.
    """
    digest = hashlib.sha256(f"{learned}{embedder}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return folder / f"matcher-{region}-{digest.hexdigest()[:24]}.npz"


def save(path: Path, matcher: Matcher) -> None:
    """Write the matcher; whoever reads meanwhile sees the old file or the new one, never a part.

    Raises:
        OSError: The folder cannot be written.
    """
    model = matcher.model
    texts = _texts(matcher)
    meaning = model.meaning
    arrays = {
        "texts": np.frombuffer(json.dumps(texts, ensure_ascii=False).encode(), dtype=np.uint8),
        "idf": matcher.space.idf,
        "labels": model.labels,
        "rivals": model.rivals,
        "margins": model.margins,
        "sides": model.sides,
        **_pack_view("whole", model.whole),
        **_pack_view("pinyin", model.pinyin),
        **(_pack_meaning(meaning) if meaning else {}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            # Learned by root when an image is built, read by whoever runs it; nothing is secret.
            os.fchmod(handle, 0o644)
            # numpy's stubs take the keyword for `allow_pickle`, which none of the names is.
            np.savez(file, **arrays)  # type: ignore[arg-type]
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _texts(matcher: Matcher) -> dict[str, Any]:
    """Return all that is not numbers, as JSON values."""
    model = matcher.model
    texts: dict[str, Any] = {
        "classes": model.classes,
        "utterances": model.utterances,
        "corrector": model.corrector.state(),
        "topics": sorted(model.topics),
        "opposites": [[p.one, p.other, p.neither] for p in model.guard.pairs],
        "features": matcher.space.features(),
        "documents": matcher.space.documents,
        "views": [
            {"texts": view.texts, "calibrator": dataclasses.asdict(view.calibrator)}
            for view in (model.whole, model.pinyin)
        ],
    }
    if model.meaning is not None:
        texts["meaning_calibrator"] = dataclasses.asdict(model.meaning.calibrator)
        texts["meaning_share"] = model.meaning.share
    return texts


def load(path: Path, tokenizer: Tokenizer, places: Places) -> Matcher | None:
    """Read a matcher, or None where there is no usable file."""
    try:
        # From memory: numpy leaves the file open when it turns out to be cut short.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        texts = json.loads(arrays["texts"].tobytes())
        space = VectorSpace(texts["features"], arrays["idf"], texts["documents"])
        whole, pinyin = (
            _view(name, blocks, stored, arrays)
            for name, blocks, stored in zip(("whole", "pinyin"), VIEWS, texts["views"], strict=True)
        )
        model = Model(
            classes=tuple(IntentId(c) for c in texts["classes"]),
            labels=arrays["labels"],
            utterances=tuple(texts["utterances"]),
            whole=whole,
            pinyin=pinyin,
            corrector=Corrector.restore(texts["corrector"]),
            rivals=arrays["rivals"],
            margins=arrays["margins"],
            topics=frozenset(IntentId(t) for t in texts["topics"]),
            guard=_guard(texts["opposites"]),
            sides=arrays["sides"],
            meaning=_meaning(arrays, texts),
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return Matcher(model, space, tokenizer, places)


def _pack_view(name: str, view: View) -> dict[str, np.ndarray]:
    packed = _pack(f"{name}.rows", view.rows)
    ranker = view.ranker
    if isinstance(ranker, KernelRidge):
        return {**packed, f"{name}.alpha": ranker.alpha}
    if isinstance(ranker, LocalRidge):
        return {
            **packed,
            **_pack(f"{name}.targets", ranker.targets),
            f"{name}.ridge": ranker.ridge,
        }
    raise TypeError(type(ranker).__name__)


def _view(
    name: str, blocks: tuple[str, ...], stored: dict[str, Any], arrays: dict[str, np.ndarray]
) -> View:
    rows = _unpack(f"{name}.rows", arrays)
    ranker: Ranker
    if f"{name}.alpha" in arrays:
        ranker = KernelRidge(arrays[f"{name}.alpha"])
    else:
        targets = _unpack(f"{name}.targets", arrays)
        ranker = LocalRidge(csr_of(rows), csr_of(targets), arrays[f"{name}.ridge"])
    texts = tuple(stored["texts"])
    return View(blocks, rows, Postings(rows), texts, ranker, _calibrator(stored["calibrator"]))


def _guard(stored: list[list[list[str]]]) -> Guard:
    return Guard(Opposites(*(tuple(side) for side in pair)) for pair in stored)


def _pack_meaning(meaning: Meaning) -> dict[str, np.ndarray]:
    return {
        "meaning.centre": meaning.centre,
        "meaning.rows": meaning.rows,
        "meaning.alpha": meaning.alpha,
    }


def _meaning(arrays: dict[str, np.ndarray], texts: dict[str, Any]) -> Meaning | None:
    stored = texts.get("meaning_calibrator")
    if not isinstance(stored, dict):
        return None
    centre, rows, alpha = (arrays[f"meaning.{name}"] for name in ("centre", "rows", "alpha"))
    share = float(str(texts["meaning_share"]))
    return Meaning(centre, rows, alpha, share, _calibrator(stored))


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


def _pack(name: str, matrix: SparseRows) -> dict[str, np.ndarray]:
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices,
        f"{name}.indptr": matrix.indptr,
        f"{name}.shape": np.asarray(matrix.shape),
    }


def _unpack(name: str, arrays: dict[str, np.ndarray]) -> Rows:
    rows, columns = arrays[f"{name}.shape"].tolist()
    data, indices, indptr = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return Rows(data, indices, indptr, (rows, columns))


def prune(folder: Path, region: Region, keep: int = 4) -> None:
    """Delete all but the newest `keep` matchers of a region; each is some megabytes.

    Raises:
        OSError: A file cannot be looked at or deleted.
    """
    files = sorted(folder.glob(f"matcher-{region}-*.npz"), key=lambda f: f.stat().st_mtime)
    for file in files[:-keep]:
        file.unlink(missing_ok=True)
