"""Which class each utterance belongs to, as one region sees it.

A region's matcher learns from all content, also from what is not answered there: the other
region's topics, gaps and out-of-scope examples are classes of their own, so that "the document
does not say that" is recognised and not guessed from a missing score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.content import Catalog, Intent, IntentKind
from app.domain.names import IntentId, Region

FOREIGN_UTTERANCES = 24
"""Most utterances of a topic that only another region answers: enough to recognise it, and
training time grows with the cube of all utterances."""


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance and the class it teaches."""

    text: str
    label: IntentId


@dataclass(frozen=True, slots=True)
class Examples:
    """Training sentences of one region."""

    utterances: tuple[Example, ...]
    """Ordered by class."""
    negatives: tuple[Example, ...]
    """The operators' `not_utterances`, labelled with the class that they must not be."""
    topics: frozenset[IntentId]
    """Classes that are answered from the region's document."""


def class_in(intent: Intent, region: Region) -> IntentId | None:
    """Return the class of an intent's utterances in the region, None where they teach nothing.

    A gap of the other region teaches nothing here: it may well be answered here.
    """
    if intent.kind is IntentKind.FAQ:
        if region in intent.answers:
            return intent.id
        return intent.elsewhere.get(region, intent.id)
    if intent.kind is IntentKind.GAP and region not in intent.regions:
        return intent.elsewhere.get(region)
    return intent.id


def is_foreign(intent: Intent, region: Region) -> bool:
    """Tell whether an intent is a topic that only other regions answer."""
    return intent.kind is IntentKind.FAQ and region not in intent.answers


def _spread(texts: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Return at most `most` texts, taken at even distances from the whole list."""
    if len(texts) <= most:
        return texts
    return tuple(texts[i * len(texts) // most] for i in range(most))


def examples_of(catalog: Catalog, region: Region) -> Examples:
    """Collect the region's examples, in an order that depends on nothing but the content."""
    utterances: list[Example] = []
    negatives: list[Example] = []
    intents: Mapping[IntentId, Intent] = catalog.intents
    for intent_id in sorted(intents):
        intent = intents[intent_id]
        label = class_in(intent, region)
        if label is None:
            continue
        texts = tuple(dict.fromkeys((intent.title, *intent.utterances)))
        if is_foreign(intent, region):
            texts = _spread(texts, FOREIGN_UTTERANCES)
        utterances.extend(Example(text, label) for text in texts)
        if label == intent.id:
            negatives.extend(Example(text, label) for text in intent.not_utterances)
    topics = frozenset(i for i in intents if region in intents[i].answers)
    return Examples(tuple(sorted(utterances, key=lambda e: e.label)), tuple(negatives), topics)
