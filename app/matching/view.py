"""Ways to see a message: by all its features, or by its sound alone where it is pinyin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.matching.calibration import Calibrator
from app.matching.features import BLOCKS, Analysed, VectorSpace
from app.matching.opposites import Guard, Sides
from app.matching.postings import Postings
from app.matching.sparse import SparseRows

Floats = NDArray[np.float32]

PINYIN = ("pinyin",)


@dataclass(frozen=True, slots=True)
class View:
    """The operators' sentences and what was learned from them, for one kind of message."""

    blocks: tuple[str, ...]
    """Blocks of features that are looked at."""
    rows: SparseRows
    """Utterances, then counter-examples, in the vector space."""
    postings: Postings
    """The same rows by feature."""
    texts: tuple[str, ...]
    """The utterances as they are compared letter by letter."""
    ranker: Ranker
    calibrator: Calibrator

    @property
    def is_pinyin(self) -> bool:
        """Whether only the sound is looked at."""
        return self.blocks == PINYIN


@dataclass(frozen=True, slots=True)
class Query:
    """A message as a view sees it."""

    view: View
    indices: NDArray[np.int64]
    """Its dimensions."""
    values: Floats
    """Their weights."""
    similar: Floats
    """Cosine with every row of the view."""
    known: float
    """Share of the text that the utterances know, in [0, 1]."""
    text: str
    """In the form of the view's texts."""
    chars: int
    """Characters of the message, without punctuation."""
    sides: Sides
    """What it says of the declared opposites."""


class Ranker(Protocol):
    """Scores the classes; the right one comes near 1, the others near 0."""

    def scores(self, query: Query) -> Floats:
        """Return a score for every class."""
        ...

    def gains(self, query: Query, first: int, second: int) -> Floats:
        """Return what each of the query's features adds to the first class over the second."""
        ...


def query_of(seen: Analysed, space: VectorSpace, view: View, guard: Guard) -> Query:
    """Return an analysed message as the view sees it."""
    indices, values = space.vector(seen, view.blocks)
    return Query(
        view=view,
        indices=indices,
        values=values,
        similar=view.postings.similar(indices, values),
        known=space.known_share(seen),
        text=text_of(seen, view.blocks),
        chars=len(seen.squeezed),
        sides=guard.sides(seen.normalised),
    )


def text_of(seen: Analysed, blocks: tuple[str, ...]) -> str:
    """Return what is compared letter by letter: the text, or one run of folded pinyin."""
    return "".join(seen.syllables) if blocks == PINYIN else seen.squeezed


VIEWS = (BLOCKS, PINYIN)
"""Blocks of the two views that every matcher has."""
