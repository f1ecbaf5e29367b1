from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.content.sentences import same_form


def test_width_case_space_and_punctuation_do_not_matter() -> None:
    assert same_form("ＡＰＰ 怎么　缴费？") == same_form("app怎么缴费!!")


def test_punctuation_only_stays() -> None:
    assert same_form("？") == "?"
    assert same_form("?") != same_form("!")


@given(st.text())
def test_idempotent(text: str) -> None:
    assert same_form(same_form(text)) == same_form(text)
