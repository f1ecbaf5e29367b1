"""Time between messages: a flow pauses, a parent returns, a day is forgotten, clocks jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dialogue.pausing import FORGET, IDLE, resting, woken
from app.domain.names import FlowId
from app.domain.turn import Decision, FlowState, Session
from app.settings import SHANGHAI
from app.state.keys import SESSION_TTL_S
from tests.unit.dialogue.parent import NOW, Parent, says, shown

QUESTION = "孩子现在上什么学？"
STATE = FlowState(FlowId("check_coverage"), {"hukou": "beijing"}, "stage")


@pytest.fixture
def parent() -> Parent:
    """One who said 北京户口 and was asked for the school."""
    parent = Parent()
    parent.say("参保资格")
    parent.say("是")
    return parent


def wait(parent: Parent, minutes: float) -> None:
    parent.now += timedelta(minutes=minutes)


def is_asked(parent: Parent) -> bool:
    return says(parent.turns[-1], parent.wording("flow_expired", question=QUESTION))


class TestWithinTheTime:
    @pytest.mark.parametrize("minutes", [0, 1, 29.9, -5, -5000])
    def test_the_flow_goes_on(self, parent: Parent, minutes: float) -> None:
        wait(parent, minutes)
        turn = parent.say("小学")
        assert turn.text.startswith("可以参保")

    def test_each_message_begins_the_time_anew(self, parent: Parent) -> None:
        for _ in range(4):
            wait(parent, 25)
            parent.say("为什么问这个")
        assert parent.say("小学").text.startswith("可以参保")


class TestReturning:
    @pytest.mark.parametrize("text", ["小学", "你好", "呜啦啦", "2", "第二个", "在吗", "参保资格"])
    def test_whoever_returns_is_asked_whether_to_go_on(self, parent: Parent, text: str) -> None:
        wait(parent, 31)
        turn = parent.say(text)
        assert is_asked(parent)
        assert [c.label for c in parent.session.offered] == ["接着", "不用了"]
        assert turn.session.flow is None

    @pytest.mark.parametrize("yes", ["接着", "1", "好的", "继续", "接着办", "第一个", "嗯", "要"])
    def test_yes_takes_it_up(self, parent: Parent, yes: str) -> None:
        wait(parent, 31)
        parent.say("你好")
        turn = parent.say(yes)
        assert QUESTION in turn.text
        assert parent.session.flow is not None
        assert parent.session.flow.slots == {"hukou": "beijing"}
        assert parent.session.memory.paused is None

    @pytest.mark.parametrize("no", ["不用了", "2", "算了", "不", "不要了", "第二个"])
    def test_no_drops_it(self, parent: Parent, no: str) -> None:
        wait(parent, 31)
        parent.say("你好")
        turn = parent.say(no)
        assert turn.decision is Decision.COMMAND
        assert (parent.session.flow, parent.session.memory.paused) == (None, None)
        assert "435元" in parent.say("缴费标准").text

    def test_an_answer_given_at_return_need_not_be_said_twice(self, parent: Parent) -> None:
        wait(parent, 31)
        parent.say("小学")
        assert parent.say("接着").text.startswith("可以参保")

    def test_a_number_given_at_return_is_that_of_the_old_question(self, parent: Parent) -> None:
        wait(parent, 31)
        parent.say("2")
        assert parent.say("1").text.startswith("可以参保")

    def test_the_answer_instead_of_yes_is_yes(self, parent: Parent) -> None:
        wait(parent, 31)
        parent.say("你好")
        assert parent.say("小学").text.startswith("可以参保")

    def test_a_clear_question_is_answered_at_once_and_the_flow_offered(
        self, parent: Parent
    ) -> None:
        wait(parent, 45)
        turn = parent.say("一年交多少钱")
        assert "435元" in turn.text
        assert "接着办：孩子能不能参保" in shown(turn.text)
        assert QUESTION in parent.say("接着").text

    def test_after_that_nobody_is_asked_again(self, parent: Parent) -> None:
        wait(parent, 45)
        parent.say("一年交多少钱")
        parent.say("每月几号能缴费")
        assert not is_asked(parent)

    @pytest.mark.parametrize("text", ["有人冒充老师私聊我要转医保费", "帮助", "转人工"])
    def test_other_words_are_answered(self, parent: Parent, text: str) -> None:
        wait(parent, 45)
        parent.say(text)
        assert not is_asked(parent)

    def test_a_picture_in_between_changes_nothing(self, parent: Parent) -> None:
        wait(parent, 45)
        parent.say("😀")
        parent.say("小学")
        assert is_asked(parent)

    def test_a_pause_in_the_pause(self, parent: Parent) -> None:
        wait(parent, 31)
        parent.say("你好")
        wait(parent, 600)
        assert QUESTION in parent.say("接着").text


class TestForgetting:
    @pytest.mark.parametrize("hours", [24, 30, 24 * 400])
    def test_a_day_later_nothing_is_known(self, parent: Parent, hours: int) -> None:
        wait(parent, hours * 60)
        parent.say("接着")
        assert says(parent.turns[-1], parent.wording("nothing_to_resume"))
        assert parent.session.memory.children == ()

    def test_the_store_forgets_at_the_same_time(self) -> None:
        assert timedelta(seconds=SESSION_TTL_S) == FORGET


MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the zone is added
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
).map(lambda moment: moment.replace(tzinfo=SHANGHAI))


@given(last=MOMENTS, now=MOMENTS)
def test_the_time_rested_is_never_negative(last: datetime, now: datetime) -> None:
    session = Session(flow=STATE, updated_at=last)
    rest = resting(session, now)
    assert rest == max(now - last, timedelta(0))
    after = woken(session, now)
    if rest >= FORGET:
        assert after == Session()
    elif rest >= IDLE:
        assert (after.flow, after.memory.paused) == (None, STATE)
    else:
        assert after == session


@pytest.mark.parametrize(
    "last",
    [
        datetime(2025, 12, 10, 2, 0),  # noqa: DTZ001 - what nobody here writes
        datetime(2025, 12, 10, 2, 0, tzinfo=UTC),
    ],
)
def test_any_zone_can_be_compared(last: datetime) -> None:
    assert resting(Session(updated_at=last), NOW) >= timedelta(0)


def test_a_new_conversation_has_not_rested() -> None:
    assert resting(Session(), NOW) == timedelta(0)


SAID = [
    "参保资格",
    "是",
    "小学",
    "外地户口",
    "接着",
    "不用了",
    "1",
    "2",
    "一年交多少钱",
    "那老二呢",
    "算了",
    "你好",
]


@given(st.lists(st.tuples(st.sampled_from(SAID), st.integers(-3_000_000, 3_000_000)), max_size=10))
@settings(max_examples=80, deadline=None)
def test_jumps_of_the_clock_never_break_a_conversation(steps: list[tuple[str, int]]) -> None:
    """Leap days, year ends and the clock set back: each message gets its reply."""
    parent = Parent(now=datetime(2028, 2, 29, 23, 59, tzinfo=SHANGHAI))
    for text, minutes in steps:
        moved = parent.now + timedelta(minutes=minutes)
        parent.now = moved if 2000 < moved.year < 2100 else parent.now
        turn = parent.say(text)
        assert turn.text
        assert turn.session.updated_at == parent.now
