"""Where one message asks several things."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.normalise import normalise
from app.matching.questions import MAX_UNITS, asks_several, split_questions

PIECES = st.sampled_from(
    [
        "怎么缴费",
        "多少钱",
        "还有",
        "另外",
        "?",
        ",",
        "孩子上小学",
        "在哪交",
        "能不能报",
        "分别",
        "和",
        " ",
    ]
)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("怎么缴费?多少钱一年?", ("怎么缴费", "多少钱一年")),
        ("医保怎么交,还有生病了怎么报销", ("医保怎么交", "生病了怎么报销")),
        ("怎么缴费", ("怎么缴费",)),
        ("孩子上小学,怎么缴费", ("孩子上小学,怎么缴费",)),
        ("", ()),
        ("谢谢", ()),
    ],
)
def test_split(text: str, units: tuple[str, ...]) -> None:
    assert split_questions(text) == units


def test_things_named_together_are_taken_apart() -> None:
    assert split_questions("小学和大学分别多少钱") == ("小学分别多少钱", "大学分别多少钱") or (
        split_questions("小学和大学分别多少钱") == ("小学多少钱", "大学多少钱")
    )


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("怎么交?多少钱?", True),
        ("怎么交,另外多少钱", True),
        ("怎么交费", False),
        ("", False),
    ],
)
def test_asks_several(text: str, several: bool) -> None:
    assert asks_several(text) is several


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=100))
@settings(max_examples=300)
def test_units_are_few_and_made_of_the_message(text: str) -> None:
    normalised = normalise(text)
    units = split_questions(normalised)
    assert len(units) <= MAX_UNITS
    for unit in units:
        assert set(unit) <= set(normalised) | {","}


@pytest.mark.parametrize("piece", ["怎么", "还有怎么交", "啊和啊", "能不能,", "分别", "在哪?"])
def test_long_messages_take_no_time(piece: str) -> None:
    text = normalise(piece * 400)
    started = time.perf_counter()
    split_questions(text)
    asks_several(text)
    assert time.perf_counter() - started < 0.5
