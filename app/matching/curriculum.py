"""What training reads of the content (教材), and a digest of it.

Training is given this and nothing else, so that two catalogs with the same curriculum have the
same matcher: a changed answer, fee or phone number costs no training.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.content import Catalog, Opposites
from app.domain.names import IntentId, Region
from app.matching.classes import Examples, examples_of, is_foreign
from app.matching.places import OTHER, OWN, Places
from app.matching.tokenizer import Tokenizer

_FOREIGN_WEIGHT = 0.35
"""Weight of another region's topics: they are asked here less often than the own, and where both
fit the own one is meant."""


@dataclass(frozen=True, slots=True)
class Curriculum:
    """All that one region's matcher is made from."""

    examples: Examples
    weights: Mapping[IntentId, float]
    """How much each example of a class counts."""
    own_places: tuple[str, ...]
    other_places: tuple[str, ...]
    words: tuple[str, ...]
    """Words that the tokenizer keeps whole."""
    synonyms: tuple[tuple[str, tuple[str, ...]], ...]
    """In the catalog's order: of two entries for a word the first one wins."""
    opposites: tuple[Opposites, ...]

    @property
    def places(self) -> Places:
        """The place names as the region's account sees them."""
        return Places(self.own_places, self.other_places)

    @property
    def tokenizer(self) -> Tokenizer:
        """A new tokenizer that knows words and synonyms; about 0.6 s."""
        return Tokenizer(self.words, dict(self.synonyms))

    @property
    def digest(self) -> str:
        """Hex SHA-256 over every field: equal where training gives the same."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return hashlib.sha256(
            json.dumps(fields, ensure_ascii=True, default=_plain).encode()
        ).hexdigest()


def curriculum_of(catalog: Catalog, region: Region) -> Curriculum:
    """Return what the region's matcher learns, in an order given by the content alone."""
    examples = examples_of(catalog, region)
    labels = sorted({e.label for e in (*examples.utterances, *examples.negatives)})
    own = [p for a in catalog.accounts.values() if a.region == region for p in a.places]
    return Curriculum(
        examples=examples,
        weights={label: _weight(catalog, region, label) for label in labels},
        own_places=tuple(own),
        other_places=tuple(catalog.places),
        words=(*catalog.domain_words, OWN, OTHER),
        synonyms=tuple((word, tuple(others)) for word, others in catalog.synonyms.items()),
        opposites=tuple(catalog.opposites),
    )


def _weight(catalog: Catalog, region: Region, label: IntentId) -> float:
    """Return how much an example counts; those of topics asked elsewhere give way to the own."""
    return _FOREIGN_WEIGHT if is_foreign(catalog.intents[label], region) else 1.0


def _plain(value: object) -> object:
    """Return a value that JSON does not know as one that it does."""
    if isinstance(value, frozenset):
        return sorted(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, f.name) for f in dataclasses.fields(value)]
    raise TypeError(type(value).__name__)
