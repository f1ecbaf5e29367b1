"""A region's matcher: text → ranked intents with calibrated confidence and its evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from app.domain.names import IntentId
from app.domain.turn import Candidate, Ranking
from app.matching.calibration import EXACT, Calibrator, Evidence
from app.matching.embedding import VectorOf
from app.matching.features import Analysed, VectorSpace, analyse
from app.matching.homophones import Corrector
from app.matching.meaning import Meaning, Meant
from app.matching.normalise import MAX_CHARS, REMEMBERED, normalise
from app.matching.opposites import SUPPORTS, Guard, Sides, opposed
from app.matching.places import Places
from app.matching.tokenizer import Tokenizer
from app.matching.view import Query, View, query_of
from app.tracing import step

Floats = NDArray[np.float32]

SHOWN = 5
"""Candidates in a ranking (design.md §2: at most 5)."""


@dataclass(frozen=True, slots=True)
class Model:
    """What training produced for one region; everything that is cached on disk."""

    classes: tuple[IntentId, ...]
    labels: NDArray[np.int32]
    """Class of each utterance, ascending."""
    utterances: tuple[str, ...]
    whole: View
    """For ordinary messages; its texts are the utterances without punctuation."""
    pinyin: View
    """For messages typed in pinyin, which say less."""
    corrector: Corrector
    rivals: NDArray[np.int32]
    """For each utterance the class that comes nearest to taking it, judged without it; empty where
    nobody has judged them yet (see `explaining.confusables`)."""
    margins: Floats
    """For each utterance its own class's score less the rival's, judged without it; negative:
    the rival would take it."""
    topics: frozenset[IntentId]
    guard: Guard
    """Knows the declared opposites."""
    sides: Sides
    """What each utterance says of them, shape (utterances, pairs)."""
    meaning: Meaning | None = None
    """What sentence embeddings add, where the content was learned with them."""


class Matcher:
    """Ranks the intents of one region. Immutable, safe to share between tasks and threads."""

    def __init__(
        self, model: Model, space: VectorSpace, tokenizer: Tokenizer, places: Places
    ) -> None:
        self.model = model
        self.space = space
        self._tokenizer = tokenizer
        self._places = places
        self._bounds = np.searchsorted(model.labels, np.arange(len(model.classes) + 1)).tolist()
        self._exact: dict[str, int] = {}
        for row, text in enumerate(model.whole.texts):
            self._exact.setdefault(text, row)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._rank)
        self._is_topic = np.asarray([c in model.topics for c in model.classes], dtype=np.bool_)

    def analyse(self, text: str) -> Analysed:
        """Normalise and take apart a text as this region sees it (place names folded)."""
        return analyse(text, self._tokenizer, self._places, self.model.corrector)

    def fold(self, text: str) -> str:
        """Replace place names by “own” and “other” (see `places`)."""
        return self._places.fold(text)

    def foreign_insurance(self, text: str) -> str | None:
        """Return the other place whose insurance is asked about, or None."""
        return self._places.foreign_insurance(normalise(text))

    def query(self, seen: Analysed) -> Query:
        """Return an analysed message through the view that fits it."""
        view = self.model.pinyin if seen.pinyin_only else self.model.whole
        return query_of(seen, self.space, view, self.model.guard)

    def rank(self, text: str, vector_of: VectorOf | None = None) -> Ranking:
        """Rank the intents for a message; about 0.5 ms, next to nothing for one just ranked.

        Works for any text, also an empty one.

        Args:
            text: As typed.
            vector_of: Asked for the text's embedding unless the text is an utterance. Such
                rankings are not remembered: the service may have been away.
        """
        with step("rank"):
            if vector_of is None and len(text) <= MAX_CHARS:
                return self._remembered(text)
            return self._rank(text, vector_of)

    def _rank(self, text: str, vector_of: VectorOf | None = None) -> Ranking:
        with step("normalise"):
            seen = self.analyse(text)
        notes: list[str] = []
        if len(text) > MAX_CHARS:
            notes.append(f"只看了前后共 {MAX_CHARS} 个字")
        if seen.pinyin_only:
            notes.append("按拼音理解")
        if seen.corrections:
            notes.append("错别字：" + "、".join(seen.corrections))
        if not any(seen.features.values()) or not self.model.classes:
            return Ranking(seen.normalised, seen.tokens, (), 1.0, 1.0, tuple(notes))
        query = self.query(seen)
        calibrator = query.view.calibrator
        exact = self._exact.get(seen.squeezed)
        scores = query.view.ranker.scores(query)
        meaning = self.model.meaning
        meant = None if exact is not None else self._meant(seen, vector_of)
        if meaning is not None and meant is not None:
            notes.append("参考了句向量")
            calibrator = meaning.calibrator
        candidates = self._candidates(query, calibrator, scores, meant)
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
        query = self.query(self.analyse(text))
        found, likeness = IntentId(""), 0.0
        for label, intent in enumerate(self.model.classes):
            if intent in intents:
                start, stop = self._bounds[label : label + 2]
                near = float(query.similar[start:stop].max())
                if near > likeness:
                    found, likeness = intent, near
        return found, likeness

    def evidence(
        self,
        query: Query,
        scores: Floats,
        labels: Sequence[int],
        leave_out: int = -1,
        meant: Meant | None = None,
    ) -> list[tuple[Evidence, int]]:
        """Gather the evidence for the classes `labels`, each with its nearest utterance's row.

        Args:
            scores: Score of every class.
            leave_out: Row of the utterance that is being judged by the others, −1 for none.
            meant: What the embeddings say, where they have a say.
        """
        ahead = [(other, scores[other]) for other in best_of(scores, 2)]
        found = []
        for label in labels:
            rivals = [float(s) for o, s in ahead if o != label and s > -np.inf]
            near, fuzzy, row = self._nearest(query, label, leave_out)
            evidence = Evidence(
                score=float(scores[label]),
                margin=float(scores[label]) - (rivals[0] if rivals else 0.0),
                fuzzy=fuzzy,
                nearest=near,
                known=query.known,
                length=query.chars,
                pinyin=query.view.is_pinyin,
                meaning=None if meant is None else float(meant.scores[label]),
                opposed=self._opposed(query, label, leave_out),
                meaning_nearest=0.0 if meant is None else self._meant_near(meant, label, leave_out),
            )
            found.append((evidence, row))
        return found

    def _nearest(self, query: Query, label: int, leave_out: int) -> tuple[float, float, int]:
        """Return how like the class's utterances are by cosine and by letters, and the nearest."""
        start, stop = self._bounds[label : label + 2]
        similar = query.similar[start:stop]
        texts = query.view.texts[start:stop]
        if start <= leave_out < stop:
            similar = similar.copy()
            similar[leave_out - start] = -1
            texts = (*texts[: leave_out - start], *texts[leave_out - start + 1 :])
        if not texts:
            return 0.0, 0.0, -1
        best = int(np.argmax(similar))
        _, fuzzy, _ = process.extractOne(query.text, texts, scorer=fuzz.ratio)
        return float(similar[best]), fuzzy / 100, start + best

    def _opposed(self, query: Query, label: int, leave_out: int) -> float:
        """Return how much of the class's nearest utterances says the opposite."""
        if not query.sides.any():
            return 0.0
        start, stop = self._bounds[label : label + 2]
        nearest = start + np.argsort(-query.similar[start:stop], kind="stable")
        nearest = nearest[nearest != leave_out][:SUPPORTS]
        return opposed(query.sides, self.model.sides[nearest]) if len(nearest) else 0.0

    def _meant_near(self, meant: Meant, label: int, leave_out: int) -> float:
        start, stop = self._bounds[label : label + 2]
        similar = meant.similar[start:stop]
        if start <= leave_out < stop:
            similar = np.delete(similar, leave_out - start)
        return float(similar.max(initial=-1.0))

    def _meant(self, seen: Analysed, vector_of: VectorOf | None) -> Meant | None:
        """Return what the embedding says, None where there is none to be had."""
        if self.model.meaning is None or vector_of is None or seen.pinyin_only:
            return None
        vector = vector_of(seen.normalised)
        return None if vector is None else self.model.meaning.view(vector)

    def _candidates(
        self, query: Query, calibrator: Calibrator, scores: Floats, meant: Meant | None = None
    ) -> list[Candidate]:
        if meant is not None:
            scores = meant.blended(scores)
        labels = best_of(scores, SHOWN)
        if self._is_topic.any() and not any(self._is_topic[label] for label in labels):
            topic_scores = np.where(self._is_topic, scores, -np.inf)
            labels[-1] = int(np.argmax(topic_scores))
        found = self.evidence(query, scores, labels, meant=meant)
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
                | ({"opposed": round(e.opposed, 4)} if e.opposed else {})
                | ({} if e.meaning is None else {"meaning": round(e.meaning, 4)}),
                nearest=self.model.utterances[row] if row >= 0 else "",
            )
            for label, confidence, (e, row) in zip(labels, confidences, found, strict=True)
        ]
        return sorted(candidates, key=lambda c: -c.confidence)

    def _with_exact(self, candidates: list[Candidate], row: int) -> list[Candidate]:
        intent = self.model.classes[self.model.labels[row]]
        first = Candidate(intent, EXACT, {"exact": 1.0}, self.model.utterances[row])
        return [first, *(c for c in candidates if c.intent != intent)]


def best_of(scores: Floats, count: int) -> list[int]:
    """Return the positions of the highest scores, best first; of equals the first comes first."""
    if count < len(scores):
        least = np.partition(scores, -count)[-count]
        found = np.flatnonzero(scores >= least)
    else:
        found = np.arange(len(scores))
    return [int(i) for i in found[np.argsort(-scores[found], kind="stable")][:count]]
