"""Build a region's matcher from the catalog. Deterministic: same content, same ranking."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.content import Catalog, IntentId, Region
from app.matching import ranker
from app.matching.calibration import Calibrator, calibrate
from app.matching.classes import Examples, examples_of
from app.matching.features import Analysed, VectorSpace, analyse
from app.matching.matcher import Matcher, Model
from app.matching.places import OTHER, OWN, Places
from app.matching.tokenizer import Tokenizer

TARGET_PRECISION = 0.85
"""Share of right answers demanded on the operators' own sentences, each judged by a model that
has not seen it. Those sentences are chosen to differ, so this is a harder exam than real traffic:
see docs/adr/0005 for what it means on questions of parents."""

_UNSEEN_WEIGHT = 0.08
"""How often a message is about something that nobody foresaw, relative to the foreseen."""
_PINYIN_WEIGHT = 0.15
"""How often a message is typed in pinyin."""

_UNFITTED = Calibrator((0.0,) * 8, 0.0, 1.0, 1.0)


def places_of(catalog: Catalog, region: Region) -> Places:
    """Return the place names as the region's account sees them."""
    own = [p for a in catalog.accounts.values() if a.region == region for p in a.places]
    return Places(own, catalog.places)


def tokenizer_of(catalog: Catalog) -> Tokenizer:
    """Return a tokenizer that knows the catalog's words and synonyms."""
    return Tokenizer((*catalog.domain_words, OWN, OTHER), catalog.synonyms)


def train(catalog: Catalog, region: Region, tokenizer: Tokenizer) -> Matcher:
    """Train the region's matcher; some seconds for 5,000 utterances, O(n³)."""
    places = places_of(catalog, region)
    examples = examples_of(catalog, region)
    texts = [analyse(e.text, tokenizer, places) for e in examples.utterances]
    space = VectorSpace(texts)
    return Matcher(_fit(examples, texts, space, tokenizer, places), space, tokenizer, places)


def _fit(
    examples: Examples,
    texts: Sequence[Analysed],
    space: VectorSpace,
    tokenizer: Tokenizer,
    places: Places,
) -> Model:
    classes = tuple(sorted({e.label for e in examples.utterances}))
    index = {label: i for i, label in enumerate(classes)}
    labels = np.asarray([index[e.label] for e in examples.utterances], dtype=np.int32)
    rows, pinyin_rows = space.matrix(texts), space.matrix(texts, ("pinyin",))
    fitted = ranker.fit(rows, labels.tolist(), len(classes))
    pinyin_fitted = ranker.fit(pinyin_rows, labels.tolist(), len(classes))
    model = Model(
        classes=classes,
        labels=labels,
        utterances=tuple(e.text for e in examples.utterances),
        squeezed=tuple(t.squeezed for t in texts),
        rows=rows,
        pinyin_rows=pinyin_rows,
        weights=fitted.weights,
        pinyin_weights=pinyin_fitted.weights,
        calibrator=_UNFITTED,
        topics=examples.topics,
    )
    judge = _Judge(Matcher(model, space, tokenizer, places), texts)
    for seen_scores, unseen_scores, pinyin, weight in (
        (fitted.left_out, fitted.unseen, False, 1.0),
        (pinyin_fitted.left_out, pinyin_fitted.unseen, True, _PINYIN_WEIGHT),
    ):
        judge.add(seen_scores, pinyin, weight)
        judge.add(unseen_scores, pinyin, weight * _UNSEEN_WEIGHT, class_known=False)
    return dataclasses.replace(model, calibrator=judge.calibrator())


class _Judge:
    """Collects the calibration data: for each utterance its best candidate, right or wrong."""

    def __init__(self, matcher: Matcher, texts: Sequence[Analysed]) -> None:
        self._matcher = matcher
        self._texts = texts
        self._topics = [
            i for i, c in enumerate(matcher.model.classes) if c in matcher.model.topics
        ]
        self._rows: list[list[float]] = []
        self._right: list[bool] = []
        self._weights: list[float] = []
        self._is_topic: list[bool] = []

    def add(
        self,
        scores: NDArray[np.float32],
        pinyin: bool,
        weight: float,
        *,
        class_known: bool = True,
    ) -> None:
        """Judge every utterance by scores of a model that has not seen it (or its class)."""
        for row, text in enumerate(self._texts):
            own = int(self._matcher.model.labels[row])
            judged = dataclasses.replace(text, pinyin_only=pinyin)
            if not any(judged.features.values()):
                continue
            candidates = {self._best(scores[row], own, class_known, topics=True)}
            candidates.add(self._best(scores[row], own, class_known, topics=False))
            known = sorted(c for c in candidates if c >= 0)
            for (evidence, _), label in zip(
                self._matcher.evidence(judged, scores[row], known, leave_out=row),
                known,
                strict=True,
            ):
                self._rows.append(evidence.row())
                self._right.append(class_known and label == own)
                self._weights.append(weight)
                self._is_topic.append(self._matcher.model.classes[label] in self._matcher.model.topics)

    def _best(
        self, scores: NDArray[np.float32], own: int, class_known: bool, *, topics: bool
    ) -> int:
        allowed = self._topics if topics else range(len(scores))
        ranked = sorted(allowed, key=lambda c: -scores[c]) if topics else np.argsort(-scores)
        for label in ranked:
            if class_known or label != own:
                return int(label)
        return -1

    def calibrator(self) -> Calibrator:
        """Fit on what was collected; a region with a single class answers only exact matches."""
        right = np.asarray(self._right)
        if not right.any() or right.all():
            return _UNFITTED
        return calibrate(
            np.asarray(self._rows, dtype=np.float64),
            right,
            np.asarray(self._weights, dtype=np.float64),
            np.asarray(self._is_topic),
            TARGET_PRECISION,
        )


def class_ids(matcher: Matcher) -> tuple[IntentId, ...]:
    """Return the classes that the matcher tells apart."""
    return matcher.model.classes
