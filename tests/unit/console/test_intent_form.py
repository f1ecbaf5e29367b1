"""An intent as a form and back, the field of a problem, and what differs between two texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.console.content_ports import IntentEdit
from app.console.field_diff import field_changes
from app.console.intent_form import (
    edit_of,
    field_at,
    form_of,
    items,
    new_intent_text,
    read_form,
)
from app.content.problems import ProblemList
from app.content.yaml_source import read_yaml
from app.errors import ConsoleError
from tests.assistants import SMALL_CONTENT
from tests.e2e.content_console import read

FEE = (SMALL_CONTENT / "intents/fee_standard.yml").read_text("utf-8")
FORM = form_of(read(FEE))


def test_nothing_typed_changes_nothing() -> None:
    sent = {name: text.replace("\n", "\r\n") + " " for name, text in FORM.items()}
    assert edit_of(FORM, read_form(sent, FORM)).is_empty
    assert read_form("no form", FORM) == FORM
    assert read_form({"unknown": "x"}, FORM) == FORM


def test_only_what_differs_is_an_edit() -> None:
    typed = FORM | {
        "title": "新标题 ",
        "tests": "一\n\n 二 \n",
        "answers/beijing/text": "新答案\n第二行",
    }
    assert edit_of(FORM, typed) == IntentEdit(
        title="新标题",
        tests=("一", "二"),
        answers={("beijing", "text"): "新答案\n第二行"},
    )


def test_a_field_without_end_is_refused() -> None:
    with pytest.raises(ConsoleError, match="“说法”太长"):
        read_form({"utterances": "长" * 60_001}, FORM)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("title:", "title"),
        ("缴费标准", "utterances"),
        ("幼儿园学费|能报销多少钱", "not_utterances"),
        ("beijing-2026#新参保和断保", "answers/beijing/source"),
        ("具备免缴资格", "answers/beijing/text"),
        ("payment_channels", "related"),
        ("存折里放四百三够吗", "tests"),
        ("kind:", "title"),
    ],
)
def test_a_problem_stands_at_its_field(words: str, field: str) -> None:
    lines = FEE.splitlines()
    line = next(i for i, row in enumerate(lines, 1) if any(w in row for w in words.split("|")))
    assert field_at(FEE, line) == field


def test_a_text_that_looks_like_a_key_does_not_mislead() -> None:
    text = "answers:\n  beijing:\n    text: |-\n      note: x\n      文字\ntests:\n- 一\n"
    assert field_at(text, 5).startswith("answers/beijing/text")
    assert field_at(text, 7) == "tests"
    assert field_at("", 3) == field_at(text, 0) == "title"


@given(st.text(max_size=30), st.sampled_from(["beijing", "liuzhou"]))
def test_a_new_intent_is_yaml_whatever_its_title(title: str, region: str) -> None:
    if not title.split():
        with pytest.raises(ConsoleError, match="标题"):
            new_intent_text("a_b", title, region)
        return
    text = new_intent_text("a_b", title, region)
    source = read_yaml("intents/a_b.yml", text, ProblemList())
    if source is not None:  # a character that YAML forbids is reported by lint
        assert source.data["intent"] == "a_b"
        assert list(source.data["answers"]) == [region]


@pytest.mark.parametrize("name", ["", "A", "1a", "a b", "a__b", "../x", "a.yml", "x" * 61, "费用"])
def test_an_id_is_an_id(name: str) -> None:
    with pytest.raises(ConsoleError, match="英文名"):
        new_intent_text(name, "标题", "beijing")


def test_lines_are_items() -> None:
    assert items(" 一 \n\n二\r\n \n") == ("一", "二")


def test_differences_by_field() -> None:
    after = FEE.replace("title: 一年交多少钱", "title: 新").replace("  - 缴费标准\n", "  - 收钱\n")
    found = {c.label: (c.before, c.after) for c in field_changes("intents/a.yml", FEE, after)}
    assert found == {
        "标题": (("一年交多少钱",), ("新",)),
        "说法": (("缴费标准",), ("收钱",)),
    }
    (answer,) = field_changes("intents/a.yml", FEE, FEE.replace("学生每人", "每人"))
    assert answer.label == "答案 beijing"


def test_every_difference_is_shown() -> None:
    (named,) = field_changes("a.yml", FEE, FEE.replace("学生每人", "每人"), {"beijing": "北京"})
    assert named.label == "答案 北京"
    assert field_changes("intents/a.yml", FEE, FEE) == ()
    (comment,) = field_changes("intents/a.yml", FEE, f"# 说明\n{FEE}")
    assert comment.after == ("# 说明",)
    (order,) = field_changes("a.yml", "a: [x, y]\n", "a: [y, x]\n")
    assert (order.before, order.after) == (("x", "y"), ("y", "x"))
    (broken,) = field_changes("a.yml", "a: 1\n", "a: [\n")
    assert (broken.before, broken.after) == (("a: 1",), ("a: [",))
    (markdown,) = field_changes("knowledge/a.md", "一\n二\n", "一\n三\n")
    assert (markdown.before, markdown.after) == (("二",), ("三",))
    assert {c.label for c in field_changes("intents/n.yml", "", "title: 新\ntests: [a]\n")} == {
        "标题",
        "测试句",
    }


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared(before: str, after: str) -> None:
    assert bool(field_changes("a.yml", before, after)) == (before != after)
