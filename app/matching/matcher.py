"""A region's matcher: text → ranked intents with calibrated confidence and its evidence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from rapidfuzz import fuzz

from app.domain.content import IntentId
from app.domain.turn import Candidate, Ranking
from app.matching.calibration import Calibrator, Evidence
from app.matching.embedding import VectorOf
from app.matching.features import BLOCKS, Analysed, VectorSpace, analyse
from app.matching.homophones import Corrector
from app.matching.meaning import Meaning, blend
from app.matching.normalise import MAX_CHARS, normalise
from app.matching.places import Places
from app.matching.tokenizer import Tokenizer

Floats = NDArray[np.float32]

SHOWN = 5
"""Candidates in a ranking (design.md §2: at most 5)."""
_EXACT = 0.999
_SURE = 0.99
"""Confidence from which an embedding is not asked for. Below it lie one parent's question in six
and all that an embedding gains (docs/adr/0007); the others need not wait, nor leave the house."""


@dataclass(frozen=True, slots=True)
class Model:
    """What training produced for one region; everything that is cached on disk."""

    classes: tuple[IntentId, ...]
    labels: NDArray[np.int32]
    """Class of each utterance."""
    utterances: tuple[str, ...]
    squeezed: tuple[str, ...]
    """The utterances without punctuation, for exact and fuzzy comparison."""
    spoken: tuple[str, ...]
    """The utterances as folded pinyin, for the fuzzy comparison of messages in pinyin."""
    rows: sp.csr_matrix
    """The utterances in the vector space."""
    pinyin_rows: sp.csr_matrix
    """The utterances seen through their pinyin alone."""
    weights: Floats
    """Ranker over all features, shape (dimensions, classes)."""
    pinyin_weights: Floats
    """Ranker for messages typed in pinyin."""
    calibrator: Calibrator
    pinyin_calibrator: Calibrator
    """For messages typed in pinyin, which say less."""
    corrector: Corrector
    rivals: NDArray[np.int32]
    """For each utterance the class that comes nearest to taking it, judged without it."""
    margins: Floats
    """For each utterance its own class's score less the rival's, judged without it; negative:
    the rival would take it."""
    topics: frozenset[IntentId]
    meaning: Meaning | None = None
    """What sentence embeddings add, where the content was learned with them."""


def spoken(seen: Analysed) -> str:
    """Return a text as one run of folded pinyin."""
    return "".join(seen.syllables)


class Matcher:
    """Ranks the intents of one region. Immutable, safe to share between tasks and threads."""

    def __init__(
        self, model: Model, space: VectorSpace, tokenizer: Tokenizer, places: Places
    ) -> None:
        self.model = model
        self.space = space
        self._tokenizer = tokenizer
        self._places = places
        self._members: Mapping[int, NDArray[np.int64]] = {
            label: np.flatnonzero(model.labels == label) for label in range(len(model.classes))
        }
        self._exact: dict[str, int] = {}
        for row, text in enumerate(model.squeezed):
            self._exact.setdefault(text, row)
        self._is_topic = np.asarray([c in model.topics for c in model.classes])

    def analyse(self, text: str) -> Analysed:
        """Normalise and take apart a text as this region sees it (place names folded)."""
        return analyse(text, self._tokenizer, self._places, self.model.corrector)

    def fold(self, text: str) -> str:
        """Replace place names by “own” and “other” (see `places`)."""
        return self._places.fold(text)

    def foreign_insurance(self, text: str) -> str | None:
        """Return the other place whose insurance is asked about, or None."""
        return self._places.foreign_insurance(normalise(text))

    def rank(self, text: str, vector_of: VectorOf | None = None) -> Ranking:
        """Rank the intents for a message; about 1 ms. Works for any text, also an empty one.

        Args:
            text: As typed.
            vector_of: Asked for the text's embedding where the rest is not sure.
        """
        seen = self.analyse(text)
        notes: list[str] = []
        if len(text) > MAX_CHARS:
            notes.append(f"只看了前后共 {MAX_CHARS} 个字")
        if seen.pinyin_only:
            notes.append("按拼音理解")
        if seen.corrections:
            notes.append("错别字：" + "、".join(seen.corrections))
        if not any(seen.features.values()):
            return Ranking(seen.normalised, seen.tokens, (), 1.0, 1.0, tuple(notes))
        exact = self._exact.get(seen.squeezed)
        calibrator = self._calibrator(seen)
        candidates = self._candidates(seen, calibrator, None)
        meaning, meant = self.model.meaning, None
        if exact is None and candidates[0].confidence < _SURE:
            meant = self._meant(seen, vector_of)
        if meaning is not None and meant is not None:
            notes.append("参考了句向量")
            calibrator = meaning.calibrator
            candidates = self._candidates(seen, calibrator, meant)
        if exact is not None:
            notes.append("与一条说法相同")
            candidates = self._with_exact(candidates, exact)
        return Ranking(
            seen.normalised,
            seen.tokens,
            tuple(candidates[:SHOWN]),
            calibrator.accept,
            calibrator.offer,
            tuple(notes),
            is_exact=exact is not None,
        )

    def nearest_among(self, text: str, intents: Collection[IntentId]) -> tuple[IntentId, float]:
        """Return which of some intents has the utterance most like a text, and how like it is.

        The likeness is a cosine in [0, 1]; ("", 0.0) where no intent has anything in common.
        """
        seen = self.analyse(text)
        members = [
            row
            for label, intent in enumerate(self.model.classes)
            if intent in intents
            for row in self._members[label]
        ]
        if not members or not any(seen.features.values()):
            return IntentId(""), 0.0
        rows = self.model.pinyin_rows if seen.pinyin_only else self.model.rows
        similar = rows[members] @ self._dense(seen)
        best = int(np.argmax(similar))
        if similar[best] <= 0:
            return IntentId(""), 0.0
        return self.model.classes[self.model.labels[members[best]]], float(similar[best])

    def scores(self, seen: Analysed) -> Floats:
        """Return the ridge score of every class."""
        blocks, weights = self.view(seen)
        indices, values = self.space.vector(seen, blocks)
        return np.asarray(values @ weights[indices], dtype=np.float32)

    def view(self, seen: Analysed) -> tuple[tuple[str, ...], Floats]:
        """Return the blocks of features through which a text is seen, and the weights for them."""
        if seen.pinyin_only:
            return ("pinyin",), self.model.pinyin_weights
        return BLOCKS, self.model.weights

    def evidence(
        self, seen: Analysed, scores: Floats, labels: Sequence[int], leave_out: int = -1
    ) -> list[tuple[Evidence, int]]:
        """Gather the evidence for the classes `labels`, each with its nearest utterance's row.

        Args:
            leave_out: Row of the utterance that is being judged by the others, −1 for none.
        """
        order = np.argsort(-scores, kind="stable")[:2]
        known = self.space.known_share(seen)
        query = self._dense(seen)
        rows = self.model.pinyin_rows if seen.pinyin_only else self.model.rows
        text = spoken(seen) if seen.pinyin_only else seen.squeezed
        texts = self.model.spoken if seen.pinyin_only else self.model.squeezed
        found = []
        for label in labels:
            rival = order[1] if order[0] == label else order[0]
            members = self._members[label]
            members = members[members != leave_out]
            near, row = 0.0, -1
            fuzzy = 0.0
            if len(members):
                similar = rows[members] @ query
                best = int(np.argmax(similar))
                near, row = float(similar[best]), int(members[best])
                fuzzy = max(fuzz.ratio(text, texts[m]) for m in members)
            evidence = Evidence(
                score=float(scores[label]),
                margin=float(scores[label] - scores[rival]),
                fuzzy=fuzzy / 100,
                nearest=near,
                known=known,
                length=len(seen.squeezed),
                pinyin=seen.pinyin_only,
            )
            found.append((evidence, row))
        return found

    def _meant(self, seen: Analysed, vector_of: VectorOf | None) -> Floats | None:
        """Return every class's score by the embedding, None where there is none to be had."""
        if self.model.meaning is None or vector_of is None or seen.pinyin_only:
            return None
        vector = vector_of(seen.normalised)
        return None if vector is None else self.model.meaning.scores(vector)

    def _candidates(
        self, seen: Analysed, calibrator: Calibrator, meant: Floats | None
    ) -> list[Candidate]:
        scores = self.scores(seen)
        if meant is not None:
            scores = blend(scores, meant)
        labels = [int(i) for i in np.argsort(-scores, kind="stable")[:SHOWN]]
        if not any(self._is_topic[label] for label in labels):
            topic_scores = np.where(self._is_topic, scores, -np.inf)
            labels[-1] = int(np.argmax(topic_scores))
        found = self.evidence(seen, scores, labels)
        confidences = calibrator.confidence([e for e, _ in found])
        candidates = [
            Candidate(
                intent=self.model.classes[label],
                confidence=confidence,
                evidence={
                    "score": round(e.score, 4),
                    "margin": round(e.margin, 4),
                    "fuzzy": round(e.fuzzy, 4),
                    "nearest": round(e.nearest, 4),
                    "known": round(e.known, 4),
                }
                | ({} if meant is None else {"meaning": round(float(meant[label]), 4)}),
                nearest=self.model.utterances[row] if row >= 0 else "",
            )
            for label, confidence, (e, row) in zip(labels, confidences, found, strict=True)
        ]
        return sorted(candidates, key=lambda c: -c.confidence)

    def _with_exact(self, candidates: list[Candidate], row: int) -> list[Candidate]:
        intent = self.model.classes[self.model.labels[row]]
        first = Candidate(intent, _EXACT, {"exact": 1.0}, self.model.utterances[row])
        return [first, *(c for c in candidates if c.intent != intent)]

    def _calibrator(self, seen: Analysed) -> Calibrator:
        return self.model.pinyin_calibrator if seen.pinyin_only else self.model.calibrator

    def _dense(self, seen: Analysed) -> Floats:
        dense = np.zeros(self.space.size, dtype=np.float32)
        indices, values = self.space.vector(seen, self.view(seen)[0])
        dense[indices] = values
        return dense
