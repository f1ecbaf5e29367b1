"""Mere questions of dates are recognised by form; anything else is left to the matcher."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.content import IntentKind
from app.domain.names import IntentId, Region
from app.knowledge.date_questions import date_topic, dated_intents
from app.matching.normalise import normalise
from tests.assistants import shipped_catalog

BEIJING = Region("beijing")
_TAKEN_SHARE = 1 / 300
"""Utterances of other topics that may look like a mere question of dates (柜台现在能缴吗)."""


def topic(text: str) -> str | None:
    return date_topic(shipped_catalog(), BEIJING, normalise(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天能交吗", "payment_window"),
        ("现在还能交吗", "payment_window"),
        ("今天开始缴费了吗", "payment_window"),
        ("最晚哪天交", "payment_window"),
        ("还有几天截止", "payment_window"),
        ("今天是最后一天了吗，还能交吗", "payment_window"),
        ("孩子的医保，周末能不能缴", "payment_window"),
        ("老师您好，请问15号能交吗？谢谢", "payment_window"),
        ("过完年再交行吗", "payment_window"),
        ("二十号以后還能交嗎", "payment_window"),
        ("明天去银行交行吗", "pay_at_bank_counter"),
        ("还来得及参保吗", "enrolment_period"),
        ("三月份还能登记不", "enrolment_period"),
        ("参保截止到哪天", "enrolment_period"),
        ("下次扣款是哪天", "bank_batch_debit"),
        ("今天银行会扣钱吗", "bank_batch_debit"),
        ("最晚哪天把钱存进去", "bank_batch_debit"),
        ("月底医保个账会扣吗", "personal_account_debit"),
        ("补缴还来得及吗", "back_payment"),
        ("今天交什么时候能用", "benefit_start_date"),
        ("批扣没成功今天能自己交吗", "batch_failed_same_day"),
        ("晚上十点京通能交吗", "payment_window"),
        ("周六柜台能办吗", "pay_at_bank_counter"),
    ],
)
def test_made_of_dates_and_one_subject(text: str, expected: str) -> None:
    assert topic(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "能交吗",
        "今天几号",
        "现在几点",
        "什么时候开始",
        "今天天气怎么样",
        "明天放假吗",
        "暑假从几号开始",
        "明年还要交吗",
        "今天缴费失败了怎么办",
        "昨天交的今天还查不到",
        "缴费要几天到账",
        "参保要多久",
        "今天交了435元对吗",
        "今天能报销吗",
        "下个月去外地上学还能交吗",
        "多少钱",
        "今天交",
        "可不可以每个月交一点",
        "京通怎么交",
    ],
)
def test_anything_else_is_left_alone(text: str) -> None:
    assert topic(text) is None


def test_a_region_without_calendar_has_none() -> None:
    bare = dataclasses.replace(shipped_catalog(), calendar={})
    assert date_topic(bare, BEIJING, "今天能交吗") is None


@pytest.mark.parametrize(
    ("last", "text", "expected"),
    [
        ("pay_at_bank_counter", "那周六呢", "pay_at_bank_counter"),
        ("pay_at_bank_counter", "20号能交吗", "pay_at_bank_counter"),
        ("enrolment_period", "三月呢", "enrolment_period"),
        ("enrolment_period", "20号能交吗", "payment_window"),
        ("bank_batch_debit", "今天呢", "bank_batch_debit"),
        ("payment_window", "那柜台呢", "pay_at_bank_counter"),
        ("fee_standard", "那周末呢", "payment_window"),
        ("fee_standard", "那柜台呢", None),
        ("payment_window", "那缺德呢", None),
    ],
)
def test_goes_on_with_a_dated_topic(last: str, text: str, expected: str | None) -> None:
    assert date_topic(shipped_catalog(), BEIJING, normalise(text), IntentId(last)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天能交吗", "gap_deadline_liuzhou"),
        ("还能参保吗", "gap_deadline_liuzhou"),
        ("下次扣款是哪天", "gap_debit_details_liuzhou"),
        ("补缴还来得及吗", "gap_lapse_waiting_liuzhou"),
        ("一年多少钱", None),
    ],
)
def test_a_document_without_days_has_gaps(text: str, expected: str | None) -> None:
    assert date_topic(shipped_catalog(), Region("liuzhou"), normalise(text)) == expected


def test_other_topics_keep_their_sentences() -> None:
    sentences, taken = 0, []
    for intent in shipped_catalog().intents.values():
        if intent.kind is IntentKind.FAQ and BEIJING not in intent.answers:
            continue
        if intent.kind is IntentKind.GAP and BEIJING not in intent.regions:
            continue
        for text in (*intent.utterances, *intent.tests, intent.title):
            sentences += 1
            found = topic(text)
            if found is not None and found != intent.id:
                taken.append((intent.id, text, found))
    assert sentences > 3000
    assert len(taken) <= sentences * _TAKEN_SHARE, taken


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text(text: str) -> None:
    found = topic(text)
    assert found is None or found in shipped_catalog().intents


@pytest.mark.parametrize(
    ("region", "one"), [("beijing", "payment_window"), ("liuzhou", "gap_deadline_liuzhou")]
)
def test_no_other_topic_is_gone_on_with(region: str, one: str) -> None:
    catalog = shipped_catalog()
    dated = dated_intents(catalog, Region(region))
    assert IntentId(one) in dated
    assert IntentId("fee_standard") not in dated
    said = ("那周末呢", "初八能交吗", "今天可以吗", "银行几点关门", "截止了吗", "那柜台呢")
    for last in set(catalog.intents) - dated:
        for text in map(normalise, said):
            alone = date_topic(catalog, Region(region), text)
            assert date_topic(catalog, Region(region), text, last) == alone, (text, last)
