"""帮助, 更多, 再说一遍, 重新开始, 算了, 返回, 为什么问这个."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.turn import Decision, Session
from tests.assistants import small_catalog
from tests.unit.dialogue.parent import LIMIT_BYTES, Parent, says, shown

COMMANDS = small_catalog().commands
ANYWHERE = [
    (name, word)
    for name in ("help", "more", "repeat", "restart", "cancel")
    for word in COMMANDS[name]
]


def test_all_are_there() -> None:
    assert {*COMMANDS} >= {
        *("help", "more", "repeat", "restart", "cancel", "back", "skip", "why", "compare", "none")
    }


@pytest.mark.parametrize(("name", "word"), ANYWHERE)
def test_every_word_works_with_nothing_said_before(name: str, word: str) -> None:
    parent = Parent()
    turn = parent.say(word)
    assert (turn.decision, turn.topics) == (Decision.COMMAND, ())
    keys = {
        "more": "nothing_more",
        "repeat": "nothing_to_repeat",
        "restart": "restarted",
        "cancel": "nothing_to_cancel",
    }
    if name in keys:
        assert says(turn, parent.wording(keys[name]))


@pytest.mark.parametrize(
    "text", ["帮助", "幫助", "帮助！", "  帮 助。", "HELP", "ｈｅｌｐ", "?", "？", "帮助[微笑]"]
)
def test_writing_does_not_matter(text: str) -> None:
    parent = Parent()
    turn = parent.say(text)
    assert turn.decision is Decision.COMMAND
    assert says(turn, parent.wording("help", example="有哪些缴费方式"))


@pytest.mark.parametrize("text", ["帮助孩子参保", "我想取消代扣", "继续教育能参保吗"])
def test_a_command_is_the_whole_message(text: str) -> None:
    assert Parent().say(text).decision is not Decision.COMMAND


@pytest.mark.parametrize("name", ["back", "skip", "why", "compare", "none"])
def test_words_that_need_a_question_get_a_polite_reply_without_one(name: str) -> None:
    for word in COMMANDS[name]:
        turn = Parent().say(word)
        assert 0 < len(turn.text.encode()) <= LIMIT_BYTES
        assert turn.session.flow is None


class TestRepeat:
    def test_says_the_last_text_again(self) -> None:
        parent = Parent()
        first = parent.say("多少钱")
        again = parent.say("再说一遍")
        assert again.text == first.text
        assert again.decision is Decision.COMMAND

    def test_again_and_again(self) -> None:
        parent = Parent()
        first = parent.say("多少钱").text
        assert [parent.say("再说一遍").text for _ in range(3)] == [first] * 3

    def test_numbers_still_work_after_it(self) -> None:
        parent = Parent()
        parent.say("多少钱")
        parent.say("没看清")
        assert parent.say("2").topics == ("payment_window",)

    def test_keeps_the_open_question(self) -> None:
        parent = Parent()
        parent.say("谁能参保")
        flow = parent.session.flow
        parent.say("再说一遍")
        assert parent.session.flow == flow


class TestRestart:
    def test_begins_an_open_flow_anew(self) -> None:
        parent = Parent()
        parent.say("谁能参保")
        parent.say("外地户口")
        turn = parent.say("重新开始")
        assert says(turn, parent.wording("flow_restarted", question="孩子是北京户口吗？"))
        assert parent.session.flow is not None
        assert (parent.session.flow.asking, dict(parent.session.flow.slots)) == ("hukou", {})

    def test_twice_leaves_the_flow_and_forgets_choices(self) -> None:
        parent = Parent()
        parent.say("谁能参保")
        parent.say("外地户口")
        parent.say("重新开始")
        turn = parent.say("重新开始")
        assert says(turn, parent.wording("restarted"))
        assert (parent.session.flow, parent.session.offered, parent.session.rest) == (None, (), ())

    def test_the_next_question_is_a_first_one(self) -> None:
        parent = Parent()
        parent.say("谁能参保")
        parent.say("重新开始")
        assert parent.say("多少钱").text == Parent().say("多少钱").text


class TestInAFlow:
    @pytest.fixture
    def parent(self) -> Parent:
        parent = Parent()
        parent.say("谁能参保")
        return parent

    @pytest.mark.parametrize("word", COMMANDS["cancel"])
    def test_cancel_ends_it(self, parent: Parent, word: str) -> None:
        turn = parent.say(word)
        assert says(turn, parent.wording("cancelled"))
        assert parent.session.flow is None

    @pytest.mark.parametrize("word", COMMANDS["why"])
    def test_why_is_explained_and_asked_again(self, parent: Parent, word: str) -> None:
        turn = parent.say(word)
        assert says(
            turn, parent.wording("flow_why", why="北京户籍和非北京户籍的规定不同，先分清是哪一种。")
        )
        assert "孩子是北京户口吗？" in turn.text
        assert parent.say("1").session.flow is not None

    @pytest.mark.parametrize("word", COMMANDS["back"])
    def test_back_takes_the_last_answer_back(self, parent: Parent, word: str) -> None:
        parent.say("外地户口")
        turn = parent.say(word)
        assert turn.session.flow is not None
        assert (turn.session.flow.asking, dict(turn.session.flow.slots)) == ("hukou", {})
        assert "孩子是北京户口吗？" in turn.text

    def test_back_twice_takes_two_answers_back(self, parent: Parent) -> None:
        parent.say("外地户口，上大学")
        assert parent.session.flow is not None
        assert parent.session.flow.asking == "full_time"
        for left in (1, 0):
            flow = parent.say("返回").session.flow
            assert flow is not None
            assert len(flow.slots) == left

    def test_back_at_the_first_question_asks_it_again(self, parent: Parent) -> None:
        turn = parent.say("返回")
        assert says(turn, parent.wording("flow_first", question="孩子是北京户口吗？"))
        assert turn.session.flow is not None

    @pytest.mark.parametrize("word", COMMANDS["skip"])
    def test_what_decides_cannot_be_skipped(self, parent: Parent, word: str) -> None:
        turn = parent.say(word)
        simpler = "看孩子户口本：写的是北京就选“北京户口”，写的是别的省市就选“外地户口”。"
        assert says(turn, parent.wording("flow_skipped", question=simpler))
        assert turn.session.flow is not None
        assert turn.session.flow.asking == "hukou"

    def test_help_still_helps(self, parent: Parent) -> None:
        turn = parent.say("帮助")
        assert says(turn, parent.wording("help", example="有哪些缴费方式"))

    @pytest.mark.parametrize("word", COMMANDS["compare"])
    def test_compare_quotes_the_comparison_and_asks_on(self, word: str) -> None:
        parent = Parent("liuzhou")
        parent.say("缴费渠道")
        turn = parent.say(word)
        assert turn.decision is Decision.FLOW
        assert "两种方式的区别" in turn.text
        assert turn.text.endswith("依据：柳州市居民医保学生参保热点问答（2023 年度）")
        assert parent.say("2").topics == ("payment_channels", "pay_by_bank")

    def test_compare_without_a_comparison_asks_on(self, parent: Parent) -> None:
        turn = parent.say("比较一下")
        assert turn.session.flow is not None
        assert "孩子是北京户口吗？" in turn.text


PHRASES = [
    *(
        "多少钱",
        "谁能参保",
        "谢谢",
        "帮助",
        "更多",
        "重新开始",
        "算了",
        "返回",
        "为什么问这个",
        "跳过",
    ),
    *(
        "比较一下",
        "都不是",
        "1",
        "2",
        "不是",
        "小学",
        "转人工",
        "新生儿医保",
        "天津的学生医保怎么交",
    ),
    *("@@@@", "", "😀", "呜啦啦啦", "有人冒充老师私聊我要转医保费"),
]


@given(
    account=st.sampled_from(["beijing", "liuzhou"]),
    texts=st.lists(st.sampled_from(PHRASES), min_size=2, max_size=12),
    times=st.integers(1, 3),
)
@settings(max_examples=60, deadline=None)
def test_never_the_same_text_twice_in_a_row(account: str, texts: list[str], times: int) -> None:
    """Only 再说一遍 may do that; whoever sees the same again thinks that the bot hangs."""
    parent = Parent(account)
    replies = [parent.say(text).text for text in texts for _ in range(times)]
    assert all(a != b for a, b in pairwise(replies))


@given(st.text(max_size=20))
@settings(max_examples=50, deadline=None)
def test_any_text_leaves_a_session_that_restart_empties(text: str) -> None:
    parent = Parent()
    parent.say(text)
    turns = parent.session.turns
    parent.say("重新开始")
    if parent.session.flow is not None:  # it first begins the flow anew
        parent.say("重新开始")
        turns += 1
    after = parent.session
    assert after.turns == turns + 1
    assert (after.flow, after.offered, after.rest, after.misses) == (None, (), (), 0)
    assert after != Session()
    assert shown(parent.turns[-1].text)
