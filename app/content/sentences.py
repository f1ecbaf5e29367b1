"""Titles, utterances and test sentences of all intents, compared with each other.

The same sentence in two intents is an error where one region has both: the classifier could
only guess, and an operator would never learn why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.content.intent_model import (
    MAX_TITLE_CHARS,
    MIN_TESTS,
    MIN_UTTERANCES,
    IntentFile,
)
from app.content.parsing import Parsed
from app.content.problems import Place
from app.content.scope import Scope
from app.domain.content import IntentKind
from app.matching.normalise import normalise, squeeze


@dataclass(frozen=True, slots=True)
class Sentence:
    """One utterance or test sentence."""

    intent: str
    text: str
    place: Place
    regions: frozenset[str]


def same_form(text: str) -> str:
    """Return the form in which two sentences count as the same.

    Width, case, white space, punctuation, Traditional characters and Chinese day numerals do not
    count, as the matcher does not see them either; a text of punctuation only stays.
    """
    return squeeze(normalise(text)) or normalise(text) or text.strip()


def check_sentences(scope: Scope) -> None:
    """Report titles, utterances and tests that are too many, too few or in two places."""
    for intent in scope.files.intents.values():
        _check_counts(scope, intent)
    _check_titles(scope)
    known = _check_utterances(scope)
    _check_tests(scope, known)


def check_not_utterances(scope: Scope) -> None:
    """Report sentences that must never match but are examples of the same intent."""
    for intent in scope.files.intents.values():
        own = {
            same_form(text): key
            for key, texts in (
                ("tests", intent.value.tests),
                ("utterances", intent.value.utterances),
            )
            for text in texts
        }
        for i, text in enumerate(intent.value.not_utterances):
            key = own.get(same_form(text))
            if key:
                place = intent.source.place(("not_utterances", i))
                message = f"“{text}”也写在 {key} 里"
                scope.files.problems.add("C016", place, message)


def _check_counts(scope: Scope, intent: Parsed[IntentFile]) -> None:
    if intent.value.kind != IntentKind.FAQ.value:
        return
    for rule, key, least in (("C005", "utterances", MIN_UTTERANCES), ("C006", "tests", MIN_TESTS)):
        count = len(getattr(intent.value, key))
        if key in intent.source.data and count < least:
            message = f"{key} 只有 {count} 句，至少要 {least} 句"
            scope.files.problems.add(rule, intent.source.key_place((key,)), message)


def _check_titles(scope: Scope) -> None:
    seen: dict[str, str] = {}
    for intent in scope.files.intents.values():
        title = intent.value.title
        place = intent.source.place(("title",))
        if len(title) > MAX_TITLE_CHARS:
            message = f"标题有 {len(title)} 个字，最多 {MAX_TITLE_CHARS} 个"
            scope.files.problems.add("C002", place, message)
        first = seen.setdefault(same_form(title), intent.file)
        if first != intent.file:
            message = f"标题“{title}”和 {first} 的相同"
            scope.files.problems.add("C001", place, message)


def sentences_of(scope: Scope, key: str) -> Iterator[Sentence]:
    """Yield all `utterances` or all `tests`, file by file."""
    for name, intent in scope.files.intents.items():
        regions = scope.regions_of(intent)
        for i, text in enumerate(getattr(intent.value, key)):
            yield Sentence(name, text, intent.source.place((key, i)), regions)


def _check_utterances(scope: Scope) -> dict[str, list[Sentence]]:
    """Report utterances in two places; return all utterances by their form."""
    known: dict[str, list[Sentence]] = {}
    for sentence in sentences_of(scope, "utterances"):
        others = known.setdefault(same_form(sentence.text), [])
        for other in others:
            if other.intent == sentence.intent:
                message = f"“{sentence.text}”在第 {other.place.line} 行已经写过"
                scope.files.problems.add("C003", sentence.place, message)
                break
            if other.regions & sentence.regions:
                message = f"“{sentence.text}”在 {_where(other)} 也有"
                scope.files.problems.add("C004", sentence.place, message)
                break
        others.append(sentence)
    return known


def _check_tests(scope: Scope, known: dict[str, list[Sentence]]) -> None:
    """Report tests that repeat an utterance, or another test, of any intent."""
    tests: dict[str, list[Sentence]] = {}
    for sentence in sentences_of(scope, "tests"):
        form = same_form(sentence.text)
        others = tests.setdefault(form, [])
        for other in (*known.get(form, ()), *others):
            if other.intent == sentence.intent:
                message = f"“{sentence.text}”在第 {other.place.line} 行已经写过"
                scope.files.problems.add("C007", sentence.place, message)
                break
            if other.regions & sentence.regions:
                message = f"“{sentence.text}”在 {_where(other)} 也有"
                scope.files.problems.add("C008", sentence.place, message)
                break
        others.append(sentence)


def _where(sentence: Sentence) -> str:
    return f"{sentence.place.file} 第 {sentence.place.line} 行"
