"""What a screenshot says is answered only where it was read for sure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dialogue.assistant import Assistant
from app.domain.names import IntentId, Region
from app.domain.turn import Decision, Message, MessageKind, Turn
from app.wechat.rendering import render
from tests.assistants import small_assistant
from tests.unit.dialogue.parent import NOW, Parent, links, says, shown


def watching() -> Assistant:
    """Return the small assistant, which knows two wordings of screens."""
    plain = small_assistant()
    intents = dict(plain.catalog.intents)
    for name, screens in {
        "fee_standard": ("缴费金额有误请核对",),
        "payment_window": ("不在缴费时间范围内", "缴费通道已关闭"),
    }.items():
        intents[IntentId(name)] = replace(intents[IntentId(name)], screens=screens)
    fee = intents[IntentId("fee_standard")]
    gap = {Region("liuzhou"): IntentId("gap_fee_liuzhou")}
    intents[fee.id] = replace(fee, elsewhere=gap)
    return Assistant(replace(plain.catalog, intents=intents), plain.matchers, render)


def sent(parent: Parent, *lines: str) -> Turn:
    message = Message(parent.account, "parent", MessageKind.IMAGE, lines=lines)
    turn = parent.assistant.turn(parent.session, message, NOW)
    parent.session = turn.session
    parent.turns.append(turn)
    return turn


@pytest.fixture
def parent() -> Parent:
    return Parent(assistant=watching())


@pytest.mark.parametrize(
    "lines",
    [
        ("缴费通道已关闭",),
        ("9:41", "提示", "缴费通道已关闭，请稍后再试", "确定"),
        ("提示", "当前缴费通", "道已关闭", "确定"),
        ("缴費通道 已 關閉",),
        ("不在缴费时间范圈内",),  # one wrong character in nine
    ],
)
def test_a_known_wording_is_answered(parent: Parent, lines: tuple[str, ...]) -> None:
    turn = sent(parent, *lines)
    assert (turn.decision, turn.topics) == (Decision.ANSWER, ("payment_window",))
    assert turn.text.startswith("看到图里写着“")
    assert "依据：" in turn.text


@pytest.mark.parametrize(
    "lines",
    [
        ("系统繁忙，请稍后再试", "确定"),
        ("缴费", "确定"),
        ("关闭",),
        ("缴费通道", "确定"),
        ("一年交多少钱",),
        ("缴费金额有误请核对", "缴费通道已关闭"),
    ],
)
def test_anything_less_is_asked_about(parent: Parent, lines: tuple[str, ...]) -> None:
    turn = sent(parent, *lines)
    assert (turn.decision, turn.topics) == (Decision.FALLBACK, ())
    assert "我从图里看到“" in turn.text
    assert links(turn.text)


def test_two_wordings_are_both_offered(parent: Parent) -> None:
    turn = sent(parent, "缴费金额有误请核对", "缴费通道已关闭")
    offered = [key for _, _, key in links(turn.text)]
    assert set(offered[:2]) == {"fee_standard", "payment_window"}
    assert offered[-1] == "none"
    number = str(offered.index("fee_standard") + 1)
    assert parent.say(number).topics == ("fee_standard",)


def test_a_wording_of_elsewhere_is_not_stated_here() -> None:
    parent = Parent("liuzhou", watching())
    turn = sent(parent, "缴费金额有误请核对")
    assert "看到图里写着“缴费金额有误请核对”" in turn.text
    assert "没有写" in turn.text
    assert turn.topics == ()
    assert "常见的提示" not in parent.send(MessageKind.IMAGE).text


def test_without_a_reader_the_common_wordings_can_be_tapped(parent: Parent) -> None:
    turn = parent.send(MessageKind.IMAGE)
    assert says(turn, parent.wording("image"))
    assert {key for _, _, key in links(turn.text)} == {"fee_standard", "payment_window"}
    assert parent.tap(1).decision is Decision.ANSWER


def test_a_picture_without_text_says_so(parent: Parent) -> None:
    for lines in ((), ("   ",), ("…",)):
        turn = sent(parent, *lines)
        assert "没看清" in turn.text
        assert links(turn.text)


def test_personal_data_is_masked_and_the_parent_warned(parent: Parent) -> None:
    turn = sent(parent, "张小明身份证号11010519491231002X已经登记")
    assert "11010519491231002X" not in turn.text + str(turn.session)
    assert "〔身份证号〕" in turn.text
    assert says(turn, parent.wording("private", kinds="身份证号"))


def test_a_picture_makes_no_link(parent: Parent) -> None:
    turn = sent(parent, '<a href="https://evil.example">点我领钱</a>不在')
    assert 'evil.example"' not in "".join(href for href, _, _ in links(turn.text))
    assert "＜a href" in turn.text


def test_a_flow_goes_on_after_it(parent: Parent) -> None:
    parent.say("参保资格")
    turn = sent(parent, "缴费通道已关闭")
    assert turn.topics == ("payment_window",)
    assert turn.session.flow is not None
    before = parent.session.flow
    sent(parent, "系统繁忙，请稍后再试")
    assert parent.session.flow == before


def test_numbers_of_the_reply_before_stay_valid(parent: Parent) -> None:
    parent.say("多少钱")
    sent(parent)
    assert parent.say("2").topics == ("payment_window",)


def test_what_cannot_be_read_can_be_tapped_and_is_told_apart(parent: Parent) -> None:
    kinds = (MessageKind.VOICE, MessageKind.VIDEO, MessageKind.LOCATION, MessageKind.LINK)
    texts = []
    for kind in (*kinds, MessageKind.UNSUPPORTED, MessageKind.IMAGE):
        turn = parent.send(kind)
        assert links(turn.text)
        texts.append(shown(turn.text).split("\n")[0])
    assert len(set(texts)) == len(texts)


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=20))
def test_no_text_breaks_it(lines: list[str]) -> None:
    turn = sent(Parent(assistant=watching()), *lines)
    assert 0 < len(turn.text.encode("utf-8", "surrogatepass")) <= 2048
