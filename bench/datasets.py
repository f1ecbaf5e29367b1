"""What is measured on: our own content, and public data where their folder is given."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.bootstrap import load
from app.domain.content import Catalog, IntentKind
from app.domain.names import Region
from app.matching.classes import class_in, examples_of
from app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DATA_VARIABLE = "YIBAO_BENCH_DATA"
MOST_EXAMPLES = 10
"""Training examples of an intent in the public data: few, as operators have."""

_NO_STRANGERS = {"health"}
"""Domains of smp2017 that are left out: it is tested with medical questions from outside, and they
are what its domain `health` asks (“肾炎需要注意什么”)."""

Labelled = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One split, the same for every method."""

    name: str
    train: tuple[Labelled, ...]
    test: tuple[Labelled, ...]
    """In scope."""
    far: tuple[str, ...]
    """Out of scope: about something else."""
    near: tuple[str, ...]
    """Out of scope: about the same business."""
    topics: frozenset[str]
    """Labels that are answered; a method's confidence is that in its best topic."""


def own_catalog() -> Catalog:
    """Return our content."""
    return load(Settings(content_dir=ROOT))


def own(region: str) -> Dataset:
    """Return our content as one region sees it; tested with the operators' `tests` sentences.

    All classes are learned by every method, the background and the gaps too.
    """
    catalog = own_catalog()
    examples = examples_of(catalog, Region(region))
    topics = frozenset(str(t) for t in examples.topics)
    return Dataset(
        name=f"own-{region}",
        train=tuple((e.text, str(e.label)) for e in examples.utterances),
        test=tuple((text, label) for text, label, _ in _tests(catalog, region) if label in topics),
        far=tuple(t for t, label, kind in _tests(catalog, region) if kind is IntentKind.BACKGROUND),
        near=tuple(
            text
            for text, label, kind in _tests(catalog, region)
            if kind is IntentKind.GAP and label not in topics
        ),
        topics=topics,
    )


def _tests(catalog: Catalog, region: str) -> Iterator[tuple[str, str, IntentKind]]:
    for intent in catalog.intents.values():
        label = class_in(intent, Region(region))
        if label is not None:
            for text in intent.tests:
                yield text, str(label), intent.kind


def public_folder() -> Path | None:
    """Return the folder of the public data, None where it is not given or not there."""
    folder = os.environ.get(DATA_VARIABLE, "")
    return Path(folder) if folder and Path(folder).is_dir() else None


def public(name: str, folder: Path) -> Dataset:
    """Return a public data set, capped at `MOST_EXAMPLES` training examples an intent."""
    rows = [r for r in _read(folder / f"{name}.jsonl") if r["intent"] not in _NO_STRANGERS]
    counts: dict[str, int] = {}
    train = []
    for row in rows:
        label = row["intent"]
        if row["split"] == "train" and counts.get(label, 0) < MOST_EXAMPLES:
            counts[label] = counts.get(label, 0) + 1
            train.append((row["text"], label))
    medical = _texts(folder / "oos_medical.jsonl")
    bank = name == "finfaq"
    return Dataset(
        name=name,
        train=tuple(train),
        test=tuple((r["text"], r["intent"]) for r in rows if r["split"] == "test"),
        # smp2017 has chat of its own, so general questions are no certain strangers to it.
        far=(*_texts(folder / "oos_general.jsonl"), *medical) if bank else medical,
        near=_texts(folder / "finfaq_oos_near.jsonl") if bank else (),
        topics=frozenset(counts),
    )


def _texts(path: Path) -> tuple[str, ...]:
    return tuple(row["text"] for row in _read(path))


def _read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
