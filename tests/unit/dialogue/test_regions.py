"""An account that serves two regions: asked once, remembered, switched."""

from __future__ import annotations

import dataclasses
from functools import cache

import pytest

from app.dialogue.assistant import Assistant
from app.dialogue.regions import Regions, served
from app.domain.names import Region
from app.domain.turn import Decision
from app.matching.normalise import normalise
from app.wechat.rendering import render
from tests.assistants import small_assistant
from tests.unit.dialogue.parent import Parent, says, shown

LIUZHOU, BEIJING = Region("liuzhou"), Region("beijing")


@cache
def both() -> Assistant:
    """Return the small assistant, whose account of Liuzhou serves Beijing, too."""
    small = small_assistant()
    accounts = dict(small.catalog.accounts)
    accounts["liuzhou"] = dataclasses.replace(accounts["liuzhou"], also=(BEIJING,))
    catalog = dataclasses.replace(small.catalog, accounts=accounts)
    return Assistant(catalog, small.matchers, render)


@pytest.fixture
def parent() -> Parent:
    return Parent("liuzhou", both())


def asks(parent: Parent, text: str) -> bool:
    turn = parent.say(text)
    return says(turn, parent.wording("region_ask", regions="柳州还是北京"))


class TestAsking:
    @pytest.mark.parametrize("text", ["谁能参保", "怎么缴费", "多少钱", "每月几号能缴费"])
    def test_a_question_that_may_be_either_is_asked_back(self, parent: Parent, text: str) -> None:
        assert asks(parent, text)
        assert parent.turns[-1].decision is Decision.CLARIFY
        assert [c.label for c in parent.session.offered] == ["柳州", "北京"]

    @pytest.mark.parametrize("answer", ["北京", "2", "第二个", "北京的", "我在北京", "北京。"])
    def test_the_answer_is_given_and_the_question_answered(
        self, parent: Parent, answer: str
    ) -> None:
        parent.say("缴费标准")
        turn = parent.say(answer)
        assert "435元" in turn.text
        assert says(turn, ["（按北京的规定）"])
        assert parent.session.memory.region == BEIJING

    def test_a_tap(self, parent: Parent) -> None:
        parent.say("缴费标准")
        assert "435元" in parent.tap(2).text

    def test_it_is_asked_once(self, parent: Parent) -> None:
        parent.say("谁能参保")
        parent.say("柳州")
        assert not asks(parent, "缴费渠道")
        assert "微信" in parent.turns[-1].text or "支付宝" in parent.turns[-1].text

    def test_who_does_not_say_gets_the_account_s_own_region(self, parent: Parent) -> None:
        parent.say("谁能参保")
        turn = parent.say("医保待遇")
        assert says(turn, ["（按柳州的规定）"])
        assert turn.topics == ("benefits_overview",)

    @pytest.mark.parametrize(
        "text", ["谢谢", "你好", "帮助", "转人工", "有人冒充老师私聊我要转医保费", "😀"]
    )
    def test_what_does_not_depend_on_it_is_not_asked(self, parent: Parent, text: str) -> None:
        assert not asks(parent, text)

    def test_a_question_that_names_the_region_is_not_asked(self, parent: Parent) -> None:
        turn = parent.say("北京一年多少钱")
        assert "435元" in turn.text
        assert parent.session.memory.region == BEIJING

    def test_a_place_that_one_comes_from_is_asked(self, parent: Parent) -> None:
        assert asks(parent, "户口在北京的谁能参保")


class TestSwitching:
    @pytest.fixture
    def settled(self, parent: Parent) -> Parent:
        parent.say("谁能参保")
        parent.say("柳州")
        return parent

    @pytest.mark.parametrize(
        "text", ["换成北京", "我在北京", "切换到北京", "那在北京呢", "北京的呢"]
    )
    def test_a_word_switches(self, settled: Parent, text: str) -> None:
        turn = settled.say(text)
        assert settled.session.memory.region == BEIJING
        assert says(turn, ["按北京的规定"])
        assert "435元" in settled.say("缴费标准").text

    def test_the_open_flow_of_the_other_region_ends(self, parent: Parent) -> None:
        parent.say("谁能参保")
        parent.say("北京")
        parent.say("外地户口")
        parent.say("换成柳州")
        assert parent.session.flow is None or not parent.session.flow.slots

    def test_restart_keeps_the_region(self, settled: Parent) -> None:
        settled.say("重新开始")
        assert settled.session.memory.region == LIUZHOU


class TestOneRegion:
    def test_an_account_without_further_regions_never_asks(self) -> None:
        parent = Parent("liuzhou")
        turn = parent.say("北京的学生医保怎么交")
        assert says(turn, parent.wording("other_region", other="北京"))
        assert parent.session.memory.region == ""

    def test_the_other_account_of_the_catalog_is_untouched(self) -> None:
        assert "435元" in Parent("beijing", both()).say("缴费标准").text


class TestWords:
    regions = Regions(served(both().catalog.accounts["liuzhou"], both().catalog.accounts))

    @pytest.mark.parametrize(
        ("text", "region"),
        [
            ("换成北京", BEIJING),
            ("我在柳州", LIUZHOU),
            ("我们是北京的", BEIJING),
            ("那柳州呢", LIUZHOU),
            ("北京户口", None),
            ("我在北京怎么缴费", None),
            ("从北京转到柳州", None),
        ],
    )
    def test_turning(self, text: str, region: Region | None) -> None:
        assert self.regions.turns_to(normalise(text)) == region

    @pytest.mark.parametrize(
        ("text", "region"),
        [
            ("北京怎么缴费", BEIJING),
            ("柳州学生医保多少钱", LIUZHOU),
            ("北京户口怎么参保", None),
            ("从北京转到柳州怎么参保", None),
            ("怎么缴费", None),
            ("北京银行能交吗", None),
        ],
    )
    def test_meaning(self, text: str, region: Region | None) -> None:
        assert self.regions.meant_in(normalise(text)) == region

    def test_names_and_questions_come_from_the_home_account(self) -> None:
        accounts = both().catalog.accounts
        seen = served(accounts["liuzhou"], accounts)
        assert list(seen) == [LIUZHOU, BEIJING]
        assert (seen[BEIJING].id, seen[BEIJING].name) == ("liuzhou", "北京")
        assert seen[BEIJING].welcome == accounts["beijing"].welcome


def test_replies_show_no_placeholder(parent: Parent) -> None:
    for text in ("缴费标准", "北京", "换成柳州", "我在北京"):
        assert "{" not in shown(parent.say(text).text)
