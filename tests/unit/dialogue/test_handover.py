"""When a person takes over, what the parent is told, and how long the bot is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache

import pytest

from app.domain.content import HandoffWhen
from app.domain.handoff import Author, CaseState, Hold, Step
from app.domain.turn import Decision, MessageKind
from tests.unit.dialogue.desks import CONSOLE, NIGHT, OFFICE, WECHAT, KnownParent, staffed
from tests.unit.dialogue.parent import NOW, Parent, links, says, shown


class TestAsking:
    def test_in_service_hours_the_conversation_goes_to_the_inbox(self) -> None:
        parent = KnownParent()
        parent.say("多少钱")
        turn = parent.say("我的电话13812345678，转人工")
        assert turn.decision is Decision.HANDOFF
        turn = parent.say("转人工") if turn.handoff is None else turn
        assert says(turn, parent.wording("handoff_waiting"))
        (handoff,) = parent.asked
        assert handoff.step is Step.OPEN
        assert handoff.topics == ("fee_standard",)
        assert "13812345678" not in str(handoff)

    def test_the_person_sees_what_was_asked_in_vain(self) -> None:
        parent = KnownParent()
        misses = nonsense_of(parent, 2)
        parent.say("转人工")
        assert [line.text for line in parent.kept] == [*misses, "转人工"]
        assert {line.author for line in parent.kept} == {Author.PARENT}

    def test_an_answer_in_between_clears_what_was_asked_in_vain(self) -> None:
        parent = KnownParent()
        nonsense_of(parent, 1)
        parent.say("多少钱")
        parent.say("转人工")
        assert [line.text for line in parent.kept] == ["转人工"]

    def test_after_hours_a_ticket_says_when_service_begins(self) -> None:
        parent = KnownParent(now=NIGHT)
        turn = parent.say("转人工")
        assert parent.asked[0].step is Step.TICKET
        assert "工作人员明天（12月11日周四）09:00开始处理" in turn.text
        assert "12333" in turn.text
        assert parent.say("多少钱").topics == ("fee_standard",)

    def test_wechat_gets_the_message_in_service_hours_and_a_ticket_after(self) -> None:
        parent = KnownParent(staffed(WECHAT))
        turn = parent.say("转人工")
        assert (turn.text, parent.asked[0].step) == ("", Step.TRANSFER)
        assert parent.asked[0].kf_account == "kf1@gh_x"
        late = KnownParent(staffed(WECHAT), now=NIGHT)
        assert "09:00" in late.say("转人工").text
        assert late.asked[0].step is Step.TICKET

    @pytest.mark.parametrize("now", [NOW, NIGHT])
    def test_without_people_or_inbox_the_bot_says_where_to_ask(self, now: datetime) -> None:
        parent = KnownParent(now=now)
        parent.hold = None
        for someone in (parent, Parent(now=now)):
            turn = someone.say("转人工")
            assert says(turn, someone.wording("handoff"))
            assert turn.handoff is None

    def test_wechat_needs_no_inbox(self) -> None:
        parent = KnownParent(staffed(WECHAT))
        parent.hold = None
        turn = parent.say("转人工")
        assert turn.handoff is not None
        assert turn.handoff.step is Step.TRANSFER

    def test_closed_for_good_promises_nothing(self) -> None:
        hours = replace(OFFICE, shifts=())
        parent = KnownParent(staffed(replace(CONSOLE, hours=hours)))
        turn = parent.say("转人工")
        assert says(turn, parent.wording("handoff"))
        assert turn.handoff is None

    def test_inside_a_flow_too_and_the_flow_waits(self) -> None:
        parent = KnownParent()
        parent.say("参保资格")
        turn = parent.say("转人工")
        assert says(turn, parent.wording("handoff_waiting"))
        assert turn.session.flow is not None


class TestOffering:
    def test_after_three_misses_in_a_row(self) -> None:
        parent = KnownParent()
        nonsense_of(parent, 2)
        assert "handoff" not in keys(parent)
        nonsense_of(parent, 1)
        assert keys(parent)[-1] == "handoff"
        number = str(len(keys(parent)))
        assert parent.say(number).decision is Decision.HANDOFF
        assert parent.asked[0].step is Step.OPEN

    def test_the_number_of_misses_is_the_operators(self) -> None:
        parent = KnownParent(staffed(replace(CONSOLE, after_misses=1)))
        nonsense_of(parent, 1)
        assert keys(parent)[-1] == "handoff"

    def test_not_where_nobody_is(self) -> None:
        parent = KnownParent(staffed(None))
        nonsense_of(parent, 3)
        assert "handoff" not in keys(parent)

    def test_a_topic_may_offer_a_person(self) -> None:
        parent = KnownParent(staffed(fee_standard=HandoffWhen.OFFER))
        assert parent.say("多少钱").topics == ("fee_standard",)
        assert keys(parent)[-1] == "handoff"
        assert parent.asked == []

    def test_a_topic_may_hand_over_at_once_after_its_answer(self) -> None:
        parent = KnownParent(staffed(fee_standard=HandoffWhen.NOW))
        turn = parent.say("多少钱")
        assert "435元" in turn.text
        assert says(turn, parent.wording("handoff_waiting"))
        assert parent.asked[0].topics == ("fee_standard",)

    def test_smalltalk_may_hand_over(self) -> None:
        parent = KnownParent(staffed(smalltalk_thanks=HandoffWhen.NOW))
        assert says(parent.say("谢谢"), parent.wording("handoff_waiting"))


class TestSilence:
    def test_messages_go_to_the_person_and_get_no_reply(self) -> None:
        parent = held()
        for send in ((MessageKind.TEXT, "多少钱"), (MessageKind.IMAGE, ""), (MessageKind.TEXT, "")):
            turn = parent.send(*send)
            assert (turn.text, turn.reply) == ("", None)
        assert [line.text for line in parent.kept[-3:]] == ["多少钱", "〔图片〕", ""]

    def test_personal_data_is_masked(self) -> None:
        parent = held()
        parent.say("身份证11010519491231002X")
        assert parent.kept[-1].text == "身份证〔身份证号〕"

    @pytest.mark.parametrize("word", ["机器人", "退出人工", "結束人工。"])
    def test_the_parent_may_go_back(self, word: str) -> None:
        parent = held()
        turn = parent.say(word)
        assert parent.asked[-1].step is Step.RELEASE
        assert says(turn, parent.wording("handoff_released"))
        assert parent.say("多少钱").topics == ("fee_standard",)

    def test_the_word_does_no_harm_where_nobody_is(self) -> None:
        parent = KnownParent()
        parent.say("多少钱")
        assert says(parent.say("机器人"), parent.wording("robot"))
        assert parent.say("2").topics == ("payment_window",)

    def test_thirty_quiet_minutes_end_it(self) -> None:
        parent = held()
        parent.wait(29.9)
        assert parent.say("多少钱").text == ""
        parent.wait(29.9)
        assert parent.say("多少钱").text == ""
        parent.wait(30)
        assert parent.say("多少钱").topics == ("fee_standard",)

    def test_either_side_keeps_it(self) -> None:
        parent = held()
        parent.wait(29)
        parent.answered("请稍等")
        parent.wait(29)
        assert "请稍等" in parent.say("好").text

    def test_a_danger_is_answered_all_the_same(self) -> None:
        parent = held()
        turn = parent.say("有人冒充医保局让我转账")
        assert turn.decision is Decision.SAFETY
        assert turn.text
        assert parent.asked[-1].step is Step.APPEND

    def test_the_menu_is_the_bots(self) -> None:
        parent = held()
        assert parent.send(MessageKind.CLICK, "fee_standard").topics == ("fee_standard",)
        assert parent.say("多少钱").text == ""

    def test_wechat_gets_every_message_while_it_has_the_conversation(self) -> None:
        parent = KnownParent(staffed(WECHAT))
        parent.say("转人工")
        assert parent.say("多少钱").text == ""
        assert [handoff.step for handoff in parent.asked] == [Step.TRANSFER] * 2
        assert parent.kept == []
        assert parent.say("机器人").text
        assert parent.say("多少钱").topics == ("fee_standard",)

    def test_the_session_survives(self) -> None:
        parent = KnownParent()
        parent.say("参保资格")
        parent.say("转人工")
        parent.say("在吗")
        parent.say("机器人")
        assert parent.session.hold is None


class TestAnswers:
    def test_an_answer_waits_for_the_next_message(self) -> None:
        parent = held()
        parent.answered("材料齐了就行")
        turn = parent.say("在吗")
        assert shown(turn.text) == "工作人员回复：材料齐了就行"
        assert parent.asked[-1].delivered == 1
        assert parent.say("谢谢").text == ""

    def test_before_the_bots_own_answer_to_a_ticket(self) -> None:
        parent = KnownParent(now=NIGHT)
        parent.say("转人工")
        parent.hold = Hold(CaseState.TICKET, parent.now, ("明天办", "带户口本"))
        text = parent.say("多少钱").text
        assert text.startswith("工作人员回复：明天办\n带户口本\n\n")
        assert "435元" in text
        assert parent.hold is not None
        assert parent.hold.answers == ()
        assert "工作人员" not in parent.say("缴费日期").text

    def test_before_a_text_that_was_ready(self) -> None:
        parent = KnownParent()
        parent.say("多少钱")
        parent.hold = Hold(CaseState.TICKET, parent.now, ("好了",))
        text = parent.say("再说一遍").text
        assert text.startswith("工作人员回复：好了")
        assert "435元" in text

    def test_with_the_way_back(self) -> None:
        parent = held()
        parent.answered("好了")
        text = parent.say("机器人").text
        assert text.startswith("工作人员回复：好了")
        assert parent.asked[-1].delivered == 1

    def test_what_a_person_wrote_is_not_remembered_beyond_the_conversation(self) -> None:
        assistant = staffed()
        first = KnownParent(assistant, now=NIGHT)
        first.say("转人工")
        first.say("多少钱")
        remembered = assistant._made_once.cache_info().currsize
        assert remembered > 0
        first.hold = Hold(CaseState.TICKET, first.now, ("张三的材料齐了",))
        assert "张三" in first.say("缴费日期").text
        first.say("再说一遍")
        assert assistant._made_once.cache_info().currsize == remembered
        second = KnownParent(assistant, now=NIGHT)
        before = assistant._made_once.cache_info().hits
        second.say("多少钱")
        assert assistant._made_once.cache_info().hits > before

    def test_a_long_answer_is_cut_at_the_limit(self) -> None:
        parent = held()
        parent.answered("很长。" * 400)
        first = parent.say("在吗").text
        assert len(first.encode()) <= 2048
        assert links(first)[-1][1] == "更多"
        assert "很长" in parent.say("更多").text
        assert parent.say("更多").text == ""


def held() -> KnownParent:
    parent = KnownParent()
    parent.say("转人工")
    assert parent.hold is not None
    assert parent.hold.state is CaseState.WAITING
    return parent


def nonsense_of(parent: KnownParent, count: int) -> list[str]:
    """Say things that the bot makes nothing of."""
    before = parent.session.misses
    texts = [text for text in mumbling() if text not in parent.session.unanswered][:count]
    for text in texts:
        parent.say(text)
    assert parent.session.misses == before + count
    return texts


@cache
def mumbling() -> tuple[str, ...]:
    texts = ("咕咚咕咚", "喵喵喵", "abc", "钢琴课", "xyzzy", "hello kitty", "呜啦啦啦", "哔哔哔")
    found = tuple(text for text in texts if Parent().say(text).session.misses)
    assert len(found) >= 3, "nonsense is taken for something"
    return found


def keys(parent: KnownParent) -> list[str]:
    return [key for _, _, key in links(parent.turns[-1].text)]
