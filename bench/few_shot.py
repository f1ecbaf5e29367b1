"""Labelled sentences as a catalog, so that our own pipeline can be trained on any data."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.domain.content import Account, Answer, Catalog, Intent, IntentKind, Texts
from app.domain.names import IntentId, Region

REGION = Region("bench")


def catalog_of(
    sentences: Iterable[tuple[str, str]], topics: Collection[str] | None = None
) -> Catalog:
    """Return a catalog with one intent for each label, and nothing else in it.

    Args:
        sentences: Text and label of each training sentence.
        topics: Labels that are answered; None: all of them.
    """
    utterances: dict[str, list[str]] = {}
    for text, label in sentences:
        utterances.setdefault(label, []).append(text)
    return Catalog(
        revision="",
        intents={
            IntentId(label): Intent(
                id=IntentId(label),
                title=texts[0],
                kind=IntentKind.FAQ if _answered(label, topics) else IntentKind.BACKGROUND,
                utterances=tuple(texts),
                answers={REGION: Answer("", ())} if _answered(label, topics) else {},
            )
            for label, texts in utterances.items()
        },
        flows={},
        documents={},
        facts={},
        accounts={"bench": Account("bench", REGION, "", (), "")},
        texts=Texts({}),
        places=(),
        commands={},
        synonyms={},
        domain_words=(),
    )


def _answered(label: str, topics: Collection[str] | None) -> bool:
    return topics is None or label in topics
