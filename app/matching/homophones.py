"""Homophone typos (同音错字): “脚费” for 缴费, “主院” for 住院.

A pair or longer run of characters that no operator ever wrote, but that sounds exactly like one
word that they write often, is taken for that word. Text made of known character pairs is never
touched, so that a correct message stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from app.matching.pinyin import fold, syllables_of

_LONGEST = 5
_LEAST_COUNT = 3
"""A word must stand in so many utterances to be what a typo is taken for."""


class Corrector:
    """Knows the operators' words by their sound. Immutable."""

    def __init__(self, words: Mapping[str, int], pairs: Iterable[str]) -> None:
        """Build from a vocabulary.

        Args:
            words: Word (2 to 5 Chinese characters) → in how many utterances it stands.
            pairs: All pairs of neighbouring characters of the utterances.
        """
        self._pairs = frozenset(pairs)
        self._by_sound = _unique(words, folded=False)
        self._by_accent = _unique(words, folded=True)

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs, as JSON values."""
        return {
            "pairs": sorted(self._pairs),
            "by_sound": self._by_sound,
            "by_accent": self._by_accent,
        }

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Corrector:
        """Rebuild a corrector from its `state`."""
        corrector = cls({}, state["pairs"])
        corrector._by_sound = dict(state["by_sound"])
        corrector._by_accent = dict(state["by_accent"])
        return corrector

    def correct(self, tokens: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """Return the text with typos replaced, and the replacements as “脚费→缴费”.

        Args:
            tokens: The segmented text; a typo falls apart into single characters, so only runs of
                whole tokens with a single character among them are looked at.
        """
        result = list(tokens)
        made: list[str] = []
        for table, folded in ((self._by_sound, False), (self._by_accent, True)):
            # A typo makes a pair that nobody wrote; most messages have none and are done here.
            unknown = self._unknown("".join(result))
            position = offset = 0
            while unknown and position < len(result):
                # Most places have none within reach, and so no typo of any length.
                if offset <= unknown[0] < offset + _LONGEST - 1:
                    stop, word = self._typo_at(result, position, table, folded=folded)
                    if word:
                        made.append(f"{''.join(result[position:stop])}→{word}")
                        result[position:stop] = [word]
                        unknown = self._unknown("".join(result))
                offset += len(result[position])
                position += 1
                unknown = [at for at in unknown if at >= offset]
        return "".join(result), tuple(made)

    def _unknown(self, text: str) -> list[int]:
        """Return where the pairs of Chinese characters begin that no operator has written."""
        pairs = self._pairs
        return [
            at
            for at, (a, b) in enumerate(pairwise(text))
            if a + b not in pairs and "\u4e00" <= a <= "\u9fff" and "\u4e00" <= b <= "\u9fff"
        ]

    def _typo_at(
        self, tokens: Sequence[str], position: int, table: Mapping[str, str], *, folded: bool
    ) -> tuple[int, str]:
        for stop in range(min(position + _LONGEST, len(tokens)), position + 1, -1):
            run = tokens[position:stop]
            window = "".join(run)
            if (
                len(window) > _LONGEST
                or all(len(token) > 1 for token in run)
                or not _is_hanzi(window)
                or all(window[i : i + 2] in self._pairs for i in range(len(window) - 1))
            ):
                continue
            word = table.get(_sound(window, folded=folded), "")
            if word and word != window:
                return stop, word
        return 0, ""


class Vocabulary:
    """Collects words and pairs of characters while utterances are read."""

    def __init__(self) -> None:
        self._words: Counter[str] = Counter()
        self._pairs: set[str] = set()

    def add(self, tokens: Iterable[str], squeezed: str) -> None:
        """Take an utterance in, segmented and squeezed."""
        self._words.update({w for w in tokens if 1 < len(w) <= _LONGEST})
        self._pairs.update(map("".join, pairwise(squeezed)))

    def corrector(self) -> Corrector:
        """Return a corrector that knows what was collected."""
        return Corrector(self._words, self._pairs)


def _is_hanzi(text: str) -> bool:
    return all("\u4e00" <= c <= "\u9fff" for c in text)


def _unique(words: Mapping[str, int], *, folded: bool) -> dict[str, str]:
    """Map a sound to its word; where several share it, to the one that is clearly most common."""
    best: dict[str, list[tuple[int, str]]] = {}
    # Sorted: a set's order, in which words may have been counted, changes with each process.
    for word, count in sorted(words.items()):
        if count >= _LEAST_COUNT and _is_hanzi(word):
            best.setdefault(_sound(word, folded=folded), []).append((count, word))
    table = {}
    for sound, found in best.items():
        found.sort(reverse=True)
        if len(found) == 1 or found[0][0] >= 3 * found[1][0]:
            table[sound] = found[0][1]
    return table


def _sound(word: str, *, folded: bool) -> str:
    syllables = syllables_of((word,))
    return " ".join(fold(s) for s in syllables) if folded else " ".join(syllables)
