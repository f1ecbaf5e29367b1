"""Personal data is masked before anything else sees it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from app.dialogue import privacy
from app.dialogue.privacy import mask, mask_for_keeping
from app.domain.turn import Decision
from app.state.codec import encode_session
from tests.unit.dialogue.parent import Parent, says

ID = "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("身份证11010519491231002X查不到", "身份证号"),
        ("身份证11010519491231002x查不到", "身份证号"),
        ("孩子的号是110105194912310021吗", "身份证号"),
        ("110105 19491231 002X", "身份证号"),
        ("110105-19491231-002X", "身份证号"),
        ("1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 X", "身份证号"),
        ("１１０１０５１９４９１２３１００２Ｘ", "身份证号"),
        ("一一零一零五一九四九一二三一零零二x", "身份证号"),
        ("打13800138000找我", "手机号"),
        ("打138-0013-8000", "手机号"),
        ("138 0013 8000", "手机号"),
        ("+86 13800138000", "手机号"),
        ("１３８００１３８０００", "手机号"),
        ("我电话幺三八零零幺三八零零零", "手机号"),
        ("卡号6222 0212 3456 7890 128扣款失败", "银行卡号"),
        ("卡号6222021234567890128扣款失败", "银行卡号"),
        ("4111-1111-1111-1111", "银行卡号"),
        ("发到mama@example.com吧", "邮箱"),
        ("mama＠example.com", "邮箱"),
    ],
)
def test_is_found(text: str, kind: str) -> None:
    masked = mask(text)
    assert masked.kinds == (kind,)
    assert f"〔{kind}〕" in masked.text
    digits = ("19491231", "0013", "7890", "1111", "mama", "１９４９", "三八零零", "一九四九")
    assert not any(part in masked.text for part in digits)


@pytest.mark.parametrize(
    "text",
    [
        "12333打不通",
        "交了435元",
        "2025年11月30日",
        "电话81388150",
        "010-81388150",
        "400-810-6666",
        "1234567890123456",
        "订单号202512101234567890",
        "20251210 20260228",
        "一年交多少",
        "一二三四五",
        "１２３３３打不通",
        "12月5日至20日15:00前",
        "@老师 怎么交",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).kinds == ()


@given(
    st.integers(110000, 659999),
    st.dates(min_value=date(1930, 1, 1)),
    st.integers(0, 999),
)
def test_every_valid_id_number_is_found(place: int, born: date, serial: int) -> None:
    front = f"{place}{born:%Y%m%d}{serial:03d}"
    number = front + ric.calc_check_digit(front + "0")
    if not "1930" <= number[6:10] < "2100":
        return
    assert mask(f"号码{number}。").kinds == ("身份证号",)


@given(st.text("0123456789", min_size=15, max_size=18))
def test_every_valid_card_number_is_found(digits: str) -> None:
    number = "6" + digits
    number += luhn.calc_check_digit(number)
    if len(number) in range(16, 20):
        assert mask(f"卡{number}坏了").kinds


@given(st.text(max_size=80))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once.text).text == once.text


class TestTheParent:
    def test_is_told_and_nothing_of_it_is_kept(self) -> None:
        parent = Parent()
        turn = parent.say(f"我的身份证是{ID}，怎么交钱")
        assert "身份证号" in turn.text.splitlines()[0]
        assert "19491231" not in repr(turn)
        assert b"19491231" not in encode_session(turn.session)

    def test_the_question_is_answered_all_the_same(self) -> None:
        turn = Parent().say(f"我的身份证是{ID}，一年交多少钱")
        assert "435元" in turn.text
        assert turn.decision is Decision.ANSWER

    def test_is_told_once(self) -> None:
        parent = Parent()
        parent.say(f"身份证{ID}，一年交多少钱")
        turn = parent.say(f"身份证{ID}，每月几号能缴费")
        assert not says(turn, parent.wording("private", kinds="身份证号"))
        assert "19491231" not in repr(turn)

    def test_another_kind_is_told_too(self) -> None:
        parent = Parent()
        parent.say(f"身份证{ID}，一年交多少钱")
        turn = parent.say("手机13800138000，每月几号能缴费")
        assert says(turn, parent.wording("private", kinds="手机号"))

    @pytest.mark.parametrize(
        "text", [ID, f"我的身份证号是{ID}", f"孩子身份证：{ID}", "13800138000"]
    )
    def test_with_nothing_else_is_asked_what_they_want(self, text: str) -> None:
        parent = Parent()
        for _ in range(2):
            turn = parent.say(text)
            assert says(turn, parent.wording("what_then"))
            assert "没有保存" in turn.text

    def test_in_a_flow_the_answer_counts(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        turn = parent.say(f"是，身份证{ID}")
        assert "身份证号" in turn.text.splitlines()[0]
        assert "孩子现在上什么学？" in turn.text
        assert "19491231" not in repr(parent.session)

    def test_in_a_flow_with_nothing_else_the_question_is_repeated(self) -> None:
        parent = Parent()
        parent.say("参保资格")
        turn = parent.say(ID)
        assert "孩子是北京户口吗？" in turn.text
        assert parent.session.flow is not None
        assert parent.session.flow.unclear == 0


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("验证码是123456", "验证码是〔号码〕"),
        ("社保编号 1234 5678", "社保编号 〔号码〕"),
        ("电话0772-2825533", "电话〔号码〕"),
        ("学籍号G450201201501011234查不到", "学籍号〔号码〕查不到"),
        ("oZAb1cD2eF3gH4iJ5kL6mN7oP8qR", "〔号码〕"),
        ("我叫王小明，怎么交", "我叫〔姓名〕，怎么交"),
        ("姓名：张三", "姓名：〔姓名〕"),
        ("http://a.cn/x?openid=1 打不开", "〔网址〕 打不开"),
        ("2025年12月10日缴费435元", "2025年12月10日缴费435元"),
        ("孩子叫什么都行", "孩子叫什么都行"),
    ],
)
def test_what_is_kept_for_long_is_masked_more_strictly(text: str, kept: str) -> None:
    assert mask_for_keeping(text) == kept


@given(st.text(alphabet="0123456789 -０９零一二三ab我叫钱", max_size=60))
def test_no_long_number_is_left_in_what_is_kept(text: str) -> None:
    kept = mask_for_keeping(text)
    assert not re.search(r"[0-9]{6}", kept)
    assert mask_for_keeping(kept) == kept


_PIECES = st.sampled_from(
    (
        *(
            "1",
            "138",
            "1234",
            "5678",
            "110105",
            "19491231",
            "002X",
            "一三八",
            "一二三四",
            "０",
            "１９",
            "Ｘ",
            "x",
            "一",
            "幺三",
            "零",
            "九",
            " ",
            "-",
            "．",
            "·",
        ),
        *("\u3000", "，", "。", "@", "＠", ".", "qq", "com", "_", "/", "www.", "http://", "ab"),
        *("我叫", "名字", "叫", "姓名", "张", "小明", "身份证", "手机号", "是", "报销", "？"),
    )
)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_what_is_passed_over_has_nothing_to_be_masked(text: str) -> None:
    anything = re.compile("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(privacy, "_SUSPECT", anything)
        patch.setattr(privacy, "_SUSPECT_KEPT", anything)
        looked_at = mask(text), mask_for_keeping(text)
    assert (mask(text), mask_for_keeping(text)) == looked_at


@pytest.mark.parametrize(
    "text",
    [
        *("13812345678", "1 3 8-1 2 3 4-5 6 7 8", "幺三八，一二三四，五六七八", "a@b.cn"),
        *("45020020120314123X", "6222021234567890128", "我叫张小明", "一三八 一二三四 五六七八"),
    ],
)
def test_whatever_can_be_masked_is_looked_at(text: str) -> None:
    assert privacy._SUSPECT.search(f"问一下{text}")


@pytest.mark.parametrize("text", ["12 34.56", "零一二三四五六", "www.a.cn/b", "wxid_abcd1234efgh"])
def test_whatever_is_not_kept_is_looked_at(text: str) -> None:
    assert privacy._SUSPECT_KEPT.search(text)
