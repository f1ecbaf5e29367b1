"""Numbers that tell who somebody is go; amounts, years, dates and hotlines stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evidence.masking import MASK, mask_numbers


@pytest.mark.parametrize(
    "number",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "0771-5812345",
        "450203201501010012",
        "45020320150101001X",
        "6222 0212 3456 7890 123",
        "202312",
        "2023123456",
        "20231234567890",
        "１３８１２３４５６７８",
        "一三八一二三四五六七八",
        "〇二〇一二三四",
    ],
)
def test_gone(number: str) -> None:
    masked = mask_numbers(f"电话{number}，麻烦了")
    assert masked.startswith(f"电话{MASK}")
    assert not re.search(r"\d", masked)


@pytest.mark.parametrize(
    "text",
    [
        "一年380元，不是350",
        "打12333还是12345",
        "2025-2026年度",
        "2025.9.1",
        "2025-12-10",
        "2025/12/31",
        "20号到25号",
        "第1 2 3条",
        "",
    ],
)
def test_stays(text: str) -> None:
    assert mask_numbers(text) == text


@given(st.text(alphabet="0123456789 -a年二", max_size=40))
def test_no_run_of_six_digits_is_left(text: str) -> None:
    assert not re.search(r"\d{6}", mask_numbers(text))
