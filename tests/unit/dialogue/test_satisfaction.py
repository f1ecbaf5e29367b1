"""“没解决” is offered once and sparingly, and taken kindly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.domain.handoff import CaseState, Hold
from app.domain.turn import Decision, Sequel
from tests.unit.dialogue.desks import CONSOLE, staffed
from tests.unit.dialogue.parent import Parent, links, says, shown


def offers(text: str) -> bool:
    return any(menu_id == "unsolved" for *_, menu_id in links(text))


def test_offered_with_the_second_answer_on_one_topic_and_only_once() -> None:
    parent = Parent()
    assert not offers(parent.say("一年多少钱").text)
    again = parent.say("缴费标准")
    assert offers(again.text)
    assert again.sequel is Sequel.REASKED
    assert not offers(parent.say("到底交多少钱").text)


def test_not_offered_for_another_topic_or_a_tap_or_in_a_flow() -> None:
    parent = Parent()
    parent.say("一年多少钱")
    assert not offers(parent.say("每月几号能缴费").text)
    parent.say("一年多少钱")
    assert not any(offers(turn.text) for turn in parent.turns)


def test_a_tap_says_sorry_and_offers_what_is_near() -> None:
    parent = Parent()
    parent.say("一年多少钱")
    text = parent.say("缴费标准").text
    position = 1 + [menu_id for *_, menu_id in links(text)].index("unsolved")
    turn = parent.tap(position)
    assert turn.decision is Decision.COMMAND
    assert turn.sequel is Sequel.UNSOLVED
    assert says(turn, parent.wording("unsolved"))
    assert links(turn.text)
    assert turn.session.question == ""


def test_words_count_only_after_a_question() -> None:
    assert Parent().say("没解决").sequel is Sequel.NONE
    parent = Parent()
    parent.say("一年多少钱")
    assert parent.say("没用！").sequel is Sequel.UNSOLVED
    assert parent.say("没用！").sequel is Sequel.NONE


def test_a_person_is_offered_where_there_is_one() -> None:
    parent = Parent(assistant=staffed(CONSOLE))
    parent.say("一年多少钱")
    assert "转人工" not in shown(parent.turns[-1].text)
    hold = Hold(CaseState.RELEASED, parent.now - timedelta(days=1))
    parent.session = replace(parent.session, hold=hold)
    assert "转人工" in shown(parent.say("答非所问").text)


def test_in_a_flow_the_words_are_an_answer_to_its_question() -> None:
    parent = Parent()
    parent.say("一年多少钱")
    opened = parent.say("我家能不能参保")
    assert opened.session.flow is not None, opened.trace.reason
    turn = parent.say("没用")
    assert turn.sequel is Sequel.NONE


def test_the_question_survives_small_talk_and_taps() -> None:
    parent = Parent()
    parent.say("一年多少钱")
    assert parent.session.question == "一年多少钱"
    parent.say("谢谢")
    assert parent.session.question == "一年多少钱"
    parent.say("转人工")
    assert parent.session.question == ""
