"""The nearest utterance of one intent, as the comparison of contents asks for it."""

from __future__ import annotations

from app.domain.names import IntentId
from app.matching.explaining import explain, nearest_utterance
from tests.unit.matching.little import trained, usual


def test_it_is_the_first_neighbour_of_the_intent() -> None:
    matcher = trained(usual())
    first = explain(matcher, "怎么交费").neighbours[0]
    assert nearest_utterance(matcher, "怎么交费", first.intent) == first


def test_others_than_those_left_aside() -> None:
    matcher = trained(usual())
    first, *others = explain(matcher, "怎么交费", count=50).neighbours
    second = next(n for n in others if n.intent == first.intent)
    assert nearest_utterance(matcher, "怎么交费", first.intent, {first.text}) == second


def test_none_where_nothing_is_alike() -> None:
    matcher = trained(usual())
    intent = matcher.model.classes[0]
    assert nearest_utterance(matcher, "", intent) is None
    assert nearest_utterance(matcher, "怎么交费", IntentId("nothing")) is None
