"""What new utterances do: where they go today, and which sentences of others they come near.

Judged by the live matcher, which does not know the new utterances: an estimate while typing. What
publishing really changes is found out by the impact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from app.console.intent_form import items
from app.dialogue.assistant import Assistant
from app.domain.content import Account, Catalog
from app.domain.names import IntentId, Region
from app.matching.explaining import explain
from app.matching.matcher import Matcher

MOST = 12
"""New utterances looked at, the last ones: about 20 ms each."""
_NEAR = 0.5
"""Least cosine of a sentence that is worth a look."""
_ALIKE = 0.8
"""Two utterances of different intents so alike pull at the same questions."""
_SHOWN = 4
_NEIGHBOURS = 30


@dataclass(frozen=True, slots=True)
class Near:
    """A sentence of another intent that is like a new utterance."""

    text: str
    title: str
    similarity: float
    """Cosine, in [0, 1]."""
    is_test: bool
    """A test sentence, else an utterance."""
    is_at_risk: bool
    """Whether the new utterance probably takes it, or questions like it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What is known about one new utterance in one region."""

    text: str
    place: str
    """What the account is called."""
    goes_to: str
    """Title of the intent that is first today; empty: none."""
    confidence: float
    is_sure: bool
    """Whether it is answered today without asking back."""
    is_own: bool
    near: tuple[Near, ...]


class StealGauge:
    """Tells the effects of new utterances; keeps the tests of each region in its matcher's space.

    One a process; safe to use from several threads, which at worst do the same work twice.
    """

    def __init__(self) -> None:
        self._tests: dict[Region, tuple[Matcher, _Tests]] = {}

    def effects(
        self,
        assistant: Assistant,
        intent: str,
        regions: Sequence[str],
        utterances: str,
        known: Sequence[str],
    ) -> tuple[Effect, ...]:
        """Return the effects of what was added, latest first. Blocking; the first call about 1 s.

        Args:
            assistant: The live one.
            intent: Whose utterances.
            regions: Where it answers.
            utterances: All of them, one a line.
            known: Those that are published.
        """
        new = [text for text in items(utterances) if text not in set(known)][-MOST:]
        return tuple(
            self._effect(assistant, account, intent, text)
            for account in assistant.catalog.accounts.values()
            if account.region in regions and account.region in assistant.matchers
            for text in reversed(new)
        )

    def _effect(self, assistant: Assistant, account: Account, intent: str, text: str) -> Effect:
        catalog, matcher = assistant.catalog, assistant.matchers[account.region]
        explanation = explain(matcher, text, _NEIGHBOURS)
        ranking = explanation.ranking
        first = ranking.candidates[0] if ranking.candidates else None
        near = [
            Near(
                text=n.text,
                title=_title(catalog, n.intent),
                similarity=n.similarity,
                is_test=False,
                is_at_risk=n.similarity >= _ALIKE,
            )
            for n in explanation.neighbours
            if n.intent != intent and n.similarity >= _NEAR
        ]
        near += self._near_tests(account.region, matcher, catalog, intent, text)
        near.sort(key=lambda n: (not n.is_at_risk, -n.similarity))
        return Effect(
            text=text,
            place=account.name,
            goes_to=_title(catalog, first.intent) if first else "",
            confidence=first.confidence if first else 0.0,
            is_sure=first is not None and first.confidence >= ranking.accept,
            is_own=first is not None and first.intent == intent,
            near=tuple(near[:_SHOWN]),
        )

    def _near_tests(
        self, region: Region, matcher: Matcher, catalog: Catalog, intent: str, text: str
    ) -> Iterator[Near]:
        kept = self._tests.get(region)
        if kept is None or kept[0] is not matcher:
            kept = self._tests[region] = (matcher, _tests_of(matcher, catalog))
        tests = kept[1]
        similar = tests.similar(matcher, text)
        for row in np.argsort(-similar, kind="stable")[:_NEIGHBOURS]:
            owner, similarity = tests.owners[row], float(similar[row])
            if owner == intent or similarity < _NEAR:
                continue
            own = matcher.nearest_among(tests.texts[row], (owner,))[1]
            yield Near(
                text=tests.texts[row],
                title=_title(catalog, owner),
                similarity=similarity,
                is_test=True,
                is_at_risk=similarity > own,
            )


@dataclass(frozen=True, slots=True)
class _Tests:
    """The test sentences of a region's intents in its matcher's space."""

    texts: tuple[str, ...]
    owners: tuple[IntentId, ...]
    rows: sp.csr_matrix

    def similar(self, matcher: Matcher, text: str) -> NDArray[np.float32]:
        """Return the cosine of a text with each test, shape (tests,)."""
        return np.asarray((self.rows @ _row(matcher, text).T).todense()).ravel()


def _tests_of(matcher: Matcher, catalog: Catalog) -> _Tests:
    known = set(matcher.model.classes)
    kept = [(i.id, text) for i in catalog.intents.values() if i.id in known for text in i.tests]
    rows = [_row(matcher, text) for _, text in kept] or [sp.csr_matrix((1, matcher.space.size))]
    texts = tuple(text for _, text in kept) or ("",)
    owners = tuple(owner for owner, _ in kept) or (IntentId(""),)
    return _Tests(texts, owners, sp.vstack(rows, format="csr"))


def _row(matcher: Matcher, text: str) -> sp.csr_matrix:
    indices, values = matcher.space.vector(matcher.analyse(text))
    zeros = np.zeros(len(indices), dtype=np.int64)
    return sp.csr_matrix((values, (zeros, indices)), shape=(1, matcher.space.size))


def _title(catalog: Catalog, intent: IntentId) -> str:
    known = catalog.intents.get(intent)
    return known.title if known else str(intent)
