"""The written form of single changes, and what cannot be changed."""

from __future__ import annotations

import pytest

from app.editing.intent_file import (
    EditableIntent,
    IntentChange,
    add_utterances,
    change_intent,
    read_intent,
    text_digest,
)
from app.editing.new_file import new_intent_text
from app.errors import EditError
from tests.assistants import SMALL_CONTENT

FILE = """\
# 头
intent: fee
title: 一年多少   # 按钮上的字
utterances:
  # 柳州家长
  - 多少钱
  - "435是谁的"

  # 北京家长
  - 要交几百
answers:
  beijing:
    source: doc#费用
    text: |-
      每人每年。
      第二行
screens: [提示一, "提示二"]
"""


def changed(change: IntentChange, text: str = FILE) -> str:
    return change_intent(text, change)


def test_an_item_takes_the_style_of_its_neighbours_and_quotes_where_needed() -> None:
    text = add_utterances(
        FILE, ["几块", "12:30", "no", "08", "- 横", "#井", "冒号: 句", "🙂", "要交几百"]
    )
    assert text == FILE.replace(
        "  - 要交几百\n",
        '  - 要交几百\n  - 几块\n  - "12:30"\n  - "no"\n  - "08"\n  - "- 横"\n  - "#井"\n'
        '  - "冒号: 句"\n  - 🙂\n',
    )


def test_a_list_all_in_quotes_stays_in_quotes() -> None:
    text = "intent: a\nutterances:\n  - '一'\n  - '二'\n"
    assert add_utterances(text, ["三'"]) == text + "  - '三'''\n"


def test_one_line_of_a_block_text_changes_alone() -> None:
    change = IntentChange(answers={("beijing", "text"): "每人每年。\n第二行改了"})
    assert changed(change) == FILE.replace("第二行", "第二行改了")


def test_a_list_in_brackets_keeps_its_form() -> None:
    change = IntentChange(screens=("提示一", "新, 的", "提示二"))
    assert changed(change) == FILE.replace('[提示一, "', '[提示一, "新, 的", "')


def test_a_title_keeps_the_comment_behind_it() -> None:
    assert changed(IntentChange(title="yes")) == FILE.replace("一年多少 ", '"yes" ')


def test_a_removed_item_leaves_comments_and_blank_lines() -> None:
    assert changed(IntentChange(utterances=("435是谁的",))) == FILE.replace(
        "  - 多少钱\n", ""
    ).replace("  - 要交几百\n", "")


def test_new_keys_stand_in_the_usual_order() -> None:
    text = changed(IntentChange(not_utterances=("报销",), tests=("测试",), related=("a_b",)))
    keys = [line.split(":")[0] for line in text.splitlines() if line[:1].isalpha()]
    assert keys == [
        "intent", "title", "utterances", "not_utterances", "answers", "related", "screens", "tests",
    ]  # fmt: skip


def test_a_new_region_and_a_source_of_several_lines() -> None:
    change = IntentChange(
        answers={
            ("liuzhou", "text"): "一\n二",
            ("liuzhou", "source"): "a#b",
            ("beijing", "source"): "doc#费用\ndoc#其他",
        }
    )
    text = changed(change)
    assert "    source:\n      - doc#费用\n      - doc#其他\n    text: |-\n" in text
    assert "  liuzhou:\n    source: a#b\n    text: |-\n      一\n      二\nscreens:" in text


def test_the_last_field_taken_out_takes_the_region_and_the_key() -> None:
    text = changed(IntentChange(answers={("beijing", "text"): "", ("beijing", "source"): ""}))
    assert "answers" not in text
    assert text == FILE[: FILE.index("answers:")] + FILE[FILE.index("screens:") :]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("intent: a\nutterances:\n\t- 制表", 3, "制表符"),
        ("intent: a\ntitle：全角\n", 2, "全角冒号"),
        ("intent: a\ntitle: b\ntitle: c\n", 3, "写了两次"),
        ("intent: &x a\ntitle: *x\n", 1, "重复内容"),
        ("intent: a\nutterances: 一句\n", 2, "应是列表"),
        ("intent: a\nutterances:\n  - a: b\n", 3, "不是一句话"),
        ("- a\n", 1, "最外层"),
        ("", 0, "没有内容"),
    ],
)
def test_a_file_that_cannot_be_changed_is_told_by_line(text: str, line: int, words: str) -> None:
    with pytest.raises(EditError, match=words) as caught:
        read_intent(text)
    assert caught.value.line == line


def test_a_mapping_in_braces_changes_but_does_not_grow() -> None:
    text = "intent: a\nanswers: {beijing: {source: a#b, text: 旧}}\n"
    change = IntentChange(answers={("beijing", "text"): "新, 的"})
    assert change_intent(text, change) == text.replace("旧", '"新, 的"')
    with pytest.raises(EditError, match="花括号"):
        change_intent(text, IntentChange(answers={("liuzhou", "text"): "新"}))


def test_a_new_file_says_what_was_asked_and_reads_like_the_others() -> None:
    intent = read_intent((SMALL_CONTENT / "intents/fee_standard.yml").read_text(encoding="utf-8"))
    assert read_intent(new_intent_text(intent)) == intent
    with pytest.raises(EditError, match="不能作名称"):
        new_intent_text(EditableIntent(id="../etc"))


def test_the_digest_names_the_text() -> None:
    assert text_digest(FILE) == text_digest(str(FILE))
    assert len(text_digest(FILE)) == 16
    assert text_digest(FILE) != text_digest(FILE + " ")
