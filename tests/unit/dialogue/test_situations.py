"""A case told in full is answered by its flow, even where nothing is asked."""

from __future__ import annotations

import pytest

from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import Parent


@pytest.mark.parametrize(
    ("account", "text", "verdict"),
    [
        ("beijing", "他在北京上全日制大学，湖南户口，学校有公费医疗", "不参加"),
        ("beijing", "女儿在北京读本科，全日制，户口在四川，没有公费医疗", "可以参保"),
        ("beijing", "北京户口，在上海念大学", "不参加"),
    ],
)
def test_a_case_without_a_question(account: str, text: str, verdict: str) -> None:
    turn = Parent(account, shipped_assistant()).say(text)
    assert verdict in turn.text.split("\n")[0]


@pytest.mark.parametrize("text", ["孩子上小学了", "我们是外地的", "大学生医保卡丢了"])
def test_one_word_of_a_case_is_no_case(text: str) -> None:
    turn = Parent("beijing", shipped_assistant()).say(text)
    assert "参保：" not in turn.text.split("\n")[0]
