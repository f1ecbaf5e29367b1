"""A flow inside a conversation: it asks little, takes any order, and survives interruptions."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dialogue.assistant import Assistant
from app.domain.names import FlowId, Region
from app.domain.turn import Decision, FlowState
from app.wechat.rendering import render
from tests.assistants import shipped_assistant, small_assistant, small_catalog
from tests.unit.dialogue.parent import Parent, links, nonsense, says, shown
from tests.unit.flows.flow_cases import cases, fitting_rows

COVERAGE = small_catalog().flows[FlowId("check_coverage")].regions[Region("beijing")]
TOPIC = ("enrolment_eligibility",)


def flow_of(parent: Parent) -> FlowState:
    flow = parent.session.flow
    assert flow is not None, "the flow has ended"
    return flow


class TestStart:
    def test_the_first_reply_has_the_facts_and_the_question(self) -> None:
        turn = Parent().say("参保资格")
        assert (turn.decision, turn.topics) == (Decision.FLOW, TOPIC)
        assert "本市户籍学生儿童" in turn.text
        assert "孩子是北京户口吗？" in turn.text
        assert [label for label, _, _ in links(turn.text)] == ["北京户口", "外地户口"]
        assert turn.text.endswith("依据：北京市城乡医保学生问答（2025–2026 年度）")

    def test_what_was_said_already_is_not_asked(self) -> None:
        parent = Parent()
        turn = parent.say("外地户口可以参保吗")
        assert turn.topics == TOPIC
        assert flow_of(parent).slots == {"hukou": "other"}
        assert "孩子现在上什么学？" in turn.text
        assert "孩子是北京户口吗" not in turn.text

    def test_a_region_without_the_flow_just_answers(self) -> None:
        turn = Parent("liuzhou").say("参保资格")
        assert (turn.decision, turn.topics, turn.session.flow) == (Decision.ANSWER, TOPIC, None)


class TestAnswers:
    @pytest.fixture
    def parent(self) -> Parent:
        parent = Parent()
        parent.say("参保资格")
        return parent

    @pytest.mark.parametrize(
        "text", ["不是", "外地户口", "2", "第二个", "非京籍", "外地", "不是的。", "沒有"]
    )
    def test_one_question_many_ways(self, parent: Parent, text: str) -> None:
        turn = parent.say(text)
        assert (turn.decision, turn.topics) == (Decision.FLOW, TOPIC)
        assert (flow_of(parent).slots, flow_of(parent).asking) == ({"hukou": "other"}, "stage")

    def test_a_tap(self, parent: Parent) -> None:
        parent.tap(2)
        assert flow_of(parent).slots == {"hukou": "other"}

    def test_several_slots_in_one_message(self, parent: Parent) -> None:
        turn = parent.say("不是，上小学三年级")
        assert turn.session.flow is None
        assert "文件没有写能不能参保" in turn.text
        assert turn.text.endswith("依据：北京市城乡医保学生问答（2025–2026 年度）")

    def test_the_end_offers_related_questions(self, parent: Parent) -> None:
        parent.say("是")
        turn = parent.say("幼儿园")
        assert turn.session.flow is None
        assert turn.text.startswith("可以参保")
        assert parent.say("1").topics == ("payment_channels",)

    def test_an_earlier_answer_can_be_corrected(self, parent: Parent) -> None:
        parent.say("不是")
        turn = parent.say("不对，是北京户口")
        assert flow_of(parent).slots == {"hukou": "beijing"}
        assert "孩子现在上什么学？" in turn.text

    def test_a_correction_is_not_called_a_repetition(self, parent: Parent) -> None:
        parent.say("不是")
        turn = parent.say("不对，是北京户口")
        assert not says(turn, parent.wording("sent_before"))

    def test_correcting_and_answering_at_once(self, parent: Parent) -> None:
        parent.say("不是")
        turn = parent.say("说错了，是北京户口，上高中")
        assert turn.session.flow is None
        assert turn.text.startswith("可以参保")

    def test_two_meanings_are_asked_back(self) -> None:
        parent = Parent("beijing", shipped_assistant())
        parent.say("参保资格")
        parent.say("是")
        turn = parent.say("一个小学一个大学")
        assert says(turn, parent.wording("flow_contradiction", question="孩子现在上什么学？"))
        assert (flow_of(parent).asking, flow_of(parent).slots) == ("stage", {"hukou": "local"})

    @pytest.mark.parametrize("text", ["北京户口外地户口", "又是北京户口又是外地户口"])
    def test_two_meanings_of_the_open_question_are_no_other_question(self, text: str) -> None:
        parent = Parent("beijing", shipped_assistant())
        parent.say("参保资格")
        turn = parent.say(text)
        assert says(turn, parent.wording("flow_contradiction", question="孩子是北京户口吗？"))
        assert (flow_of(parent).asking, flow_of(parent).slots) == ("hukou", {})

    def test_two_meanings_are_not_taken_as_unsaid(self) -> None:
        parent = Parent("beijing", shipped_assistant())
        parent.say("参保资格")
        parent.say("北京户口")
        parent.say("大学")
        turn = parent.say("有公费医疗又没有公费医疗")
        question = "孩子在学校享受公费医疗吗？"
        assert says(turn, parent.wording("flow_contradiction", question=question))
        # Another answer than the one asked for does not make it unsaid either.
        assert question in parent.say("在北京").text
        assert "不享受公费医疗" in parent.say("没有公费医疗").text

    def test_a_number_beyond_the_choices_is_unclear(self, parent: Parent) -> None:
        parent.say("9")
        assert (flow_of(parent).asking, flow_of(parent).unclear) == ("hukou", 1)

    def test_the_answer_of_a_flow_may_be_a_topic(self) -> None:
        parent = Parent("liuzhou")
        parent.say("缴费渠道")
        turn = parent.say("支付宝")
        assert (turn.decision, turn.topics) == (
            Decision.FLOW,
            ("payment_channels", "pay_by_alipay"),
        )
        assert "市民中心" in turn.text

    @given(data=st.data())
    @settings(max_examples=40, deadline=None)
    def test_every_case_ends_in_its_row(self, data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(list(cases(COVERAGE))))
        parent = Parent()
        turn = parent.say("参保资格")
        asked: list[str] = []
        while parent.session.flow is not None:
            slot = next(s for s in COVERAGE.slots if s.name == flow_of(parent).asking)
            assert slot.name not in asked
            asked.append(slot.name)
            position = [c.value for c in slot.choices].index(case[slot.name])
            choice = slot.choices[position]
            how = data.draw(st.sampled_from(["tap", "number", "label", "synonym"]))
            if how == "tap":
                turn = parent.tap(position + 1)
            elif how == "synonym":
                turn = parent.say(data.draw(st.sampled_from(choice.synonyms)))
            else:
                turn = parent.say(str(position + 1) if how == "number" else choice.label)
        row = fitting_rows(COVERAGE, case)[0]
        assert turn.text.startswith(row.say.split("\n")[0].split("{")[0])


class TestUnclear:
    def test_asked_more_simply_then_a_person_is_offered(self) -> None:
        parent = Parent("beijing", shipped_assistant())
        parent.say("参保资格")
        flow = parent.assistant.catalog.flows[FlowId("check_coverage")]
        confused = flow.regions[Region("beijing")].slots[0].confused
        first, second, third = (parent.say(text) for text in nonsense()[:3])
        wordings = parent.wording("flow_confused", question=confused)
        assert shown(first.text).startswith(wordings[0])
        assert shown(second.text).startswith(wordings[-1])
        assert says(third, parent.wording("flow_person"))
        assert "12333" in third.text
        assert third.session.flow is None

    def test_a_clear_answer_begins_the_count_anew(self) -> None:
        parent = Parent("beijing", shipped_assistant())
        parent.say("参保资格")
        for text in (*nonsense()[:2], "是", *nonsense()[:2]):
            parent.say(text)
        assert (flow_of(parent).asking, flow_of(parent).unclear) == ("stage", 2)


class TestDigression:
    @pytest.fixture
    def parent(self) -> Parent:
        parent = Parent()
        parent.say("参保资格")
        parent.say("外地户口")
        return parent

    def test_another_question_is_answered_and_the_way_back_shown(self, parent: Parent) -> None:
        turn = parent.say("缴费标准")
        assert turn.topics == ("fee_standard",)
        assert "435元" in turn.text
        assert says(turn, parent.wording("flow_resume", question="孩子现在上什么学？"))
        assert flow_of(parent).slots == {"hukou": "other"}

    def test_then_the_flow_goes_on(self, parent: Parent) -> None:
        parent.say("缴费标准")
        turn = parent.say("2")
        assert turn.topics == TOPIC
        assert "文件没有写能不能参保" in turn.text

    @pytest.mark.parametrize(
        "text", ["谢谢", "转人工", "有人冒充老师私聊我要转医保费", "新生儿医保"]
    )
    def test_other_words_do_not_end_it(self, parent: Parent, text: str) -> None:
        parent.say(text)
        assert flow_of(parent).asking == "stage"
        assert "文件没有写能不能参保" in parent.say("小学").text

    def test_another_flow_replaces_it(self) -> None:
        parent = Parent("liuzhou")
        parent.say("缴费渠道")
        parent.say("参保资格")
        turn = parent.say("银行")
        assert "pay_by_bank" in turn.topics

    @pytest.mark.parametrize("text", ["😀", "", "[微笑]"])
    def test_a_message_without_words_keeps_the_question(self, parent: Parent, text: str) -> None:
        parent.say(text)
        assert flow_of(parent).asking == "stage"


class TestChangedContent:
    """The operators publish while a parent is in the middle of a flow."""

    def changed(self, **flows: object) -> Assistant:
        small = small_assistant()
        catalog = dataclasses.replace(small.catalog, revision="next", flows=flows)  # type: ignore[arg-type]
        return Assistant(catalog, small.matchers, render)

    def test_a_flow_that_is_gone_does_not_break_the_conversation(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.assistant = self.changed()
        turn = parent.say("多少钱")
        assert turn.topics == ("fee_standard",)
        assert turn.session.flow is None

    @pytest.mark.parametrize("text", ["为什么问这个", "返回", "跳过", "比较一下", "不是", "帮助"])
    def test_no_word_breaks_on_a_flow_that_is_gone(self, text: str) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.assistant = self.changed()
        assert parent.say(text).text

    @pytest.mark.parametrize(
        "text", ["1", "为什么问这个", "返回", "跳过", "小学", "多少钱", "呜啦啦"]
    )
    def test_a_question_that_is_gone_does_not_break_it(self, text: str) -> None:
        small = small_assistant()
        flow = small.catalog.flows[FlowId("check_coverage")]
        stage = COVERAGE.slots[1]
        rows = tuple(
            dataclasses.replace(row, when={"stage": row.when["stage"]})
            for row in (COVERAGE.decide[0], COVERAGE.decide[1])
        )
        region = dataclasses.replace(COVERAGE, slots=(stage,), decide=rows)
        parent = Parent()
        parent.say("参保资格")
        parent.assistant = self.changed(
            check_coverage=dataclasses.replace(flow, regions={Region("beijing"): region})
        )
        assert parent.say(text).text

    def edited(self) -> Assistant:
        """Return the assistant after the operators reworded a question of the flow."""
        flow = small_assistant().catalog.flows[FlowId("check_coverage")]
        slots = (dataclasses.replace(COVERAGE.slots[0], ask="户口在哪里？"), *COVERAGE.slots[1:])
        region = dataclasses.replace(COVERAGE, slots=slots)
        return self.changed(
            check_coverage=dataclasses.replace(flow, regions={Region("beijing"): region})
        )

    @pytest.mark.parametrize("text", ["小学", "2", "为什么问这个", "返回", "9"])
    def test_an_edited_flow_restarts_the_step_and_says_so(self, text: str) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        parent.assistant = self.edited()
        turn = parent.say(text)
        assert says(turn, parent.wording("flow_changed", question="孩子现在上什么学？"))
        assert flow_of(parent).slots == {"hukou": "beijing"}
        assert parent.say("小学").text.startswith("可以参保")

    def test_it_is_said_once(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.assistant = self.edited()
        assert "户口在哪里？" in parent.say("9").text
        turn = parent.say("北京户口")
        assert not says(turn, parent.wording("flow_changed", question="孩子现在上什么学？"))

    def test_an_edit_elsewhere_does_not_disturb(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        parent.assistant = self.changed(
            **{str(k): v for k, v in small_assistant().catalog.flows.items()}
        )
        assert parent.say("小学").text.startswith("可以参保")

    def test_a_question_in_between_is_answered(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.assistant = self.edited()
        turn = parent.say("缴费标准")
        assert "435元" in turn.text
        assert says(turn, parent.wording("flow_changed", question="户口在哪里？"))

    def test_a_choice_that_is_gone_is_asked_again(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        parent.say("是")
        flow = small_assistant().catalog.flows[FlowId("check_coverage")]
        hukou = COVERAGE.slots[0]
        renamed = dataclasses.replace(hukou.choices[0], value="capital")
        slots = (
            dataclasses.replace(hukou, choices=(renamed, hukou.choices[1])),
            *COVERAGE.slots[1:],
        )
        rows = tuple(
            dataclasses.replace(
                row,
                when={
                    name: frozenset("capital" if v == "beijing" else v for v in values)
                    for name, values in row.when.items()
                },
            )
            for row in COVERAGE.decide
        )
        region = dataclasses.replace(COVERAGE, slots=slots, decide=rows)
        parent.assistant = self.changed(
            check_coverage=dataclasses.replace(flow, regions={Region("beijing"): region})
        )
        turn = parent.say("小学")
        assert says(turn, parent.wording("flow_changed", question="孩子是北京户口吗？"))
