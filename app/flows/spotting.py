"""One word in one sentence: as it stands, or in parts with a few characters between them.

`户口~外市` finds “户口还在外市”. The gap never crosses punctuation or another place name, so that
“户口在本市，在外市上学” does not have its 户口 in 外市.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

GAP = "~"
_GAP_CHARS = 6
"""Characters that may stand in a gap: “在外市一所民办初中读” has six."""
# What `matching.places` folds names to; a gap that swallows one joins what does not belong.
_GAP_RE = rf"(?:(?!本市|外市).){{0,{_GAP_CHARS}}}?"


@dataclass(frozen=True, slots=True)
class Said:
    """A message without punctuation, and where it was."""

    letters: str
    breaks: tuple[int, ...]
    """Positions in `letters` before which punctuation or a space stood."""

    @classmethod
    def of(cls, text: str) -> Said:
        """Take the punctuation out of a text."""
        letters: list[str] = []
        breaks: list[int] = []
        for char in text:
            if char.isalnum():
                letters.append(char)
            elif letters and (not breaks or breaks[-1] != len(letters)):
                breaks.append(len(letters))
        return cls("".join(letters), tuple(breaks))

    def is_whole(self, start: int, end: int) -> bool:
        """Tell whether no punctuation stood inside the span."""
        return not any(start < b < end for b in self.breaks)


@dataclass(frozen=True, slots=True)
class Word:
    """A synonym of a choice, ready to be found."""

    text: str
    value: str
    weight: int
    """Characters that must stand there: the heavier word wins where two overlap."""
    pattern: re.Pattern[str] | None
    """None where the word has no gap."""

    @classmethod
    def of(cls, text: str, value: str) -> Word:
        """Prepare a word as `plain` leaves it."""
        parts = [part for part in text.split(GAP) if part]
        pattern = re.compile(_GAP_RE.join(map(re.escape, parts))) if len(parts) > 1 else None
        joined = "".join(parts)
        return cls(text if pattern else joined, value, len(joined), pattern)

    def spans(self, said: Said) -> Iterator[tuple[int, int]]:
        """Yield where the word stands, overlaps included."""
        if self.pattern is None:
            start = said.letters.find(self.text)
            while start >= 0:
                yield start, start + len(self.text)
                start = said.letters.find(self.text, start + 1)
            return
        match = self.pattern.search(said.letters)
        while match:
            if said.is_whole(*match.span()):
                yield match.span()
            match = self.pattern.search(said.letters, match.start() + 1)


def plain(word: str) -> str:
    """Return a synonym without punctuation; gaps stay."""
    return "".join(c for c in word if c.isalnum() or c == GAP)


def spot(said: Said, words: Iterable[Word]) -> set[str]:
    """Return the values whose words stand outside heavier words; O(words x characters)."""
    found = [
        (-word.weight, end - start, start, end, word.value)
        for word in words
        for start, end in word.spans(said)
    ]
    taken = [False] * len(said.letters)
    values: set[str] = set()
    for _, _, start, end, value in sorted(found):
        if not any(taken[start:end]):
            values.add(value)
            taken[start:end] = [True] * (end - start)
    return values
