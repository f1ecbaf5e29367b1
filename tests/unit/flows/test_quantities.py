"""Numbers, days and free text as values of slots."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flows import Bounds, Slot, SlotKind
from app.flows.quantities import read_number
from app.flows.slots import Found, find_values
from app.knowledge.day_ranges import days_named
from app.matching.normalise import normalise
from tests.unit.flows.flow_cases import make_slot

TODAY = date(2026, 3, 10)
MARCH = date(2026, 3, 1).toordinal()
AGE = dataclasses.replace(
    make_slot("age", {"little": [], "bigger": []}),
    kind=SlotKind.NUMBER,
    unit="岁",
    ranges=(Bounds("little", None, 6), Bounds("bigger", 7, None)),
)
PAID = dataclasses.replace(
    make_slot("paid", {"early": [], "late": []}),
    kind=SlotKind.DATE,
    ranges=(Bounds("early", None, MARCH - 1), Bounds("late", MARCH, None)),
)
HINT = dataclasses.replace(
    make_slot("hint", {"invalid": ["无效"], "other": []}), kind=SlotKind.TEXT, otherwise="other"
)


def find(text: str, asking: str, *slots: Slot) -> Found:
    def days(said: str) -> list[tuple[int, int]]:
        return days_named(said, TODAY)

    return find_values(normalise(text), slots, asking, str, days)


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "value"),
        [("6", "little"), ("七岁", "bigger"), ("12", "bigger"), ("5 岁了", "little")],
    )
    def test_an_answer(self, text: str, value: str) -> None:
        assert find(text, "age", AGE).values == {"age": value}

    def test_unasked_only_with_its_unit(self) -> None:
        assert find("孩子 8 岁，435 元", "", AGE).values == {"age": "bigger"}
        assert find("435 元", "", AGE).values == {}

    def test_two_ranges_are_a_contradiction(self) -> None:
        assert find("一个 5 岁一个 9 岁", "age", AGE).contradictory == {"age"}

    @pytest.mark.parametrize(
        ("numeral", "number"),
        [
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("两百", 200),
            ("一百零五", 105),
            ("3", 3),
            ("百", None),
            ("三三", None),
        ],
    )
    def test_numerals(self, numeral: str, number: int | None) -> None:
        assert read_number(numeral) == number

    @given(number=st.integers(0, 99_999))
    def test_every_number_is_in_one_range(self, number: int) -> None:
        expected = "little" if number <= 6 else "bigger"
        assert find(str(number), "age", AGE).values == {"age": expected}


class TestDays:
    @pytest.mark.parametrize(
        ("text", "value"),
        [("昨天", "late"), ("3月5号", "late"), ("2月28号交的", "early"), ("2026年1月", "early")],
    )
    def test_an_answer(self, text: str, value: str) -> None:
        assert find(text, "paid", PAID).values == {"paid": value}

    def test_a_span_over_both_and_an_unasked_day_are_none(self) -> None:
        assert find("2月20号到3月5号", "paid", PAID).values == {}
        assert find("昨天", "", PAID).values == {}


class TestFreeText:
    def test_keywords_else_the_rest(self) -> None:
        assert find("缴费信息无效", "hint", HINT).values == {"hint": "invalid"}
        assert find("请求超时", "hint", HINT).values == {"hint": "other"}
        assert find("请求超时", "", HINT).values == {}
        assert find("。。。", "hint", HINT).values == {}
