"""A short message leans on the topic before it, if it says anything at all."""

from __future__ import annotations

import pytest

from app.domain.turn import Decision
from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import Parent, nonsense, says, shown

ANSWERED = {Decision.ANSWER, Decision.FLOW}


def after(account: str, first: str) -> Parent:
    """Return one who was just answered a first question from the content that ships."""
    parent = Parent(account, shipped_assistant())
    assert parent.say(first).decision in ANSWERED
    return parent


@pytest.mark.parametrize(
    ("account", "first", "then", "topic"),
    [
        ("beijing", "怎么用京通小程序缴费", "手机银行呢", "pay_by_bank_app"),
        ("beijing", "怎么用京通小程序缴费", "电子税务局呢", "pay_by_etax"),
        ("beijing", "手机银行怎么交", "那京通呢", "pay_by_jingtong"),
        ("beijing", "怎么去银行柜台交", "要带什么材料", "pay_at_bank_counter"),
        ("beijing", "怎么去银行柜台交", "哪些银行", "pay_at_bank_counter"),
        ("beijing", "怎么去银行柜台交", "几点之前", "pay_at_bank_counter"),
        ("beijing", "怎么去银行柜台交", "周末呢", "pay_at_bank_counter"),
        ("beijing", "怎么去银行柜台交", "15号呢", "pay_at_bank_counter"),
        ("beijing", "手机银行怎么交", "几点之前", "pay_by_bank_app"),
        ("beijing", "手机银行怎么交", "周六呢", "pay_by_bank_app"),
        ("beijing", "银行批量扣款是哪天", "要存多少钱", "fee_standard"),
        ("beijing", "银行批量扣款是哪天", "怎么签约", "debit_agreement"),
        ("beijing", "一年交多少钱", "那大学生呢", "fee_standard"),
        ("beijing", "一年交多少钱", "什么时候交", "payment_window"),
        ("beijing", "一年交多少钱", "怎么交", "payment_channels"),
        ("beijing", "一年交多少钱", "在哪交", "payment_channels"),
        ("beijing", "怎么补缴", "要多少钱", "fee_standard"),
        ("beijing", "怎么补缴", "电话多少", "hotlines"),
        ("beijing", "没有社保卡怎么看病", "要带什么材料", "no_card_yet"),
        ("beijing", "手工报销怎么办", "要带什么", "manual_reimbursement"),
        ("beijing", "手工报销怎么办", "去哪里办", "manual_reimbursement"),
        ("beijing", "手工报销怎么办", "钱打到哪", "payout_account"),
        ("beijing", "异地就医怎么备案", "没备案呢", "out_of_town_treatment"),
        ("beijing", "异地就医怎么备案", "电话多少", "hotlines"),
        ("beijing", "怎么查交没交上", "去哪里查", "payment_arrival_query"),
        ("beijing", "怎么查交没交上", "多久能查到", "payment_arrival_delay"),
        ("liuzhou", "怎么用微信城市服务缴费", "那支付宝呢", "pay_by_alipay"),
        ("liuzhou", "用支付宝怎么缴", "微信呢", "pay_by_wechat_city_service"),
        ("liuzhou", "用支付宝怎么缴", "公众号呢", "pay_by_wechat_account"),
        ("liuzhou", "用支付宝怎么缴", "银行呢", "pay_by_bank"),
        ("liuzhou", "去银行怎么交", "哪些银行", "pay_by_bank"),
        ("liuzhou", "去银行怎么交", "要带什么", "pay_by_bank"),
        ("liuzhou", "新生怎么参保", "要带什么材料", "enrolment_new_student"),
        ("liuzhou", "新生怎么参保", "老生呢", "enrolment_renewal"),
        ("liuzhou", "新生怎么参保", "转学的呢", "transfer_in"),
        ("liuzhou", "新生怎么参保", "在哪办", "enrolment_new_student"),
        ("liuzhou", "困难学生怎么参保", "低保呢", "hardship_students"),
    ],
)
def test_are_understood_from_the_last_topic(
    account: str, first: str, then: str, topic: str
) -> None:
    turn = after(account, first).say(then)
    assert turn.decision in ANSWERED
    assert topic in turn.topics


@pytest.mark.parametrize("position", range(4))
def test_nonsense_stays_nonsense(position: int) -> None:
    turn = after("beijing", "一年交多少钱").say(nonsense()[position])
    assert turn.decision not in ANSWERED, turn.trace.reason


@pytest.mark.parametrize("text", ["哦", "为啥", "第八个", "9"])
def test_words_that_ask_nothing_do_not_repeat_the_answer(text: str) -> None:
    turn = after("beijing", "一年交多少钱").say(text)
    assert turn.decision not in ANSWERED, turn.trace.reason


def test_what_the_document_leaves_out_is_not_answered_with_the_last_topic() -> None:
    """Each sentence of the operators for a gap is a gap, whatever was talked about before."""
    assistant = shipped_assistant()
    answered = {}
    for intent in assistant.catalog.intents.values():
        if "beijing" not in intent.regions:
            continue
        for first in ("一年交多少钱", "每月几号能缴费"):
            turn = after("beijing", first).say(intent.utterances[0])
            if turn.decision in ANSWERED:
                answered[first, intent.utterances[0]] = turn.topics
    assert answered == {}


@pytest.mark.parametrize(
    ("account", "first", "then", "said"),
    [
        ("beijing", "银行批量扣款是哪天", "那在柳州呢", "这里只回答北京"),
        ("liuzhou", "重复参保怎么办", "那在北京呢", "这里只回答柳州"),
        ("liuzhou", "用支付宝怎么缴", "多少钱", "没有写学生一年要交多少钱"),
        ("beijing", "怎么去银行柜台交", "周末呢", "周末"),
        ("beijing", "今天能交吗", "那明天呢", "12月11日"),
        ("beijing", "手机银行怎么交", "周六呢", "12月13日"),
    ],
)
def test_place_money_and_day_are_taken_from_the_further_question(
    account: str, first: str, then: str, said: str
) -> None:
    assert said in shown(after(account, first).say(then).text)


def test_a_further_question_answered_by_the_same_text_says_so() -> None:
    parent = after("beijing", "怎么去银行柜台交")
    turn = parent.say("要带什么材料")
    assert says(turn, parent.wording("same_topic", title="去银行柜台交"))


@pytest.mark.parametrize("first", ["困难学生怎么参保", "外地转来怎么参保"])
def test_papers_of_another_matter_are_not_given_unasked(first: str) -> None:
    turn = after("liuzhou", first).say("要什么材料")
    assert turn.decision is Decision.CLARIFY


@pytest.mark.parametrize("text", ["那支付宝呢", "要带什么材料", "几点之前", "周末呢", "那在柳州呢"])
def test_with_nothing_before_it_a_further_question_is_a_first_one(text: str) -> None:
    turn = Parent("beijing", shipped_assistant()).say(text)
    assert turn.text
    assert "接着“" not in turn.trace.reason
