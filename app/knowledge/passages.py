"""Sections of the documents that a question is about, for questions that no intent answers.

Offered as related reading with its source, never as the answer: the wording was written for
another question.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.content import Document, Section
from app.domain.names import Anchor, Region

_NOISE = re.compile(r"[\W_]+")
_SENTENCE = re.compile(r"[^。；！？\n]+[。；！？]?")
_LONGEST_CHARS = 150
_LEAST_SHARE = 0.55
"""Share of a question's information that a section must have."""
_LEAST_PAIRS = 4
"""Character pairs that a question must have to be about anything."""
_COMMON = frozenset("的了吗呢啊我你他是在有不没这那就都也还要怎么什么哪里多少可以能孩子医保请问")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document."""

    anchor: Anchor
    text: str
    """Word for word, at most 150 characters, whole sentences."""
    share: float
    """Share of the question's information found in the section, in [0, 1]."""


class Passages:
    """Finds sections by rare character pairs. Immutable."""

    def __init__(self, documents: Iterable[Document], region: Region) -> None:
        self._sections = [
            (Anchor(document.id, heading), section, _pairs(heading + section.text))
            for document in documents
            if document.region == region
            for heading, section in document.sections.items()
        ]
        counts = Counter(pair for _, _, pairs in self._sections for pair in pairs)
        total = len(self._sections)
        self._weight = {pair: math.log((1 + total) / n) for pair, n in counts.items()}
        self._unknown = math.log(1 + total)

    def best(self, normalised: str) -> Passage | None:
        """Return the section that has most of what is asked, or None where none clearly does."""
        pairs = _pairs(normalised)
        if len(pairs) < _LEAST_PAIRS or not self._sections:
            return None
        total = sum(self._weight.get(pair, self._unknown) for pair in pairs)
        scored = [
            (sum(self._weight[pair] for pair in pairs & found) / total, anchor, section)
            for anchor, section, found in self._sections
        ]
        share, anchor, section = max(scored, key=lambda item: (item[0], str(item[1])))
        if share < _LEAST_SHARE:
            return None
        return Passage(anchor, _excerpt(section, pairs), share)


def _pairs(text: str) -> frozenset[str]:
    plain = _NOISE.sub("", text)
    return frozenset(
        plain[i : i + 2]
        for i in range(len(plain) - 1)
        if not (plain[i] in _COMMON and plain[i + 1] in _COMMON)
    )


def _excerpt(section: Section, pairs: frozenset[str]) -> str:
    """Return the sentence that shares most with the question, and what follows, while it fits."""
    sentences = [s.strip() for s in _SENTENCE.findall(section.text) if s.strip()]
    if not sentences:
        return section.text[:_LONGEST_CHARS]
    start = max(range(len(sentences)), key=lambda i: (len(_pairs(sentences[i]) & pairs), -i))
    text: str = sentences[start]
    for sentence in sentences[start + 1 :]:
        if len(text) + len(sentence) > _LONGEST_CHARS:
            break
        text += sentence
    return text if len(text) <= _LONGEST_CHARS else text[: _LONGEST_CHARS - 1] + "…"
