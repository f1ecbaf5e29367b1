"""Sentences of two intents that are the same but for homophones, word order or politeness.

Parents type 交 for 缴 and turn phrases around; what differs only in that is one question, and
the classifier could only guess whose.
"""

from __future__ import annotations

from app.content.scope import Scope
from app.content.sentences import same_form, sentences_of
from app.matching.normalise import normalise, without_fillers
from app.matching.pinyin import syllables_of

_SHORTEST = 4
"""Syllables: of fewer, too many make some other word."""


def check_sound_alikes(scope: Scope) -> None:
    """Report utterances and tests that another intent of the region has in other characters."""
    seen: dict[tuple[str, ...], list[tuple[str, frozenset[str], str, str]]] = {}
    for key in ("utterances", "tests"):
        for sentence in sentences_of(scope, key):
            sound = _sound(sentence.text)
            if len(sound) < _SHORTEST:
                continue
            others = seen.setdefault(sound, [])
            form = same_form(sentence.text)
            for intent, regions, known_form, where in others:
                if intent != sentence.intent and known_form != form and regions & sentence.regions:
                    message = f"“{sentence.text}”和 {where} 只差同音字、语序或客气话"
                    scope.files.problems.add("C033", sentence.place, message)
                    break
            where = f"{sentence.place.file} 第 {sentence.place.line} 行的“{sentence.text}”"
            others.append((sentence.intent, sentence.regions, form, where))


def _sound(text: str) -> tuple[str, ...]:
    """Return the syllables in alphabetical order; other characters stand for themselves."""
    plain = same_form(without_fillers(normalise(text)))
    return tuple(sorted(s for char in plain for s in syllables_of((char,)) or (char,)))
