"""A short message leans on the topic before it, if it says anything at all."""

from __future__ import annotations

import pytest

from app.domain.turn import Decision
from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import Parent, nonsense

ANSWERED = {Decision.ANSWER, Decision.FLOW}


def after(account: str, first: str) -> Parent:
    """Return one who was just answered a first question from the content that ships."""
    parent = Parent(account, shipped_assistant())
    assert parent.say(first).decision in ANSWERED
    return parent


@pytest.mark.parametrize(
    ("account", "first", "then", "topic"),
    [
        ("liuzhou", "怎么用微信城市服务缴费", "那支付宝呢", "pay_by_alipay"),
        ("beijing", "怎么去银行柜台交", "要带什么材料", "pay_at_bank_counter"),
        ("beijing", "怎么用京通小程序缴费", "手机银行呢", "pay_by_bank_app"),
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
