"""Features of a text and their TF-IDF space, in three blocks: characters, words, pinyin.

Each block is weighted and normalised by itself, so that a long block does not drown a short one.
Words are the operators' standard words (`Tokenizer.canonical`), pinyin is folded, both so that
texts that mean the same share features although they share few characters.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.homophones import Corrector
from app.matching.normalise import has_hanzi, normalise, squeeze, without_fillers
from app.matching.pinyin import fold, read_pinyin, syllables_of
from app.matching.places import Places
from app.matching.tokenizer import Tokenizer

BLOCKS = ("chars", "words", "pinyin")
BLOCK_WEIGHTS = {"chars": 1.0, "words": 0.8, "pinyin": 0.7}
"""Relative weight of a block in the similarity of two texts (chosen by `bench/` on public data)."""


@dataclass(frozen=True, slots=True)
class Analysed:
    """A text, normalised, segmented and taken apart into features."""

    normalised: str
    squeezed: str
    """Without punctuation and white space."""
    tokens: tuple[str, ...]
    syllables: tuple[str, ...]
    """Folded pinyin syllables of the Chinese characters, or of the message where it is pinyin."""
    features: dict[str, Counter[str]]
    """Block → feature → count."""
    corrections: tuple[str, ...]
    """Initials and typos that were read as a word, as “jf→缴费”, “脚费→缴费”."""
    pinyin_only: bool
    """Typed in pinyin: only the pinyin block has features."""


def analyse(
    text: str, tokenizer: Tokenizer, places: Places, corrector: Corrector | None = None
) -> Analysed:
    """Take a raw text apart; about 0.2 ms for a short one.

    Args:
        corrector: Reads homophone typos; None while the vocabulary is still being learned.
    """
    normalised = places.fold(without_fillers(normalise(text)))
    normalised, corrections = tokenizer.initials.expand(normalised)
    tokens = tokenizer.cut(normalised)
    if corrector is not None:
        corrected, typos = corrector.correct(tokens)
        if typos:
            normalised, tokens = corrected, tokenizer.cut(corrected)
            corrections += typos
    latin = None if has_hanzi(normalised) else read_pinyin(normalised)
    squeezed = squeeze(normalised)
    syllables = tuple(fold(s) for s in (syllables_of(tokens) if latin is None else latin))
    features: dict[str, Counter[str]] = {block: Counter() for block in BLOCKS}
    features["pinyin"] = Counter(_ngrams(syllables, 3, "."))
    if latin is None:
        features["chars"] = Counter(_ngrams(squeezed, 3, ""))
        words = [tokenizer.canonical(t) for t in tokens if t.isalnum()]
        features["words"] = Counter(_ngrams(words, 2, "_"))
    return Analysed(
        normalised, squeezed, tokens, syllables, features, corrections, latin is not None
    )


def _ngrams(items: Sequence[str], longest: int, joiner: str) -> list[str]:
    return [
        joiner.join(items[i : i + size])
        for size in range(1, longest + 1)
        for i in range(len(items) - size + 1)
    ]


class VectorSpace:
    """TF-IDF over the three blocks; immutable."""

    def __init__(
        self, features: dict[str, list[str]], idf: NDArray[np.float32], documents: int
    ) -> None:
        """Build a space (see `Corpus.space`).

        Args:
            features: The features of each block, in the order of the dimensions.
            idf: Inverse document frequency of each dimension.
            documents: Number of utterances on which the frequencies are based.
        """
        self.idf = idf
        self.documents = documents
        self.unseen_idf = math.log(1 + documents) + 1
        """Weight of a feature that no utterance has."""
        self._index: dict[str, dict[str, int]] = {}
        start = 0
        for block in BLOCKS:
            self._index[block] = {f: start + i for i, f in enumerate(features[block])}
            start += len(features[block])
        # A list: reading single numbers out of an array costs three times as much.
        self._idf: list[float] = idf.tolist()

    def features(self) -> dict[str, list[str]]:
        """Return the features of each block in the order of the dimensions."""
        return {block: list(index) for block, index in self._index.items()}

    @property
    def size(self) -> int:
        """Number of dimensions."""
        return len(self._idf)

    def names(self) -> list[str]:
        """Return the feature of each dimension, as a reader knows it."""
        return [feature for index in self._index.values() for feature in index]

    def dimension(self, block: str, feature: str) -> int:
        """Return the dimension of a feature, −1 where it has none."""
        return self._index[block].get(feature, -1)

    def vector(
        self, text: Analysed, blocks: Sequence[str] = BLOCKS
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return indices and weights of a text, of length ≤ 1 (shorter where a block is empty).

        With `blocks=("pinyin",)` the text is seen through its pinyin alone, at length 1.
        """
        indices: list[int] = []
        weights: list[float] = []
        total = math.sqrt(sum(BLOCK_WEIGHTS[b] ** 2 for b in blocks))
        idf = self._idf
        for block in blocks:
            index = self._index[block]
            known = [(index[f], n) for f, n in text.features[block].items() if f in index]
            raw = [(1 + math.log(n)) * idf[i] if n > 1 else idf[i] for i, n in known]
            norm = math.sqrt(sum([w * w for w in raw]))
            if norm == 0:
                continue
            factor = BLOCK_WEIGHTS[block] / total / norm
            indices += [i for i, _ in known]
            weights += [w * factor for w in raw]
        return np.array(indices, dtype=np.int64), np.array(weights, dtype=np.float32)

    def known_share(self, text: Analysed) -> float:
        """Return the share of the text's character information that the utterances know, in [0, 1].

        A text full of word parts that no operator ever wrote is new: a sign of out of scope.
        """
        known = unseen = 0.0
        block = "pinyin" if text.pinyin_only else "chars"
        index = self._index[block]
        for feature, count in text.features[block].items():
            position = index.get(feature)
            if position is None:
                unseen += count * self.unseen_idf
            else:
                known += count * self._idf[position]
        return known / (known + unseen) if known + unseen else 0.0
