"""Build a region's matcher from the catalog. Deterministic: same content, same ranking."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.content import Catalog, IntentId, IntentKind, Region
from app.matching import meaning, ranker
from app.matching.calibration import FEATURES, Calibrator, calibrate
from app.matching.classes import examples_of
from app.matching.embedding import EmbedAll
from app.matching.features import Analysed, VectorSpace, analyse
from app.matching.homophones import corrector_for
from app.matching.matcher import Matcher, Model, spoken
from app.matching.places import OTHER, OWN, Places
from app.matching.tokenizer import Tokenizer

TARGET_PRECISION = 0.98
"""Share of right answers demanded among the answers given to parents."""

TRAFFIC_ODDS = 0.08
"""Odds of a wrong first candidate in real traffic, relative to the odds on an operator's sentence
that the model has not seen. Operators write sentences that differ from one another, so leaving one
out is a harder exam than a parent's question: the best topic is wrong for about one sentence in
four when left out, for about one in thirty of labelled parents' questions. The calibration weighs
wrong outcomes accordingly (label shift: Saerens, Latinne & Decaestecker, "Adjusting the Outputs of
a Classifier to New a Priori Probabilities", Neural Computation 2002)."""

_UNSEEN_WEIGHT = 0.08
"""How often a message is about something that nobody foresaw, relative to the foreseen."""

_FOREIGN_WEIGHT = 0.35
"""Weight of another region's topics: they are asked here less often than the own, and where both
fit the own one is meant."""

_UNFITTED = Calibrator((0.0,) * len(FEATURES), 0.0, 1.0, 1.0)


def places_of(catalog: Catalog, region: Region) -> Places:
    """Return the place names as the region's account sees them."""
    own = [p for a in catalog.accounts.values() if a.region == region for p in a.places]
    return Places(own, catalog.places)


def tokenizer_of(catalog: Catalog) -> Tokenizer:
    """Return a tokenizer that knows the catalog's words and synonyms."""
    return Tokenizer((*catalog.domain_words, OWN, OTHER), catalog.synonyms)


def train(
    catalog: Catalog, region: Region, tokenizer: Tokenizer, embed: EmbedAll | None = None
) -> Matcher:
    """Train the region's matcher; some seconds for 5,000 utterances, O(n³).

    Args:
        catalog: All content.
        region: Whose matcher.
        tokenizer: Knows the catalog's words.
        embed: Gives sentence embeddings for a second ranker; without them, or where it gives
            none, all else is the same to the last bit.
    """
    places = places_of(catalog, region)
    examples = examples_of(catalog, region)
    taught = (*examples.utterances, *examples.negatives)
    both = [analyse(e.text, tokenizer, places) for e in taught]
    texts = both[: len(examples.utterances)]
    space = VectorSpace(texts)
    classes = tuple(sorted({e.label for e in examples.utterances}))
    index = {label: i for i, label in enumerate(classes)}
    labels = np.asarray([index[e.label] for e in examples.utterances], dtype=np.int32)
    wrong = [index[e.label] for e in examples.negatives]
    rows, pinyin_rows = space.matrix(both), space.matrix(both, ("pinyin",))
    weights = [_weight(catalog, region, e.label) for e in taught]
    fitted = ranker.fit(rows, labels.tolist(), wrong, len(classes), weights)
    pinyin_fitted = ranker.fit(pinyin_rows, labels.tolist(), wrong, len(classes), weights)
    rivals, margins = _rivals(fitted.left_out, labels)
    model = Model(
        classes=classes,
        labels=labels,
        utterances=tuple(e.text for e in examples.utterances),
        squeezed=tuple(t.squeezed for t in texts),
        spoken=tuple(spoken(t) for t in texts),
        rows=rows[: len(texts)],
        pinyin_rows=pinyin_rows[: len(texts)],
        weights=fitted.weights,
        pinyin_weights=pinyin_fitted.weights,
        calibrator=_UNFITTED,
        pinyin_calibrator=_UNFITTED,
        rivals=rivals,
        margins=margins,
        corrector=corrector_for((t.tokens for t in texts), (t.squeezed for t in texts)),
        topics=examples.topics & frozenset(classes),
    )
    matcher = Matcher(model, space, tokenizer, places)
    model = _calibrated(matcher, texts, fitted, pinyin_fitted)
    if embed is not None:
        model = _with_meaning(model, matcher, both, embed, fitted, wrong, weights)
    return Matcher(model, space, tokenizer, places)


def _calibrated(
    matcher: Matcher,
    texts: Sequence[Analysed],
    fitted: ranker.Fitted,
    pinyin_fitted: ranker.Fitted,
) -> Model:
    """Return the matcher's model with both calibrators."""
    return dataclasses.replace(
        matcher.model,
        calibrator=_judge(matcher, texts, fitted, pinyin=False),
        pinyin_calibrator=_judge(matcher, texts, pinyin_fitted, pinyin=True),
    )


def _with_meaning(
    model: Model,
    matcher: Matcher,
    both: Sequence[Analysed],
    embed: EmbedAll,
    fitted: ranker.Fitted,
    wrong: Sequence[int],
    weights: Sequence[float],
) -> Model:
    """Add the second ranker, calibrated on the mean of both rankers' scores.

    Without vectors the model is returned as it is.
    """
    vectors = embed([text.normalised for text in both])
    if vectors is None:
        return model
    meant = meaning.fit(vectors, model.labels.tolist(), wrong, len(model.classes), weights)
    blended = dataclasses.replace(
        fitted,
        left_out=meaning.blend(fitted.left_out, meant.left_out),
        unseen=meaning.blend(fitted.unseen, meant.unseen),
    )
    calibrator = _judge(matcher, both[: len(model.labels)], blended, pinyin=False)
    learned = meaning.Meaning(meant.centre, meant.weights, calibrator)
    return dataclasses.replace(model, meaning=learned)


def _rivals(
    left_out: NDArray[np.float32], labels: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return for each utterance its strongest other class and how far the own is ahead of it."""
    rows = np.arange(len(labels))
    own = left_out[rows, labels]
    others = left_out.copy()
    others[rows, labels] = -np.inf
    rivals = np.argmax(others, axis=1).astype(np.int32)
    return rivals, (own - others[rows, rivals]).astype(np.float32)


def _weight(catalog: Catalog, region: Region, label: IntentId) -> float:
    """Return how much an example counts; those of topics asked elsewhere give way to the own."""
    intent = catalog.intents[label]
    is_foreign = intent.kind is IntentKind.FAQ and region not in intent.answers
    return _FOREIGN_WEIGHT if is_foreign else 1.0


def _judge(
    matcher: Matcher, texts: Sequence[Analysed], fitted: ranker.Fitted, *, pinyin: bool
) -> Calibrator:
    """Calibrate on every utterance as seen by a model without it, and without its class."""
    judge = _Judge(matcher)
    for row, text in enumerate(texts):
        judged = dataclasses.replace(text, pinyin_only=pinyin)
        if judged.features["pinyin" if pinyin else "chars"]:
            judge.add(judged, row, fitted.left_out[row], 1.0, class_known=True)
            judge.add(judged, row, fitted.unseen[row], _UNSEEN_WEIGHT, class_known=False)
    return judge.calibrator()


class _Judge:
    """Collects the calibration data: for each utterance its best candidates, right or wrong."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._is_topic_class = np.asarray(
            [c in matcher.model.topics for c in matcher.model.classes]
        )
        self._rows: list[list[float]] = []
        self._right: list[bool] = []
        self._weights: list[float] = []
        self._is_topic: list[bool] = []

    def add(
        self,
        text: Analysed,
        row: int,
        scores: NDArray[np.float32],
        weight: float,
        *,
        class_known: bool,
    ) -> None:
        """Judge the best class and the best topic for an utterance."""
        own = int(self._matcher.model.labels[row])
        seen = scores.copy()
        if not class_known:
            seen[own] = -np.inf
        topics = np.where(self._is_topic_class, seen, -np.inf)
        labels = sorted({int(np.argmax(seen)), int(np.argmax(topics))})
        labels = [label for label in labels if np.isfinite(seen[label])]
        found = self._matcher.evidence(text, seen, labels, leave_out=row)
        for (evidence, _), label in zip(found, labels, strict=True):
            self._rows.append(evidence.row())
            right = class_known and label == own
            self._right.append(right)
            self._weights.append(weight if right else weight * TRAFFIC_ODDS)
            self._is_topic.append(bool(self._is_topic_class[label]))

    def calibrator(self) -> Calibrator:
        """Fit on what was collected; where nothing can be learned, only exact matches count."""
        right = np.asarray(self._right)
        is_topic = np.asarray(self._is_topic)
        if not is_topic.any() or not right.any() or right.all():
            return _UNFITTED
        return calibrate(
            np.asarray(self._rows, dtype=np.float64),
            right,
            np.asarray(self._weights, dtype=np.float64),
            is_topic,
            TARGET_PRECISION,
        )
