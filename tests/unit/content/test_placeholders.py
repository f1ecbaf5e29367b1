from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.placeholders import (
    any_braces,
    fact_names,
    fill_facts,
    stray_braces,
    wrong_template,
)


def test_facts_are_found_and_filled() -> None:
    text = "交 {fact.fee}，拨打 {fact.phone}{fact.fee}"
    assert fact_names(text) == ("fee", "phone", "fee")
    assert fill_facts(text, {"fee": "435元"}) == "交 435元，拨打 {fact.phone}435元"


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("{fact.fee}", ()),
        ("没有", ()),
        ("{fee}和{fact.Fee}", ("{fee}", "{fact.Fee}")),
        ("{fact.fee", ("{",)),
        ("}{", ("}", "{")),
        ("{{fact.fee}}", ("{}",)),
        ("{}", ("{}",)),
    ],
)
def test_anything_else_in_braces_is_stray(text: str, stray: tuple[str, ...]) -> None:
    assert stray_braces(text) == stray


@given(st.text())
def test_a_text_without_stray_braces_has_none_left_when_filled(text: str) -> None:
    if not stray_braces(text):
        filled = fill_facts(text, dict.fromkeys(fact_names(text), "值"))
        assert not set(filled) & set("{}")


@pytest.mark.parametrize("text", ["{name}", "你好", "{a}{b_2}", "{{}}"])
def test_templates_that_format_takes(text: str) -> None:
    assert wrong_template(text) == ""
    text.format(name="", a="", b_2="")


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0}", "{a.b}", "{a!r}", "{a:>3}", "{电话}"])
def test_templates_that_would_fail_or_leak(text: str) -> None:
    assert wrong_template(text)


def test_known_values_are_the_only_ones() -> None:
    assert wrong_template("{name}、{about}", {"name", "about"}) == ""
    assert wrong_template("{phone}", {"name"}) == "这里没有 {phone}，只有 {name}"
    assert wrong_template("{phone}", ()) == "这里没有 {phone}，不能写花括号"


def test_any_braces_count_where_nothing_is_filled_in() -> None:
    assert any_braces("拨打 {fact.phone}、{x}") == ("{fact.phone}", "{x}")
