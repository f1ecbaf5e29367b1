"""One word in one sentence: as it stands, or in parts with a few characters between them.

`户口~外市` finds “户口还在外市”, and `(在|去)外市` either. A gap never crosses punctuation or
another place name, so that “户口在本市，在外市上学” does not have its 户口 in 外市.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

GAP = "~"
_GAP_CHARS = 6
"""Characters that may stand in a gap: “在外市一所民办初中读” has six."""
# What `matching.places` folds names to; a gap that swallows one joins what does not belong.
GAP_RE = rf"((?:(?!本市|外市).){{0,{_GAP_CHARS}}}?)"
_SIGNS = frozenset("~(|)")


@dataclass(frozen=True, slots=True)
class Said:
    """A message without punctuation, and where it was."""

    letters: str
    breaks: tuple[int, ...]
    """Positions in `letters` before which punctuation or a space stood."""
    stops: tuple[int, ...]
    """Those where it was more than a space."""

    @classmethod
    def of(cls, text: str) -> Said:
        """Take the punctuation out of a text."""
        letters: list[str] = []
        breaks: list[int] = []
        stops: list[int] = []
        for char in text:
            if char.isalnum():
                letters.append(char)
            else:
                breaks.append(len(letters))
                if not char.isspace():
                    stops.append(len(letters))
        return cls("".join(letters), tuple(breaks), tuple(stops))

    def is_whole(self, start: int, end: int, *, spaces: bool) -> bool:
        """Tell whether nothing stood inside the span: no stop, and with `spaces` no space."""
        return not any(start < b < end for b in (self.breaks if spaces else self.stops))


@dataclass(frozen=True, slots=True)
class Word:
    """A synonym of a choice, ready to be found."""

    text: str
    value: str
    pattern: re.Pattern[str] | None
    """None where the word stands for nothing but itself; then punctuation inside does not matter
    (微信、支付宝都不会)."""

    @classmethod
    def of(cls, text: str, value: str) -> Word:
        """Prepare a word as `plain` leaves it."""
        text = text.strip(GAP)
        pattern = re.compile(regex_of(text)) if _SIGNS & set(text) else None
        return cls(text, value, pattern)

    def spans(self, said: Said) -> Iterator[tuple[int, int, int]]:
        """Yield how heavy the word is and where it stands, overlaps included.

        Weight is characters outside of gaps: of two that overlap the heavier one counts.
        """
        if self.pattern is None:
            start = said.letters.find(self.text)
            while start >= 0:
                yield len(self.text), start, start + len(self.text)
                start = said.letters.find(self.text, start + 1)
            return
        match = self.pattern.search(said.letters)
        while match:
            gaps = sum(map(len, match.groups()))
            if said.is_whole(*match.span(), spaces=gaps > 0):
                yield match.end() - match.start() - gaps, *match.span()
            match = self.pattern.search(said.letters, match.start() + 1)


def plain(word: str) -> str:
    """Return a synonym without punctuation; gaps and alternatives stay."""
    return "".join(c for c in word if c.isalnum() or c in _SIGNS)


def is_all_of(word: str, said: Iterable[str]) -> bool:
    """Tell whether a word as `plain` leaves it is the whole of one of the texts."""
    if not _SIGNS & set(word):
        return word in said
    pattern = re.compile(regex_of(word))
    return any(pattern.fullmatch(text) for text in said)


def regex_of(word: str) -> str:
    """Return the expression for a word as `plain` leaves it; its groups are the gaps."""
    signs = {"~": GAP_RE, "(": "(?:", "|": "|", ")": ")"}
    return "".join(signs.get(c) or re.escape(c) for c in word)


def spot(said: Said, words: Iterable[Word]) -> set[str]:
    """Return the values whose words stand outside heavier words; O(words x characters)."""
    letters = said.letters
    found = [
        (-weight, end - start, start, end, word.value)
        for word in words
        if word.pattern is not None or word.text in letters  # most are not there
        for weight, start, end in word.spans(said)
    ]
    taken = [False] * len(said.letters)
    values: set[str] = set()
    for _, _, start, end, value in sorted(found):
        if not any(taken[start:end]):
            values.add(value)
            taken[start:end] = [True] * (end - start)
    return values
