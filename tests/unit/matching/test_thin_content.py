"""Content with next to nothing in it: it works, it never crashes."""

from __future__ import annotations

import pytest

from app.domain.content import IntentKind
from app.domain.names import Region
from app.matching.explaining import confusables, explain
from tests.unit.matching.little import ELSEWHERE, REGION, SENTENCES, catalog, first, intent, trained

TEXTS = ["怎么缴费", "缴费", "zen me jiao fei", "完全无关的一句话", "", "hello", "医保" * 300]


def test_one_intent() -> None:
    matcher = trained(catalog(intent("pay", SENTENCES["pay"])))
    for text in TEXTS:
        ranking = matcher.rank(text)
        explain(matcher, text)
        assert [c.intent for c in ranking.candidates] in ([], ["pay"])
    exact = matcher.rank("怎么缴费")
    assert exact.candidates[0].confidence >= exact.accept
    unlike = matcher.rank("完全无关的一句话")
    assert all(c.confidence < unlike.accept for c in unlike.candidates)
    assert confusables(matcher) == ()


def test_one_intent_with_one_utterance() -> None:
    matcher = trained(catalog(intent("pay", ["怎么缴费"])))
    assert first(matcher, "怎么缴费") == "pay"
    assert confusables(matcher, 2.0)[0].rival == "pay"


def test_two_intents_with_one_utterance_each() -> None:
    matcher = trained(catalog(intent("pay", ["怎么缴费"]), intent("card", ["社保卡丢了"])))
    assert first(matcher, "怎么缴费呀") == "pay"
    assert first(matcher, "卡丢了") == "card"


def test_the_same_utterance_twice_in_one_intent() -> None:
    texts = SENTENCES["pay"]
    matcher = trained(catalog(intent("pay", [*texts, *texts]), intent("card", SENTENCES["card"])))
    assert first(matcher, texts[0]) == "pay"


def test_the_same_utterance_in_two_intents() -> None:
    pay, refund = SENTENCES["pay"], [*SENTENCES["refund"], SENTENCES["pay"][0]]
    matcher = trained(catalog(intent("pay", pay), intent("refund", refund)))
    ranking = matcher.rank(pay[0])
    assert {c.intent for c in ranking.candidates} == {"pay", "refund"}
    assert {c.text for c in confusables(matcher)} >= {pay[0]}


def test_all_utterances_the_same() -> None:
    matcher = trained(catalog(intent("a", ["怎么缴费"] * 3), intent("b", ["怎么缴费"] * 3)))
    assert {c.intent for c in matcher.rank("怎么缴费").candidates} == {"a", "b"}


def test_a_region_without_answers() -> None:
    content = catalog(
        *(intent(name, texts, regions=[ELSEWHERE]) for name, texts in SENTENCES.items())
    )
    matcher = trained(content)
    assert matcher.model.topics == frozenset()
    for text in TEXTS:
        ranking = matcher.rank(text)
        explain(matcher, text)
        assert len({c.intent for c in ranking.candidates}) == len(ranking.candidates)
    assert confusables(matcher) == ()


@pytest.mark.parametrize("region", [REGION, Region("nowhere")])
def test_no_content_at_all(region: Region) -> None:
    matcher = trained(catalog(), region)
    for text in TEXTS:
        assert matcher.rank(text).candidates == ()
        assert explain(matcher, text).neighbours == ()
        assert matcher.nearest_among(text, [])[1] == 0.0
    assert confusables(matcher) == ()


def test_utterances_without_a_word() -> None:
    matcher = trained(catalog(intent("marks", ["？？", "！"]), intent("pay", SENTENCES["pay"])))
    assert first(matcher, "缴费要带啥") == "pay"
    assert matcher.rank("？").candidates == ()


def test_utterances_in_pinyin_and_latin() -> None:
    matcher = trained(
        catalog(
            intent("pay", ["zenme jiaofei", "怎么缴费"]),
            intent("hello", ["hello", "hi there"], kind=IntentKind.SMALLTALK),
        )
    )
    assert first(matcher, "zen me jiao fei") == "pay"
    assert first(matcher, "hello") == "hello"


def test_only_counter_examples_differ() -> None:
    matcher = trained(
        catalog(
            intent("pay", SENTENCES["pay"], ["怎么退费", "退费找谁"]),
            intent("card", SENTENCES["card"], ["怎么缴费"]),
        )
    )
    assert first(matcher, "医保缴费") == "pay"
