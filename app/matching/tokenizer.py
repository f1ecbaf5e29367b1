"""Segmentation (分词) with jieba, on an instance of our own.

The global tokenizer of jieba is never touched: two catalogs with different domain words may live
in one process while a new revision is built.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from app.matching.dictionary import LazyTokenizer
from app.matching.initials import Initials

# jieba reports the loading of its dictionary on stderr; the operator has no use for that.
logging.getLogger("jieba").setLevel(logging.WARNING)

_DOMAIN_FREQUENCY = 200_000


class Tokenizer:
    """jieba with the domain's words and the parents' synonyms.

    Not thread-safe while it is built, thread-safe afterwards.
    """

    def __init__(self, words: Iterable[str], synonyms: Mapping[str, Iterable[str]]) -> None:
        self._jieba = LazyTokenizer()
        self._canonical: dict[str, str] = {}
        for canonical, others in synonyms.items():
            self._canonical[canonical] = canonical
            for word in others:
                # The first entry wins, so that a word in two lists has one meaning everywhere.
                self._canonical.setdefault(word, canonical)
        words = tuple(words)
        self.initials = Initials(words)
        for word in (*words, *(w for w in self._canonical if len(w) > 1)):
            self._jieba.add_word(word, freq=_DOMAIN_FREQUENCY)

    def cut(self, normalised: str) -> tuple[str, ...]:
        """Return the words in order, without white space; punctuation is kept as tokens."""
        return tuple(t for t in self._jieba.cut(normalised, HMM=False) if t.strip())

    def canonical(self, token: str) -> str:
        """Return the standard word for a synonym, or the token itself."""
        return self._canonical.get(token, token)
