"""“提醒我”: asked before anything is kept, brought when due, forgotten on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.turn import Decision, Reminder
from app.settings import SHANGHAI
from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import Parent


@pytest.fixture
def parent() -> Parent:
    return Parent("beijing", shipped_assistant())


def agreed(parent: Parent, asked: str = "补缴到什么时候截止") -> Reminder:
    parent.say(asked)
    parent.say("提醒我")
    parent.say("同意提醒")
    (reminder,) = parent.session.reminders
    return reminder


ORDERS = [
    "提醒我",
    "到时候提醒我",
    "到时候提醒我一下",
    "能提醒我吗",
    "可以提醒我一下吗",
    "快截止的时候提醒我",
    "扣款前一天提醒我",
    "提醒我一下扣款的日子",
    "截止前叫我一声",
    "给我设个提醒",
    "到时候通知我一下",
]


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_is_offered_and_kept_only_with_consent(parent: Parent, order: str) -> None:
    turn = parent.say(order)
    assert turn.decision is Decision.COMMAND
    assert "同意提醒" in turn.text
    assert parent.session.reminders == ()
    parent.say("好的")
    assert len(parent.session.reminders) == 1


@pytest.mark.parametrize(
    "text",
    [
        "老师提醒我交医保，怎么交",
        "银行短信提醒我扣款失败了",
        "收到缴费提醒短信是真的吗",
        "群里通知我们交医保",
        "为什么没人通知我交费",
        "提醒短信里的链接能点吗",
    ],
)
def test_what_others_told_is_no_order(parent: Parent, text: str) -> None:
    assert "同意提醒" not in parent.say(text).text


def test_the_last_question_says_what_to_remind_of(parent: Parent) -> None:
    reminder = agreed(parent)
    assert reminder.topic == "back_payment"
    assert reminder.at == datetime(2025, 12, 25, 9, tzinfo=SHANGHAI)


def test_a_named_date_wins_over_the_last_question(parent: Parent) -> None:
    parent.say("补缴到什么时候截止")
    parent.say("批量扣款之前提醒我")
    parent.say("好")
    assert parent.session.reminders[0].topic == "bank_batch_debit"


def test_it_comes_once_before_the_reply_when_it_is_due(parent: Parent) -> None:
    reminder = agreed(parent)
    parent.now = reminder.at - timedelta(minutes=1)
    assert "⏰" not in parent.say("你好").text
    parent.now = reminder.at
    text = parent.say("你好").text
    assert text.startswith("⏰ 您让我提醒的")
    assert "12月29日" in text
    assert parent.session.reminders == ()
    assert "⏰" not in parent.say("你好").text


def test_it_is_dropped_in_silence_when_the_date_has_passed(parent: Parent) -> None:
    reminder = agreed(parent)
    parent.now = reminder.at.replace(day=reminder.until.day) + timedelta(days=1)
    assert "⏰" not in parent.say("你好").text


def test_unsure_delivery_says_so(parent: Parent) -> None:
    reminder = agreed(parent)
    parent.session = replace(parent.session, reminders=(replace(reminder, unsure=True),))
    parent.now = reminder.at
    assert "可能已经给您发过" in parent.say("你好").text


@pytest.mark.parametrize("words", ["取消提醒", "不要提醒我了", "别提醒我了", "把提醒取消掉"])
def test_it_can_be_cancelled(parent: Parent, words: str) -> None:
    agreed(parent)
    assert "取消" in parent.say(words).text
    assert parent.session.reminders == ()
    assert "没有提醒" in parent.say("我的提醒").text


def test_declined_is_not_kept(parent: Parent) -> None:
    parent.say("提醒我")
    parent.say("不用提醒")
    assert parent.session.reminders == ()
    assert parent.session.proposed is None


def test_consent_belongs_to_the_offer_alone(parent: Parent) -> None:
    parent.say("提醒我")
    parent.say("医保卡丢了怎么办")
    parent.say("好的")
    assert parent.session.reminders == ()


def test_the_list_shows_what_is_kept(parent: Parent) -> None:
    agreed(parent)
    assert "12月25日（周四）" in parent.say("我的提醒").text


def test_nothing_to_remind_of_is_said(parent: Parent) -> None:
    parent.now = datetime(2026, 11, 22, 10, tzinfo=SHANGHAI)
    assert "没有可以提醒的日子" in parent.say("提醒我").text
    assert parent.session.proposed is None


def test_at_most_three_and_one_a_topic(parent: Parent) -> None:
    for asked in ("补缴截止", "批扣", "参保", "京通缴费", "批扣"):
        parent.say(f"{asked}之前提醒我")
        parent.say("好")
    topics = [reminder.topic for reminder in parent.session.reminders]
    assert len(topics) == len(set(topics)) == 3


def test_an_open_flow_stays_open(parent: Parent) -> None:
    parent.say("怎么缴费")
    flow = parent.session.flow
    parent.say("提醒我")
    assert flow is not None
    assert parent.session.flow == flow


@pytest.mark.parametrize("words", ["同意提醒", "1"])
def test_consent_in_a_flow_leads_back_to_its_question(words: str) -> None:
    parent = Parent("beijing", shipped_assistant())
    parent.say("参保资格")
    parent.say("提醒我")
    turn = parent.say(words)
    assert len(parent.session.reminders) == 1
    assert "孩子是北京户口吗？" in turn.text
    assert parent.say("1").session.flow is not None


@pytest.mark.parametrize("words", ["不用提醒", "2"])
def test_a_refusal_promises_nothing_to_go_on_with(parent: Parent, words: str) -> None:
    parent.say("提醒我")
    assert "接着" not in parent.say(words).text
