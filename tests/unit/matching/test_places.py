"""Own and other places, names that only begin with one, and the insurance of elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.places import OTHER, OWN, Places

PLACES = Places(["柳州", "鱼峰"], ["长沙", "柳州", "北京", "上海", "广西"])


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("从长沙转到柳州", f"从{OTHER}转到{OWN}"),
        ("长沙市的医保", f"{OTHER}的医保"),
        ("柳州市鱼峰区", f"{OWN}{OWN}"),
        ("柳州银行能交吗", "柳州银行能交吗"),
        ("北京通怎么用", "北京通怎么用"),
        ("医保怎么交", "医保怎么交"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert PLACES.fold(text) == folded


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("上海的学生医保怎么交", "上海"),
        ("北京那边城乡医保多少钱", "北京"),
        ("上海医保转到柳州", None),
        ("已经交了上海的学生医保", None),
        ("柳州的学生医保", None),
        ("上海医保卡", None),
        ("学生医保", None),
    ],
)
def test_foreign_insurance(text: str, place: str | None) -> None:
    assert PLACES.foreign_insurance(text) == place


def test_no_places_fold_nothing() -> None:
    nowhere = Places([], [])
    assert nowhere.fold("从长沙转到柳州") == "从长沙转到柳州"
    assert nowhere.foreign_insurance("上海的学生医保") is None


@given(st.lists(st.sampled_from(["柳州", "长沙", "市", "银行", "医保", "的", "转"]), max_size=8))
def test_folding_is_idempotent(words: list[str]) -> None:
    once = PLACES.fold("".join(words))
    assert PLACES.fold(once) == once


def test_the_longer_name_wins() -> None:
    assert Places([], ["三江", "三江口"]).fold("三江口的") == f"{OTHER}的"
