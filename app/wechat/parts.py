"""Cutting a long text into messages that WeChat accepts, at places where a reader would.

Sizes are UTF-8 bytes of the text itself, before XML. Pure functions, O(n) in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

TEXT_LIMIT_BYTES = 2048
"""Largest text of one message. Undocumented; measured by several projects (MamaShip/Observer#77,
`common.py` of chatgpt-on-wechat), about 680 Chinese characters. Above it the user sees
该公众号提供的服务出现故障."""

_SMALLEST_LIMIT_BYTES = 4
"""One character of UTF-8."""

_ATOM = re.compile(
    r"<a\b[^<>]*>[^<]*</a>"  # a link with its label
    r"|https?://[!-;=?-~]+"  # a bare address
    r"|\[[^\[\]\s]{1,8}\]"  # a WeChat emoji code such as [微笑]
    r"|[A-Za-z\d]+(?:[.,:/\-–~～_@+年月日时点分][A-Za-z\d]+)*"  # a number, date, phone, word
    r"[%％‰元岁年月日号天]?",  # and its unit
    re.IGNORECASE,
)
_SENTENCE_ENDS = frozenset("。！？!?；;…")
_CLAUSE_ENDS = frozenset("，,、：: \t\u3000")
_CLOSERS = frozenset("”’\"'）)】]』」》〉")
_OPENERS = frozenset("“‘（(【[『「《〈")
_JOINER = "\u200d"
_MARKS = frozenset({"Mn", "Me", "Mc"})


class _Break(IntEnum):
    """How good a place for a cut is, after an atom."""

    NEVER = 0
    """After an opening or before a closing mark: only where nothing else is left."""
    ATOM = 1
    CLAUSE = 2
    SENTENCE = 3
    LINE = 4


@dataclass(frozen=True, slots=True)
class _Atom:
    """A piece that is not cut: a character with its marks, a link, a number, a word."""

    text: str
    size: int
    """UTF-8 bytes."""


def byte_length(text: str) -> int:
    """Return how many UTF-8 bytes WeChat counts for a text."""
    return len(text.encode("utf-8", "surrogatepass"))


def fit_parts(text: str, limit_bytes: int = TEXT_LIMIT_BYTES) -> tuple[str, ...]:
    """Cut a text into parts of at most `limit_bytes` UTF-8 bytes each, in order.

    Cuts at line ends, else sentence ends, else clauses; never inside an emoji with its modifiers,
    an `<a …>…</a>` link, an address, a number or a word, unless one of these alone exceeds the
    limit. Only white space around a part is lost. A text that fits is returned as it is; a blank
    text gives no part.

    Raises:
        ValueError: `limit_bytes` is below 4, too small for a single character.
    """
    if limit_bytes < _SMALLEST_LIMIT_BYTES:
        raise ValueError(f"limit_bytes must be at least {_SMALLEST_LIMIT_BYTES}")
    if not text.strip():
        return ()
    if byte_length(text) <= limit_bytes:
        return (text,)
    atoms = list(_atoms(text, limit_bytes))
    grades = _grades(atoms)
    parts: list[str] = []
    start = 0
    while start < len(atoms):
        stop = _cut(atoms, grades, start, limit_bytes)
        part = "".join(atom.text for atom in atoms[start:stop]).strip()
        if part:
            parts.append(part)
        start = stop
    return tuple(parts)


def _atoms(text: str, limit_bytes: int) -> Iterator[_Atom]:
    """Cut a text into atoms, none larger than the limit."""
    position = 0
    while position < len(text):
        match = _ATOM.match(text, position)
        stop = _cluster_stop(text, match.end() if match else position + 1)
        yield from _within(text[position:stop], limit_bytes)
        position = stop


def _within(piece: str, limit_bytes: int) -> Iterator[_Atom]:
    """Yield the piece whole, or by graphemes and at last by characters where it is too large."""
    size = byte_length(piece)
    if size <= limit_bytes:
        yield _Atom(piece, size)
        return
    position = 0
    while position < len(piece):
        stop = _cluster_stop(piece, position + 1)
        cluster = piece[position:stop]
        for text in [cluster] if byte_length(cluster) <= limit_bytes else cluster:
            yield _Atom(text, byte_length(text))
        position = stop


def _cluster_stop(text: str, stop: int) -> int:
    """Move `stop` to the end of the grapheme whose last known character is before it.

    A subset of UAX #29: marks, variation selectors, skin tones, tags, keycaps, ZWJ sequences and
    flags of two regional indicators.
    """
    if stop < len(text) and _is_regional(text[stop - 1]) and _is_regional(text[stop]):
        stop += 1
    while stop < len(text) and (_extends(text[stop]) or _is_joined(text, stop)):
        stop += 1
    return stop


def _extends(char: str) -> bool:
    return (
        char == _JOINER
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
        or unicodedata.category(char) in _MARKS
    )


def _is_joined(text: str, position: int) -> bool:
    return text[position - 1] == _JOINER and not text[position].isspace()


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _grades(atoms: list[_Atom]) -> list[_Break]:
    """Grade the place after each atom; a closing quote belongs to the sentence it closes."""
    grades: list[_Break] = []
    for atom in atoms:
        grade = _grade(atom.text)
        if atom.text in _CLOSERS and grades and grades[-1] is _Break.SENTENCE:
            grade = _Break.SENTENCE
        if grades and _clings(atom.text) and grades[-1] is not _Break.LINE:
            grades[-1] = _Break.NEVER
        grades.append(grade)
    return grades


def _grade(text: str) -> _Break:
    if text == "\n":
        return _Break.LINE
    if text in _SENTENCE_ENDS:
        return _Break.SENTENCE
    if text in _CLAUSE_ENDS:
        return _Break.CLAUSE
    return _Break.NEVER if text in _OPENERS else _Break.ATOM


def _clings(text: str) -> bool:
    """Say whether a text may not open a part."""
    return text == "." or text in _CLOSERS or text in _SENTENCE_ENDS or text in _CLAUSE_ENDS


def _cut(atoms: list[_Atom], grades: list[_Break], start: int, limit_bytes: int) -> int:
    """Return where the part that begins at `start` stops: at least one atom further."""
    best: dict[_Break, int] = {}
    late: dict[_Break, int] = {}
    size, stop = 0, start
    while stop < len(atoms) and size + atoms[stop].size <= limit_bytes:
        size += atoms[stop].size
        stop += 1
        best[grades[stop - 1]] = stop
        if size * 2 >= limit_bytes:
            late[grades[stop - 1]] = stop
    if stop == len(atoms):
        return stop
    # A line end that leaves the part half empty is worse than a sentence end further on.
    for places in (late, best):
        for grade in (_Break.LINE, _Break.SENTENCE):
            if grade in places:
                return places[grade]
    for grade in (_Break.CLAUSE, _Break.ATOM):
        if grade in best:
            return best[grade]
    return stop
