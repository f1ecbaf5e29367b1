"""Personal data is masked before anything else sees it."""

from __future__ import annotations

import pytest

from app.dialogue.privacy import mask
from tests.unit.dialogue.parent import Parent


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("身份证11010519491231002X查不到", "身份证号"),
        ("孩子的号是110105194912310021吗", "身份证号"),
        ("打13800138000找我", "手机号"),
        ("打138-0013-8000", "手机号"),
        ("卡号6222 0212 3456 7890 128扣款失败", "银行卡号"),
        ("发到mama@example.com吧", "邮箱"),
    ],
)
def test_is_found(text: str, kind: str) -> None:
    masked = mask(text)
    assert masked.kinds == (kind,)
    assert f"〔{kind}〕" in masked.text
    assert not any(digits in masked.text for digits in ("19491231", "0013", "7890", "mama@"))


@pytest.mark.parametrize(
    "text",
    [
        "12333打不通",
        "交了435元",
        "2025年11月30日",
        "电话81388150",
        "1234567890123456",
        "一年交多少",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).kinds == ()


def test_the_parent_is_told_and_nothing_of_it_is_kept() -> None:
    parent = Parent()
    turn = parent.say("我的身份证是11010519491231002X，怎么交钱")
    assert "身份证号" in turn.text.splitlines()[0]
    assert "19491231" not in repr(turn)
