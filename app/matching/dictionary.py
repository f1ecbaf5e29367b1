"""jieba's dictionary, read as far as it is asked for.

The dictionary has 349,000 words; jieba keeps them with all their beginnings, 500,000 strings in
about 50 MB, and another 50 MB for each further tokenizer, as while newer content is loaded. Parents
use a few hundred characters. Here the file stays as it is, 5 MB that all tokenizers share, and a
tokenizer has the words that begin with the characters it has met. Segmentation looks up nothing
else: every string it asks for begins with a character of the text.
"""

from __future__ import annotations

import re
import threading
from functools import lru_cache

import jieba

_RUN = re.compile(
    rb"(?m)^([\x00-\x7f]|[\xc0-\xdf].|[\xe0-\xef]..|[\xf0-\xf7]...).*(?:\n|$)(?:\1.*(?:\n|$))*"
)
"""Lines that begin with the same character, UTF-8."""
_FREQUENCY = re.compile(rb"(?m)^\S+ (\d+)")


class WordList:
    """The lines of the dictionary by the first character of their word. Immutable."""

    def __init__(self, data: bytes) -> None:
        """Index the dictionary.

        Args:
            data: Lines “word frequency tag”, UTF-8.
        """
        self._data = data
        self._spans: dict[str, list[tuple[int, int]]] = {}
        for run in _RUN.finditer(data):
            self._spans.setdefault(run[1].decode(), []).append(run.span())
        self.total = sum(map(int, _FREQUENCY.findall(data)))
        """Sum of all frequencies."""

    def words(self, first: str) -> dict[str, int]:
        """Return the words that begin with a character, and their beginnings at frequency 0."""
        found: dict[str, int] = {}
        for start, stop in self._spans.get(first, ()):
            for line in self._data[start:stop].decode().splitlines():
                word, frequency = line.split(" ", 2)[:2]
                found[word] = int(frequency)
                for length in range(1, len(word)):
                    found.setdefault(word[:length], 0)
        return found


@lru_cache(maxsize=1)
def default_words() -> WordList:
    """Return jieba's own dictionary; about 0.2 s the first time."""
    with jieba.get_module_res(jieba.DEFAULT_DICT_NAME) as file:
        return WordList(file.read())


class LazyTokenizer(jieba.Tokenizer):  # type: ignore[misc]  # jieba has no types
    """jieba's tokenizer on a part of its dictionary that grows with what is segmented.

    Only for `cut` with `HMM=False` and `add_word`: what else jieba offers reads the whole
    dictionary.
    """

    def __init__(self, words: WordList | None = None) -> None:
        """Begin with no word of the dictionary.

        Args:
            words: The dictionary; None: jieba's own.
        """
        super().__init__()
        self._words = words or default_words()
        self._met: set[str] = set()
        self._meeting = threading.Lock()
        self.total = self._words.total
        self.initialized = True  # there is nothing that jieba should load

    def get_DAG(self, sentence: str) -> dict[int, list[int]]:  # noqa: N802 - jieba's name
        """Return where words may end, by where they begin."""
        self._meet(sentence)
        dag: dict[int, list[int]] = super().get_DAG(sentence)
        return dag

    def add_word(self, word: str, freq: int | None = None, tag: str | None = None) -> None:
        """Add a word; it is known before the dictionary's would be taken for it."""
        self._meet(word)
        super().add_word(word, freq, tag)

    def _meet(self, text: str) -> None:
        if self._met.issuperset(text):
            return
        with self._meeting:
            for character in set(text) - self._met:
                self.FREQ.update(self._words.words(character))
                # Last: whoever finds it here finds its words.
                self._met.add(character)
