"""Several children: “那老二呢”, “老大的情况再说一遍”."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialogue import children
from app.domain.names import FlowId
from app.domain.turn import FlowState, Memory
from app.matching.normalise import normalise
from tests.unit.dialogue.parent import Parent, says, shown


class TestWords:
    @pytest.mark.parametrize(
        ("text", "turned"),
        [
            ("那老二呢", ("老二", "呢")),
            ("老二呢，上大学", ("老二", "呢,上大学")),
            ("我家二宝呢？", ("二宝", "呢?")),
            ("那妹妹呢", ("妹妹", "呢")),
            ("那我家小的呢", ("小的", "呢")),
            ("那另一个孩子呢", ("另一个孩子", "呢")),
            ("换老二", ("老二", "")),
            ("老二怎么样", ("老二", "怎么样")),
        ],
    )
    def test_turning_to_a_child(self, text: str, turned: tuple[str, str]) -> None:
        assert children.turns_to(normalise(text)) == turned

    @pytest.mark.parametrize(
        "text",
        [
            "老二的医保卡丢了怎么补",
            "妹妹的医保怎么交",
            "那支付宝呢",
            "老师呢",
            "张三呢",
            "那王小明呢",
        ],
    )
    def test_other_messages(self, text: str) -> None:
        assert children.turns_to(normalise(text)) is None

    @pytest.mark.parametrize(
        ("text", "alias"),
        [
            ("老大的情况再说一遍", "老大"),
            ("再说一遍老大的", "老大"),
            ("老大的结果是什么", "老大"),
            ("刚才老大的情况再说一次", "老大"),
            ("姐姐的再说一遍", "姐姐"),
            ("再说一遍", ""),
            ("老大上小学能参保吗", ""),
        ],
    )
    def test_asking_again(self, text: str, alias: str) -> None:
        assert children.asks_again(normalise(text)) == alias

    @pytest.mark.parametrize(
        ("text", "aliases"),
        [
            ("老大上小学", ("老大",)),
            ("老大和老二都上学", ("老大", "老二")),
            ("老大难问题", ()),
            ("孩子上小学", ()),
        ],
    )
    def test_naming(self, text: str, aliases: tuple[str, ...]) -> None:
        assert children.several_in(normalise(text)) == aliases


class TestConversation:
    @pytest.fixture
    def parent(self) -> Parent:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        assert parent.say("小学").text.startswith("可以参保")
        return parent

    def test_only_what_may_differ_is_asked_and_the_rest_is_said(self, parent: Parent) -> None:
        turn = parent.say("那老二呢")
        assert says(turn, parent.wording("child_shared", child="老二", values="户籍：北京户口"))
        assert "孩子现在上什么学？" in turn.text
        assert "孩子是北京户口吗" not in turn.text

    def test_the_verdict_says_whose_it_is(self, parent: Parent) -> None:
        parent.say("那老二呢")
        assert shown(parent.say("大学").text).startswith("老二：")

    def test_what_is_said_with_it_is_not_asked(self, parent: Parent) -> None:
        turn = parent.say("那老二呢，上大学")
        assert turn.session.flow is None
        assert "要看在哪里读" in turn.text

    def test_the_shared_answer_can_be_corrected(self, parent: Parent) -> None:
        parent.say("那老二呢")
        parent.say("不对，是外地户口")
        assert "文件没有写能不能参保" in parent.say("小学").text

    def test_the_first_child_again(self, parent: Parent) -> None:
        parent.say("那老二呢")
        parent.say("大学")
        turn = parent.say("老大的情况再说一遍")
        assert "老大：" in turn.text
        assert "可以参保" in turn.text
        assert "要看在哪里读" in parent.say("老二的再说一遍").text

    def test_returning_to_a_child_does_not_ask_again(self, parent: Parent) -> None:
        parent.say("那老二呢")
        parent.say("大学")
        assert "可以参保" in parent.say("那老大呢").text
        assert "要看在哪里读" in parent.say("那老二呢").text

    def test_an_alias_at_the_start_is_kept(self) -> None:
        parent = Parent()
        parent.say("老大能参保吗")
        parent.say("是")
        assert shown(parent.say("小学").text).startswith("老大：")

    def test_two_at_once_are_taken_one_by_one(self) -> None:
        parent = Parent()
        turn = parent.say("老大上小学老二上幼儿园，能参保吗")
        assert says(turn, parent.wording("child_several", child="老大"))
        assert parent.session.memory.child == "老大"
        assert not says(turn, parent.wording("flow_contradiction", question="孩子现在上什么学？"))
        parent.say("小学")
        assert shown(parent.say("是").text).startswith("老大：")
        assert "孩子现在上什么学？" in parent.say("那老二呢").text

    def test_in_the_middle_of_a_flow(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        turn = parent.say("那老二呢")
        assert "孩子现在上什么学？" in turn.text
        assert parent.session.memory.child == "老二"

    def test_a_topic_without_a_flow_is_answered_again(self) -> None:
        parent = Parent()
        parent.say("缴费标准")
        turn = parent.say("那老二呢")
        assert says(turn, parent.wording("child_topic", child="老二"))
        assert "435元" in turn.text

    def test_a_child_nobody_talked_about(self) -> None:
        parent = Parent()
        turn = parent.say("老三的情况再说一遍")
        assert says(turn, parent.wording("child_unknown", child="老三"))

    def test_restart_forgets_the_children(self, parent: Parent) -> None:
        parent.say("重新开始")
        assert parent.session.memory.children == ()

    @pytest.mark.parametrize(
        "text", ["王小明上小学能参保吗", "110105194912310021能参保吗", "小红能参保吗"]
    )
    def test_no_name_and_no_number_is_kept(self, text: str) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.say(text)
        kept = repr(parent.session.memory)
        assert not any(word in kept for word in ("王小明", "19491231", "小红"))


ALIASES = st.sampled_from(
    ["", "老大", "老二", "老三", "大宝", "二宝", "三宝", "妹妹", "弟弟", "小宝"]
)
STATES = st.builds(
    FlowState,
    st.sampled_from([FlowId("a"), FlowId("b"), FlowId("c"), FlowId("d")]),
    st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), max_size=3),
    st.just(""),
)


@given(st.lists(st.tuples(ALIASES, STATES), max_size=30))
def test_what_is_kept_stays_bounded_and_the_latest_is_found(
    steps: list[tuple[str, FlowState]],
) -> None:
    memory = Memory()
    for alias, state in steps:
        memory = children.turned(memory, alias) if alias else memory
        memory = children.remember(memory, state)
        assert children.latest(memory) == state
        assert len(memory.children) <= children.MOST_CHILDREN
        assert all(len(child.flows) <= children.MOST_FLOWS for child in memory.children)
        assert len({child.alias for child in memory.children}) == len(memory.children)
