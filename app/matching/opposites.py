"""Opposites (相反的说法): 没交 and 交了 share their characters, and mean different questions.

Operators declare them in `intents/_opposites.yml`. A candidate whose nearest utterances say only
the opposite of what the message says has evidence against it (`Evidence.opposed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.content import Opposites

Sides = NDArray[np.int8]
"""For each pair what a text says: 0 nothing, 1 the one side, 2 the other, 3 both."""

SUPPORTS = 5
"""Nearest utterances of a candidate that are looked at."""

_ONE, _OTHER, _BOTH = 1, 2, 3


class Guard:
    """Knows the declared pairs. Immutable."""

    def __init__(self, pairs: Iterable[Opposites]) -> None:
        self._pairs = tuple(pairs)
        self._read = tuple(_reader(pair) for pair in self._pairs)

    @property
    def pairs(self) -> tuple[Opposites, ...]:
        """The pairs, in the order of the dimensions of `Sides`."""
        return self._pairs

    def sides(self, normalised: str) -> Sides:
        """Return what a text says, shape (pairs,).

        Of phrases that overlap the leftmost counts, of those at one place the longest: 没交 is not
        交, and 能不能报 says neither 能报 nor 不能报.
        """
        found = np.zeros(len(self._pairs), dtype=np.int8)
        for position, (pattern, meaning) in enumerate(self._read):
            for phrase in pattern.findall(normalised):
                found[position] |= meaning[phrase]
        return found


def opposed(asked: Sides, supports: Sides) -> float:
    """Return how much of what supports a candidate says the opposite of the message, in [0, 1].

    The share of the supporting utterances with the opposite of a pair where none has what the
    message says; the highest of all pairs.

    Args:
        asked: Sides of the message.
        supports: Those of the candidate's nearest utterances, shape (utterances, pairs).
    """
    clear = np.flatnonzero((asked == _ONE) | (asked == _OTHER))
    highest = 0.0
    for pair in clear.tolist():
        said = supports[:, pair]
        if not (said & asked[pair]).any():
            highest = max(highest, float((said == _BOTH - asked[pair]).mean()))
    return highest


def sides_of(guard: Guard, texts: Sequence[str]) -> Sides:
    """Return the sides of many texts, shape (texts, pairs)."""
    found = [guard.sides(text) for text in texts]
    return np.stack(found) if found else np.zeros((0, len(guard.pairs)), dtype=np.int8)


def _reader(pair: Opposites) -> tuple[re.Pattern[str], dict[str, int]]:
    meaning = dict.fromkeys(pair.neither, 0)
    meaning |= dict.fromkeys(pair.one, _ONE)
    meaning |= dict.fromkeys(pair.other, _OTHER)
    ordered = sorted(meaning, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(map(re.escape, ordered)) or "(?!)"), meaning
