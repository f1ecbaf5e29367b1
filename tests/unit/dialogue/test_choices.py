"""What was offered can be tapped, numbered, or said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialogue.offers import position_of
from app.domain.turn import Decision
from tests.unit.dialogue.parent import Parent, links

TWO = [
    "2",
    "２",
    "②",
    "2.",
    "2、",
    "二",
    "第二",
    "第二个",
    "第2个",
    "选2",
    "我选第二个",
    "选二吧",
    "回复2",
    " 2 ",
]


@pytest.fixture
def parent() -> Parent:
    """One who was just offered 缴费方式 and 几号能缴费."""
    parent = Parent()
    offered = [key for _, _, key in links(parent.say("多少钱").text)]
    assert offered == ["payment_channels", "payment_window"]
    return parent


@pytest.mark.parametrize("text", TWO)
def test_numbers_and_ordinals(parent: Parent, text: str) -> None:
    turn = parent.say(text)
    assert (turn.decision, turn.topics) == (Decision.ANSWER, ("payment_window",))


def test_a_tap_is_its_text(parent: Parent) -> None:
    assert parent.tap(2).topics == ("payment_window",)


def test_a_tap_on_an_old_message_still_works(parent: Parent) -> None:
    first = links(parent.turns[-1].text)
    parent.say("谁能参保")
    parent.say("算了")
    assert parent.say(first[1][1]).topics == ("payment_window",)


@pytest.mark.parametrize("text", ["每月几号能缴费", "每月几号能缴费？", "「每月 几号能缴费」"])
def test_the_words_of_a_choice(parent: Parent, text: str) -> None:
    assert parent.say(text).topics == ("payment_window",)


@pytest.mark.parametrize("text", ["7", "九", "第八个"])
def test_a_number_beyond_the_choices_is_not_guessed(parent: Parent, text: str) -> None:
    assert parent.say(text).decision not in {Decision.ANSWER, Decision.FLOW}


@pytest.mark.parametrize("text", ["1", "2", "第一个", "③"])
def test_a_number_that_nothing_was_offered_for_is_not_guessed(text: str) -> None:
    assert Parent().say(text).decision not in {Decision.ANSWER, Decision.FLOW}


@pytest.mark.parametrize("text", ["0", "10", "100", "435", "1.5", "2号能交吗"])
def test_other_numbers_pick_nothing(parent: Parent, text: str) -> None:
    assert "回答 payment_channels" not in (turn := parent.say(text)).trace.reason or (
        turn.trace.rankings
    ), "taken for a choice"


@pytest.mark.parametrize(
    "between", ["谢谢", "[微笑]", "😀", "转人工", "有人冒充老师私聊我要转医保费"]
)
def test_a_word_in_between_keeps_the_numbers(parent: Parent, between: str) -> None:
    parent.say(between)
    assert parent.say("2").topics == ("payment_window",)


def test_numbers_belong_to_the_last_offer(parent: Parent) -> None:
    parent.say("2")
    offered = [key for _, _, key in links(parent.turns[-1].text)]
    assert offered == ["payment_channels", "fee_standard"]
    assert parent.say("2").topics == ("fee_standard",)


def test_accounts_do_not_share_choices() -> None:
    beijing, liuzhou = Parent("beijing"), Parent("liuzhou")
    beijing.say("多少钱")
    liuzhou.say("医保待遇")
    assert liuzhou.say("1").topics == ("payment_channels",)
    assert beijing.say("1").topics == ("payment_channels",)


def test_a_choice_that_starts_a_flow_starts_it() -> None:
    parent = Parent("liuzhou")
    parent.say("医保待遇")
    turn = parent.say("1")
    assert turn.decision is Decision.FLOW
    assert turn.session.flow is not None


class TestWelcome:
    def test_its_choices_can_be_numbered(self) -> None:
        parent = Parent()
        parent.say("帮助")
        welcome = parent.assistant.catalog.accounts["beijing"].welcome
        assert [key for _, _, key in links(parent.turns[-1].text)] == list(welcome)
        assert parent.say("第四个").topics == (welcome[3],)


class TestPositions:
    @pytest.mark.parametrize(
        ("text", "count", "position"),
        [
            ("最后一个", 4, 4),
            ("后面那个", 2, 2),
            ("后一种", 2, 2),
            ("下面那个", 2, 2),
            ("倒数第二个", 4, 3),
            ("倒数第一个", 4, 4),
            ("前面那个", 2, 1),
            ("第一种", 3, 1),
            ("头一个", 3, 1),
            ("中间那个", 3, 2),
            ("中间那个", 2, None),
            ("第二种方式", 3, 2),
            ("就第二个吧", 3, 2),
            ("第两个", 3, 2),
            ("后者", 2, 2),
            ("第五个", 4, None),
            ("倒数第五个", 4, None),
            ("最后一天是哪天", 4, None),
            ("后面怎么办", 4, None),
            ("", 4, None),
        ],
    )
    def test_words(self, text: str, count: int, position: int | None) -> None:
        assert position_of(text, count) == position

    @given(st.text(max_size=12), st.integers(0, 9))
    def test_no_text_points_beyond_the_choices(self, text: str, count: int) -> None:
        found = position_of(text, count)
        assert found is None or 1 <= found <= count

    @pytest.mark.parametrize(
        "text",
        [
            "最后一个",
            "后面那个",
            "倒数第一个",
            "选每月几号能缴费",
            "2、每月几号能缴费",
            "每月几号能缴费吧",
        ],
    )
    def test_in_a_conversation(self, parent: Parent, text: str) -> None:
        assert parent.say(text).topics == ("payment_window",)

    def test_with_nothing_offered(self) -> None:
        parent = Parent()
        assert parent.say("最后一个").decision is Decision.COMMAND
