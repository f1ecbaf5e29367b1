"""Pinyin (拼音): Chinese text to toneless syllables, and Latin input back to syllables.

Homophone typos ("脚费" for 缴费) and pinyin-only input ("zenme jiaofei") share the syllables of
what was meant. Syllables are folded (`fold`) where southern accents and input methods confuse
initials and finals: zh/z, ch/c, sh/s, n/l stay apart only where that distinguishes words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.matching.phrases import PINYIN_DICT, Style, lazy_pinyin, to_normal

_LATIN_RUN = re.compile(r"[a-zü]+")
_MAX_SYLLABLE = 6


@lru_cache(maxsize=1)
def syllable_inventory() -> frozenset[str]:
    """All toneless syllables of Mandarin, from pypinyin's own character table."""
    found: set[str] = set()
    for readings in PINYIN_DICT.values():
        for reading in readings.split(","):
            plain = to_normal(reading).replace("ü", "v")
            if plain.isascii() and plain.isalpha():
                found.add(plain)
    # Interjections written without a vowel would let any consonant count as a syllable.
    return frozenset(s for s in found if any(v in s for v in "aeiouv") or s == "ng")


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(word, style=Style.NORMAL, errors="ignore", v_to_u=False))


def syllables_of(tokens: tuple[str, ...]) -> list[str]:
    """Return the toneless syllables of Chinese tokens, in order; other characters are skipped.

    Words are read as wholes, so that 银行 gives yin hang and 行动 xing dong.
    """
    # Numbers and Latin words have none, and would take the place of words that do.
    return [s for token in tokens if not token.isascii() for s in _of_word(token)]


def split_latin(run: str) -> tuple[str, ...] | None:
    """Split a run of Latin letters into the fewest syllables, or None where it is not pinyin."""
    inventory = syllable_inventory()
    best: list[tuple[str, ...] | None] = [()] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - _MAX_SYLLABLE), end):
            before = best[start]
            if before is None or run[start:end] not in inventory:
                continue
            found = best[end]
            if found is None or len(before) + 1 < len(found):
                best[end] = (*before, run[start:end])
    return best[-1]


def read_pinyin(normalised: str) -> list[str] | None:
    """Return the syllables of a message typed in pinyin only, or None where it is something else.

    A message counts as pinyin when it has no Chinese character, at least two syllables, and every
    run of letters splits into syllables. `hello` and `asdfgh` do not; `zen me jiao` does.
    """
    runs = _LATIN_RUN.findall(normalised)
    if not runs or len(normalised) > 300:
        return None
    syllables: list[str] = []
    unread = 0
    for run in runs:
        split = split_latin(run)
        if split is None:
            unread += len(run)
            continue
        syllables.extend(split)
    letters = sum(len(run) for run in runs)
    if len(syllables) < 2 or unread > letters * 0.25:
        return None
    return syllables


def fold(syllable: str) -> str:
    """Fold pairs that accents and input methods confuse: zh=z, ch=c, sh=s, ing=in, eng=en, ang=an.

    >>> fold("sheng"), fold("zhang")
    ('sen', 'zan')
    """
    if syllable[:2] in {"zh", "ch", "sh"}:
        syllable = syllable[0] + syllable[2:]
    if syllable.endswith(("ing", "eng", "ang")):
        syllable = syllable[:-1]
    return syllable
