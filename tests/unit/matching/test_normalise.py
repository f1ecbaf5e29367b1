"""One form for every text, whatever comes in."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.matching.normalise import MAX_CHARS, normalise, squeeze, without_fillers

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
"""Also half surrogates."""
TRICKY = st.text(
    st.sampled_from(
        "[]【】/:;()<>零一二三四五六七八九十号日月点!?。，、~ 急嗯你好微笑繁體著乾İ①⑩ﷺ㎏Aa\t\n"
        "\u200b\u202e\ufe0f\u20e3\u0301\ud800\U0001f600\uac00\u1100"
    ),
    max_size=450,
)


@given(ANY_TEXT | TRICKY)
@example("十十号")
@example("İ")
@example("ﷺ" * 100)
@example("[[微笑]微笑]")
@example("1️⃣")
@settings(max_examples=400, deadline=None)
def test_is_idempotent(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_is_idempotent_for_every_character_of_other_scripts() -> None:
    for code in (*range(0x3400), *range(0xD7A4, 0x10000), *range(0x1D000, 0x20000)):
        once = normalise("缴" + chr(code) + "费")
        assert normalise(once) == once, hex(code)


@given(ANY_TEXT | TRICKY)
@settings(max_examples=200, deadline=None)
def test_result_is_short_and_clean(text: str) -> None:
    result = normalise(text)
    assert len(result) <= MAX_CHARS
    assert result == result.strip()
    assert result.encode().decode() == result
    assert "  " not in result
    assert not {unicodedata.category(c) for c in result} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
        "Mn",
        "So",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("１５號　可以繳費嗎？？？", "15号 可以缴费吗?"),
        ("十五号还能交不", "15号还能交不"),
        ("二十号", "20号"),
        ("三月", "3月"),
        ("十十号", "十十号"),
        ("缴\u200b费", "缴费"),
        ("缴\u202e费\u2066", "缴费"),
        ("缴\ud800费", "缴费"),
        ("缴费[微笑]怎么办/:heart", "缴费 怎么办"),
        ("好的👌🏻谢谢", "好的 谢谢"),
        ("选1️⃣", "选1"),
        ("在\r\n吗\t", "在 吗"),
        ("哈哈哈哈哈哈", "哈哈哈"),
        ("", ""),
        ("\u200b\u200d", ""),
        ("Hello", "hello"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_beginning_and_end_of_a_long_text_are_kept() -> None:
    result = normalise("开头" + "啊哦" * 5_000_000 + "结尾")
    assert result.startswith("开头")
    assert result.endswith("结尾")
    assert len(result) <= MAX_CHARS


@pytest.mark.parametrize(
    "text",
    [
        "急" * 400,
        "急急急谢谢" * 80 + "x",
        "嗯嗯嗯额" * 100,
        "老师您好" * 100 + "?",
        "谢谢您" * 130 + "x",
    ],
)
def test_fillers_take_no_time_to_tell(text: str) -> None:
    started = time.perf_counter()
    without_fillers(normalise(text))
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("老师好,请问一下怎么缴费,谢谢", "怎么缴费"),
        ("谢谢", "谢谢"),
        ("在吗", "在吗"),
        ("请问一下", "请问一下"),
    ],
)
def test_fillers(text: str, expected: str) -> None:
    assert without_fillers(text) == expected


def test_squeezed_has_no_marks() -> None:
    assert squeeze("15号, 能交吗?") == "15号能交吗"
