"""Taps on the account's menu, and posters whose QR code has a scene."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.dialogue.assistant import Assistant
from app.domain.content import Scene
from app.domain.names import IntentId
from app.domain.turn import Decision, MessageKind
from app.wechat.rendering import render
from tests.assistants import small_assistant
from tests.unit.dialogue.parent import Parent, links, says, shown

SCENES = {
    "school_a": Scene(
        "某某小学", "家长好，这里是某某小学的海报。", IntentId("enrolment_eligibility")
    ),
    "school_b": Scene("某某中学", "家长好，这里是某某中学的海报。", IntentId("fee_standard")),
    "school_c": Scene("某某大学", "同学好。"),
}


def with_scenes() -> Assistant:
    """Return the small assistant whose Beijing account has posters."""
    known = small_assistant()
    account = replace(known.catalog.accounts["beijing"], scenes=SCENES)
    accounts = {**known.catalog.accounts, "beijing": account}
    return Assistant(replace(known.catalog, accounts=accounts), known.matchers, render)


def test_a_key_is_an_intent() -> None:
    turn = Parent().send(MessageKind.CLICK, "fee_standard")
    assert (turn.decision, turn.topics) == (Decision.ANSWER, ("fee_standard",))


def test_a_key_starts_a_flow_which_goes_on() -> None:
    parent = Parent()
    turn = parent.send(MessageKind.CLICK, "flow:check_coverage")
    assert turn.decision is Decision.FLOW
    assert parent.session.flow is not None
    assert parent.say("1").decision is Decision.FLOW


def test_a_key_is_a_command() -> None:
    parent = Parent()
    turn = parent.send(MessageKind.CLICK, "command:help")
    assert turn.decision is Decision.COMMAND
    assert links(turn.text)
    parent.send(MessageKind.CLICK, "flow:check_coverage")
    parent.send(MessageKind.CLICK, "command:cancel")
    assert parent.session.flow is None


def test_a_key_asks_for_a_person() -> None:
    parent = Parent()
    turn = parent.send(MessageKind.CLICK, "handoff_request")
    assert turn.decision is Decision.HANDOFF
    assert says(turn, parent.wording("handoff"))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "V1001_OLD",
        "flow:",
        "flow:gone",
        "command:",
        "command:gone",
        "gap_newborn",
        "flow:flow:",
    ],
)
def test_a_key_that_means_nothing_any_more_opens_the_welcome(key: str) -> None:
    parent = Parent()
    assert says(parent.send(MessageKind.CLICK, key), parent.wording("welcome"))


def test_an_intent_of_the_other_account_opens_the_welcome() -> None:
    parent = Parent("liuzhou")
    assert says(parent.send(MessageKind.CLICK, "payment_window"), parent.wording("welcome"))


def test_a_tap_in_the_middle_of_a_flow_leads_back_to_its_question() -> None:
    parent = Parent()
    parent.send(MessageKind.CLICK, "flow:check_coverage")
    asked = parent.session.flow
    turn = parent.send(MessageKind.CLICK, "fee_standard")
    assert turn.topics == ("fee_standard",)
    assert parent.session.flow == asked
    assert parent.say("1").decision is Decision.FLOW


def test_a_tap_on_a_flow_begins_it_anew() -> None:
    parent = Parent("liuzhou")
    parent.send(MessageKind.CLICK, "flow:choose_payment_channel")
    first = parent.session.flow
    assert first is not None
    parent.say("不知道")
    parent.send(MessageKind.CLICK, "flow:choose_payment_channel")
    assert parent.session.flow == first


@pytest.mark.parametrize("kind", [MessageKind.SUBSCRIBE, MessageKind.SCAN])
class TestPosters:
    def test_greets_and_answers(self, kind: MessageKind) -> None:
        turn = Parent(assistant=with_scenes()).send(kind, "school_b")
        assert shown(turn.text).startswith("家长好，这里是某某中学的海报。\n\n")
        assert turn.topics == ("fee_standard",)
        assert "依据" in turn.text

    def test_greets_and_starts_a_flow(self, kind: MessageKind) -> None:
        parent = Parent(assistant=with_scenes())
        turn = parent.send(kind, "school_a")
        assert shown(turn.text).startswith("家长好，这里是某某小学的海报。")
        assert parent.session.flow is not None

    def test_greets_and_offers_the_first_questions(self, kind: MessageKind) -> None:
        parent = Parent(assistant=with_scenes())
        turn = parent.send(kind, "school_c")
        assert shown(turn.text).startswith("同学好。")
        assert len(links(turn.text)) == len(parent.send(MessageKind.SUBSCRIBE).session.offered)

    @pytest.mark.parametrize("scene", ["", "unknown"])
    def test_any_other_code_opens_the_welcome(self, kind: MessageKind, scene: str) -> None:
        parent = Parent(assistant=with_scenes())
        assert says(parent.send(kind, scene), parent.wording("welcome"))

    def test_a_scene_of_another_account_is_unknown(self, kind: MessageKind) -> None:
        parent = Parent("liuzhou", assistant=with_scenes())
        assert says(parent.send(kind, "school_c"), parent.wording("welcome"))
