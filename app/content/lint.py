"""Everything that can be said about content without talking to it.

Beside what the loader demands: each number, date, phone, URL and quoted name of an answer stands
in the sections it cites, facts are referred to instead of repeated, texts are plain.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

from app.content.audience import check_audience
from app.content.calendar_evidence import check_calendar_evidence
from app.content.contradictions import check_contradictions
from app.content.evidence import Claim, find_claims, occurs, unsupported
from app.content.lengths import SourcedText, sourced_texts
from app.content.loader import examine
from app.content.placeholders import fact_names, fill_facts
from app.content.problems import Place
from app.content.quantities import as_written, canonical
from app.content.scope import Scope
from app.content.screens import check_screens
from app.content.sensitive import check_sensitive
from app.content.sentences import check_not_utterances
from app.content.sound_alikes import check_sound_alikes
from app.content.validity import check_validity
from app.content.wording import check_wording
from app.errors import ContentProblem

_SHORTEST_FACT_CHARS = 3
"""Shorter values (`10`) occur by chance."""


def lint(
    root: Path, required_texts: Collection[str] = (), today: date | None = None
) -> tuple[ContentProblem, ...]:
    """Return all problems of the content below `root`, by file and line; never raises for them.

    `required_texts` as for `load_catalog`; without `today` nothing is said about what expires.
    About one second for 150 files.
    """
    return inspect(root, required_texts, today).files.problems.ordered()


def inspect(root: Path, required_texts: Collection[str] = (), today: date | None = None) -> Scope:
    """Do the same as `lint`, and return what was read, for checks that need more than files."""
    scope = examine(root, required_texts)
    check_not_utterances(scope)
    check_wording(scope)
    wrong = _check_facts(scope)
    check_calendar_evidence(scope)
    check_screens(scope)
    check_contradictions(scope)
    check_sound_alikes(scope)
    check_sensitive(scope)
    check_audience(scope)
    if today is not None:
        check_validity(scope, today)
    for text in sourced_texts(scope):
        _check_claims(scope, text, wrong)
        _check_literals(scope, text)
    return scope


def _check_claims(scope: Scope, text: SourcedText, wrong: Collection[tuple[str, str]]) -> None:
    sections = [scope.section(anchor) for anchor in text.anchors]
    found = [section for section in sections if section is not None]
    if not found or len(found) < len(sections):
        return
    values = scope.fact_values(text.region)
    filled = fill_facts(text.text, values)
    told = Place(""), 0
    for claim in unsupported(find_claims(filled), found):
        place, fact = _place_of(text, claim, values)
        if (text.region, fact) in wrong:
            continue  # told once, where the fact stands
        before, length = told
        if place.line == before.line and 0 < place.column - before.column < length:
            continue  # the other half of a date that was told: 2026年03月 and 03月28日
        told = place, len(claim.shown)
        rule = "C012" if claim.is_name else "C011"
        cited = "、".join(text.anchors)
        elsewhere = _anchor_with(scope, text.region, claim)
        remedy = f"{elsewhere} 里有，可以加进 source" if elsewhere else ""
        scope.files.problems.add(rule, place, f"{claim.shown} 不在依据 {cited} 里", remedy)


def _place_of(text: SourcedText, claim: Claim, values: dict[str, str]) -> tuple[Place, str]:
    """Return where the claim was written, or the fact that brought it in and its name."""
    shown = claim.shown.strip("“”")
    whole = text.source.place(text.path)
    place = text.source.find(text.path, as_written(shown))
    if place != whole:
        return place, ""
    for name in fact_names(text.text):
        if shown in canonical(values.get(name, "")):
            return text.source.find(text.path, f"{{fact.{name}}}"), name
    return whole, ""


def _anchor_with(scope: Scope, region: str, claim: Claim) -> str:
    """Return an anchor of the region whose section supports the claim, or an empty string."""
    for name, document in scope.files.documents.items():
        if document.front.value.region != region:
            continue
        for heading, section in document.sections.items():
            if not unsupported([claim], [section.text]):
                return f"{name}#{heading}"
    return ""


def _check_facts(scope: Scope) -> set[tuple[str, str]]:
    """Report facts whose value is not in the section that they cite; return region and name."""
    wrong: set[tuple[str, str]] = set()
    for facts in scope.files.facts.values():
        for name, fact in facts.value.facts.items():
            section = scope.section(fact.source)
            if section is not None and not occurs(fact.value, section):
                place = facts.source.place(("facts", name, "value"))
                message = f"事实 {name} 的值“{fact.value}”不在 {fact.source} 里"
                scope.files.problems.add("C013", place, message)
                wrong.add((facts.value.region, name))
    return wrong


def _check_literals(scope: Scope, text: SourcedText) -> None:
    """Report values of facts that are written out instead of referred to."""
    for name, value in _by_length(scope.fact_values(text.region)):
        if len(value) < _SHORTEST_FACT_CHARS:
            continue
        digits_around = r"(?<!\d)" if value[0].isdigit() else ""
        digits_after = r"(?!\d)" if value[-1].isdigit() else ""
        if re.search(digits_around + re.escape(value) + digits_after, text.text):
            message = f"“{value}”是事实 {name} 的值"
            place = text.source.find(text.path, value)
            scope.files.problems.add("C014", place, message, f"改成 {{fact.{name}}}")


def _by_length(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield from sorted(values.items(), key=lambda item: (-len(item[1]), item[0]))
