"""Do two texts of one region say the same sentence with different numbers?

Each number is checked against the sections it cites; where two documents, or two places of one,
disagree, both answers pass that check and parents get either. What counts as the same sentence:
a clause that is word for word the same once its numbers, dates and phones are taken out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.content.lengths import sourced_texts
from app.content.placeholders import fill_facts
from app.content.problems import Place
from app.content.quantities import as_written, canonical
from app.content.scope import Scope
from app.content.sentences import same_form

_CLAUSE = re.compile(r"[^。；！？，,;!?\n]+")
_NUMBER = re.compile(r"\d+(?:[.:\-]\d+)*")
_LEAST_WORDS = 6
"""Characters of a clause beside its numbers; shorter ones (请拨打 12333) say nothing alone."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Where a clause was said, and with which numbers."""

    numbers: tuple[str, ...]
    place: Place
    shown: str


def check_contradictions(scope: Scope) -> None:
    """Report facts of one title with two values, and clauses that differ in numbers only."""
    _check_facts(scope)
    said: dict[tuple[str, str], _Said] = {}
    for text in sourced_texts(scope):
        filled = fill_facts(text.text, scope.fact_values(text.region))
        for clause in _CLAUSE.findall(canonical(filled)):
            numbers = tuple(_NUMBER.findall(clause))
            frame = same_form(_NUMBER.sub("数", clause))
            if not numbers or len(frame) - len(numbers) < _LEAST_WORDS:
                continue
            place = text.source.find(text.path, as_written(clause.strip()))
            here = _Said(numbers, place, clause.strip())
            first = said.setdefault((text.region, frame), here)
            if first.numbers != numbers:
                where = f"{first.place.file} 第 {first.place.line} 行"
                message = f"这里说“{here.shown}”，{where}说“{first.shown}”"
                scope.files.problems.add("C024", place, message)


def _check_facts(scope: Scope) -> None:
    for facts in scope.files.facts.values():
        seen: dict[str, tuple[str, str]] = {}
        for name, fact in facts.value.facts.items():
            first, value = seen.setdefault(same_form(fact.title), (name, fact.value))
            if same_form(value) != same_form(fact.value):
                place = facts.source.place(("facts", name, "value"))
                message = f"事实 {name} 和 {first} 的名称都是“{fact.title}”，值却不同：{value}"
                scope.files.problems.add("C024", place, message)
