"""Initials (拼音首字母): “yb jf” for 医保缴费, “sbk” for 社保卡.

Only whole runs of consonants that are the initials of a word of `intents/_words.yml` are read;
anything with a vowel in it is pinyin or a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.matching.phrases import Style, lazy_pinyin

_RUN = re.compile(r"(?<![a-z0-9])[b-df-hj-np-tw-z]{2,6}(?![a-z0-9])")


class Initials:
    """Expands initials. Immutable."""

    def __init__(self, words: Iterable[str]) -> None:
        """Build from domain words; where two share their initials the first one wins."""
        self._words: dict[str, str] = {}
        for word in words:
            letters = "".join(lazy_pinyin(word, style=Style.FIRST_LETTER, errors="ignore"))
            if _RUN.fullmatch(letters):
                self._words.setdefault(letters, word)

    def expand(self, normalised: str) -> tuple[str, tuple[str, ...]]:
        """Return the text with initials replaced, and the replacements as “yb→医保”.

        >>> Initials(["医保", "缴费"]).expand("yb jf")
        ('医保 缴费', ('yb→医保', 'jf→缴费'))
        """
        made: list[str] = []

        def put(match: re.Match[str]) -> str:
            word = self._words.get(match.group())
            if word is None:
                return match.group()
            made.append(f"{match.group()}→{word}")
            return word

        return _RUN.sub(put, normalised), tuple(made)
