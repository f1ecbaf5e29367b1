"""Taking back what was said: in a flow, after its verdict, and with nothing open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialogue.corrections import Correction, correction_in
from app.domain.turn import Decision
from app.matching.normalise import normalise
from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import Parent, links, says


class TestWords:
    @pytest.mark.parametrize(
        ("text", "right"),
        [
            ("不对，是高中", "高中"),
            ("不对不对，高中", "高中"),
            ("说错了，是外地户口", "外地户口"),
            ("我刚才说错了，外地户口", "外地户口"),
            ("哦不对，我选错了，是第二个", "第二个"),
            ("改成外地户口", "外地户口"),
            ("帮我改成外地户口", "外地户口"),
            ("应该是高中", "高中"),
            ("更正一下：高中", "高中"),
            ("口误，高中", "高中"),
            ("不是，是高中", "高中"),
            ("不好意思打错了 是初中", "初中"),
            ("刚才说错了", ""),
            ("说错了", ""),
            ("选错了。", ""),
        ],
    )
    def test_are_found(self, text: str, right: str) -> None:
        assert correction_in(normalise(text)) == Correction("", "", right)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("不是小学是幼儿园", Correction("", "小学", "幼儿园")),
            ("不是小学，是幼儿园", Correction("", "小学", "幼儿园")),
            ("不是小学而是幼儿园", Correction("", "小学", "幼儿园")),
            ("小学，不对，大学", Correction("小学", "", "大学")),
            ("小学…不对大学", Correction("小学", "", "大学")),
        ],
    )
    def test_with_what_was_wrong(self, text: str, found: Correction) -> None:
        assert correction_in(normalise(text)) == found

    @pytest.mark.parametrize(
        "text",
        [
            "不是",
            "不是北京户口",
            "信息不对怎么办",
            "身份证号填错了怎么改",
            "是",
            "高中",
            "怎么缴费",
        ],
    )
    def test_ordinary_messages_correct_nothing(self, text: str) -> None:
        assert correction_in(normalise(text)) is None

    @given(st.text(max_size=60))
    def test_any_text_can_be_looked_at(self, text: str) -> None:
        found = correction_in(normalise(text))
        assert found is None or len(found.right) <= len(normalise(text))


@pytest.fixture
def parent() -> Parent:
    """One who answered 外地户口, then 大学, and is asked 全日制吗."""
    parent = Parent()
    parent.say("参保资格")
    parent.say("外地户口")
    parent.say("大学")
    return parent


def slots_of(parent: Parent) -> dict[str, str]:
    assert parent.session.flow is not None
    return dict(parent.session.flow.slots)


class TestInAFlow:
    @pytest.mark.parametrize(
        "text",
        [
            "不对，是北京户口",
            "说错了，北京户口",
            "改成北京户口",
            "不是外地户口是北京户口",
            "刚才说错了，是京籍",
        ],
    )
    def test_an_earlier_answer(self, parent: Parent, text: str) -> None:
        assert "要看在哪里读" in parent.say(text).text

    @pytest.mark.parametrize(
        "text",
        [
            "不对，是小学",
            "说错了，上小学",
            "不是大学是小学",
            "不是大学，是小学",
            "应该是小学",
            "改成幼儿园",
        ],
    )
    def test_the_last_answer(self, parent: Parent, text: str) -> None:
        assert "文件没有写能不能参保" in parent.say(text).text

    def test_by_its_position(self, parent: Parent) -> None:
        assert "文件没有写能不能参保" in parent.say("选错了，是第一个").text

    def test_what_is_so_now_is_said(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        turn = parent.say("不对，是外地户口")
        assert says(turn, parent.wording("flow_corrected", value="外地户口"))
        assert slots_of(parent) == {"hukou": "other"}

    def test_in_the_same_breath(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        assert "要看在哪里读" in parent.say("小学，不对，大学").text

    @pytest.mark.parametrize("text", ["说错了", "刚才说错了", "选错了", "不对"])
    def test_without_saying_what_is_asked(self, parent: Parent, text: str) -> None:
        turn = parent.say(text)
        assert says(turn, parent.wording("flow_which"))
        labels = [label for label, _, _ in links(turn.text)]
        assert labels == ["户籍：外地户口", "上学阶段：大专、大学、研究生"]
        assert "孩子现在上什么学？" in parent.say("2").text
        assert slots_of(parent) == {"hukou": "other"}

    def test_with_one_answer_that_one_is_asked_again(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        turn = parent.say("说错了")
        assert says(turn, parent.wording("flow_fix", question="孩子是北京户口吗？"))

    @pytest.mark.parametrize("text", ["户籍说错了", "刚才户口说错了"])
    def test_by_the_name_of_the_question(self, parent: Parent, text: str) -> None:
        turn = parent.say(text)
        assert says(turn, parent.wording("flow_fix", question="孩子是北京户口吗？"))

    def test_by_the_title_after_being_asked_which(self, parent: Parent) -> None:
        parent.say("说错了")
        assert "孩子是北京户口吗？" in parent.say("户籍").text

    @pytest.mark.parametrize(
        "text", ["不是，我要问缴费标准", "不对，我问的是缴费标准", "算了，我想问缴费标准"]
    )
    def test_another_question_instead(self, parent: Parent, text: str) -> None:
        turn = parent.say(text)
        assert "435元" in turn.text
        assert slots_of(parent) == {"hukou": "other", "stage": "college"}

    @pytest.mark.parametrize("text", ["北京户口外地户口", "不对，是北京户口还是外地户口来着"])
    def test_two_meanings_are_asked(self, parent: Parent, text: str) -> None:
        turn = parent.say(text)
        question = "孩子是北京户口吗？"
        assert says(turn, parent.wording("flow_contradiction", question=question))
        assert "hukou" not in slots_of(parent)

    def test_two_meanings_in_the_first_sentence(self) -> None:
        parent = Parent()
        turn = parent.say("北京户口外地户口能参保吗")
        question = "孩子是北京户口吗？"
        assert says(turn, parent.wording("flow_contradiction", question=question))
        assert slots_of(parent) == {}

    @pytest.mark.parametrize("text", ["那小学呢", "如果是小学呢", "小学呢"])
    def test_what_if(self, parent: Parent, text: str) -> None:
        assert "文件没有写能不能参保" in parent.say(text).text


class TestAfterTheVerdict:
    @pytest.fixture
    def told(self) -> Parent:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        parent.say("小学")
        assert parent.session.flow is None
        return parent

    @pytest.mark.parametrize(
        "text",
        [
            "说错了，是外地户口",
            "不对，外地户口",
            "改成外地户口",
            "不是北京户口是外地户口",
            "那外地户口呢",
        ],
    )
    def test_the_verdict_is_given_anew(self, told: Parent, text: str) -> None:
        assert "文件没有写能不能参保" in told.say(text).text

    def test_what_the_new_case_needs_is_asked(self, told: Parent) -> None:
        told.say("那外地户口的大学呢")
        assert told.session.flow is None or told.session.flow.asking == "full_time"

    def test_without_saying_what(self, told: Parent) -> None:
        told.say("刚才说错了")
        assert [label for label, _, _ in links(told.turns[-1].text)] == [
            "户籍：北京户口",
            "上学阶段：小学、初中、高中",
        ]
        told.say("1")
        assert "文件没有写能不能参保" in told.say("2").text

    def test_back_reopens_the_last_question(self, told: Parent) -> None:
        assert "孩子现在上什么学？" in told.say("上一步").text

    def test_another_topic_in_between(self, told: Parent) -> None:
        told.say("缴费标准")
        assert "文件没有写能不能参保" in told.say("刚才说错了，是外地户口").text


class TestWithNothingOpen:
    @pytest.mark.parametrize("text", ["说错了", "不对", "刚才说错了", "改成外地户口"])
    def test_a_polite_reply(self, text: str) -> None:
        turn = Parent().say(text)
        assert turn.text
        assert turn.decision is not Decision.SAFETY

    @pytest.mark.parametrize(
        ("word", "key"),
        [
            ("上一步", "nothing_to_undo"),
            ("跳过", "nothing_to_skip"),
            ("接着", "nothing_to_resume"),
            ("为什么问这个", "nothing_asked"),
            ("重新开始", "restarted"),
            ("算了", "nothing_to_cancel"),
        ],
    )
    def test_words_of_a_flow(self, word: str, key: str) -> None:
        parent = Parent()
        turn = parent.say(word)
        assert turn.decision is Decision.COMMAND
        assert says(turn, parent.wording(key))

    def test_why_after_a_question_back(self) -> None:
        parent = Parent("beijing", shipped_assistant())
        turn = parent.say("急诊呢")
        assert turn.decision is Decision.CLARIFY
        assert says(parent.say("为什么问这个"), parent.wording("clarify_why"))
        assert parent.say("1").decision in {Decision.ANSWER, Decision.FLOW}


class TestPuzzled:
    def test_after_an_answer_its_conclusion_is_said(self) -> None:
        parent = Parent()
        first = parent.say("缴费标准").text.splitlines()[0]
        turn = parent.say("没看懂")
        assert says(turn, parent.wording("simpler", gist=first))

    def test_in_a_flow_the_question_is_put_more_simply(self, parent: Parent) -> None:
        turn = parent.say("什么意思")
        assert "白天在校上课" in turn.text


class TestGivenUp:
    def test_restart_begins_the_flow_again(self) -> None:
        parent = Parent("beijing", shipped_assistant())
        parent.say("参保资格")
        for _ in range(3):
            parent.say("9")
        assert parent.session.flow is None
        assert "孩子是北京户口吗？" in parent.say("重新开始").text

    def test_resume_finds_it_after_cancel(self, parent: Parent) -> None:
        parent.say("算了")
        assert parent.session.flow is None
        assert "是全日制" in parent.say("接着").text
