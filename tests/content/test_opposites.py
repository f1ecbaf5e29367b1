"""Minimal pairs on the content that ships: a few characters apart, and different questions."""

from __future__ import annotations

import dataclasses

import pytest

from app.dialogue.assistant import Assistant
from app.matching.matcher import Matcher
from app.matching.opposites import Guard
from tests.assistants import shipped_assistant

PAIRS = [
    ("beijing", "交了查不到记录", "payment_arrival_delay", "没交能补吗", "back_payment"),
    (
        "beijing",
        "今年的交了怎么没到账",
        "payment_arrival_delay",
        "今年的没交怎么补",
        "back_payment",
    ),
    ("beijing", "去年交了，怎么查", "past_years_query", "去年没交，现在能不能补", "back_payment"),
    ("beijing", "已经缴费了能退吗", "gap_refund", "忘记缴费了能补吗", "back_payment"),
    ("liuzhou", "已经缴费了能退吗", "gap_refund", "忘记缴费了能补吗", "gap_lapse_waiting_liuzhou"),
    ("liuzhou", "哪些能报", "benefits_overview", "哪些不能报", "gap_items_excluded_liuzhou"),
    (
        "beijing",
        "批扣扣款成功了吗在哪看",
        "batch_debit_result",
        "批扣扣款失败是什么原因",
        "batch_debit_problems",
    ),
    (
        "liuzhou",
        "批扣扣款成功了怎么查",
        "payment_certificate",
        "批扣没扣成功怎么办",
        "gap_debit_details_liuzhou",
    ),
    (
        "beijing",
        "缴费成功了哪里看",
        "payment_arrival_query",
        "缴费失败了怎么办",
        "batch_failed_same_day",
    ),
    (
        "beijing",
        "钱扣了但是查不到缴费记录",
        "payment_arrival_delay",
        "账户有钱但是没扣上",
        "batch_debit_problems",
    ),
    (
        "liuzhou",
        "银行卡里钱扣走了医保没显示",
        "gap_payment_delay_liuzhou",
        "银行卡有钱但是没扣",
        "gap_debit_details_liuzhou",
    ),
    (
        "beijing",
        "银行柜台能交吗",
        "pay_at_bank_counter",
        "银行柜台现在交不了",
        "counter_payment_paused",
    ),
    (
        "liuzhou",
        "微信能交吗",
        "pay_by_wechat_city_service",
        "微信交不了怎么办",
        "gap_system_error_liuzhou",
    ),
    (
        "liuzhou",
        "参保以后就能报销吗",
        "gap_benefit_start_liuzhou",
        "停保以后还能报销吗",
        "stop_effect_on_paid_year",
    ),
    (
        "liuzhou",
        "哪里能查到缴费记录",
        "payment_certificate",
        "柜台查不到孩子的信息",
        "gap_system_error_liuzhou",
    ),
    (
        "beijing",
        "缴费记录在哪能查到",
        "payment_arrival_query",
        "隔壁银行柜台查不到我孩子",
        "bank_counter_cannot_find",
    ),
]
"""Account, a question and its intent, its opposite and the intent of that."""

KEPT_FROM = [
    ("beijing", "我想参保", "withdraw_enrolment"),
    ("beijing", "哪些能报", "items_not_covered"),
]
"""Questions with the intent that would be answered if nothing were declared."""


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return shipped_assistant()


def matcher(assistant: Assistant, account: str) -> Matcher:
    return assistant.matchers[assistant.catalog.accounts[account].region]


@pytest.mark.parametrize(
    ("account", "text", "intent"),
    [
        (account, text, intent)
        for account, one, its, other, others in PAIRS
        for text, intent in ((one, its), (other, others))
    ],
)
def test_each_side_has_its_own_intent(
    assistant: Assistant, account: str, text: str, intent: str
) -> None:
    assert matcher(assistant, account).rank(text).candidates[0].intent == intent


@pytest.mark.parametrize(("account", "text", "opposite"), KEPT_FROM)
def test_the_opposite_is_not_answered(
    assistant: Assistant, account: str, text: str, opposite: str
) -> None:
    guarded = matcher(assistant, account)
    free = Matcher(
        dataclasses.replace(guarded.model, guard=Guard(())),
        guarded.space,
        guarded._tokenizer,
        guarded._places,
    )
    before, now = free.rank(text), guarded.rank(text)
    assert before.candidates[0].intent == opposite
    assert before.candidates[0].confidence >= before.accept
    found = next(c for c in now.candidates if c.intent == opposite)
    assert found.confidence < now.accept
    assert found.evidence["opposed"] > 0


def test_every_declared_side_is_said_by_operators(assistant: Assistant) -> None:
    for region in assistant.matchers.values():
        for pair, said in zip(assistant.catalog.opposites, region.model.sides.T, strict=True):
            assert (said == 1).any(), pair.one
            assert (said == 2).any(), pair.other
