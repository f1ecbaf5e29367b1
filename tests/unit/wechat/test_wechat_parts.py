"""Long texts are cut where a reader would, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wechat.links import tap_link
from app.wechat.parts import TEXT_LIMIT_BYTES, byte_length, fit_parts

LINK = tap_link("怎么缴费？点这里", "怎么缴费", "101")
FAMILY = "👨‍👩‍👧‍👦"
WHOLE = [
    LINK,
    '<a href="https://example.invalid/a?b=1">政策 原文</a>',
    "https://example.invalid/path?x=1&y=2",
    "0772-12345678",
    "1,234.56元",
    "2025-12-16",
    "2025年12月16日",
    "12:30",
    "99.5%",
    "EncodingAESKey",
    "[微笑]",
    FAMILY,
    "👍🏽",
    "🇨🇳",
    "❤️",
    "1️⃣",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "é",
]
PROSE = [
    "柳州市学生儿童医保。",
    "请先确认！",
    "可以吗？",
    "第一步，",
    "注意：",
    "\n",
    "\n\n",
    "，",
    " ",
]


def squeeze(text: str) -> str:
    return "".join(text.split())


def test_short_text_is_untouched():
    assert fit_parts("  您好\n ") == ("  您好\n ",)


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_nothing_to_send(text):
    assert fit_parts(text) == ()


def test_limit_is_in_bytes_and_inclusive():
    exact = "医" * 682 + "ab"
    assert byte_length(exact) == TEXT_LIMIT_BYTES == 2048
    assert fit_parts(exact) == (exact,)
    assert len(fit_parts(exact + "c")) == 2


def test_a_limit_below_one_character_is_refused():
    with pytest.raises(ValueError, match="limit_bytes"):
        fit_parts("a", 3)


def test_line_end_is_the_first_choice():
    text = "一二三四五六七八。九十\n一二三四五六七八九十一二三"
    assert fit_parts(text, 60) == ("一二三四五六七八。九十", "一二三四五六七八九十一二三")


def test_sentence_end_is_the_second_and_takes_its_closing_quote():
    text = "他说：“可以参保。”然后就没有再说什么了真的没有了"
    assert fit_parts(text, 48)[0] == "他说：“可以参保。”"


def test_an_early_line_end_does_not_leave_a_nearly_empty_part():
    text = "标题\n" + "内容很长很长。" * 6
    assert fit_parts(text, 100)[0] == "标题\n" + "内容很长很长。" * 4


def test_clause_is_the_third():
    assert fit_parts("一二三四五，六七八九十甲乙丙丁", 30)[0] == "一二三四五，"


def test_no_part_opens_with_a_closing_mark_or_ends_with_an_opening_one():
    text = "甲" * 9 + "（乙）" + "丙" * 9
    for limit in range(20, 60):
        for part in fit_parts(text, limit):
            assert part[0] not in "）"
            assert part[-1] not in "（"


@pytest.mark.parametrize("piece", WHOLE)
def test_what_belongs_together_stays_together(piece):
    size = byte_length(piece)
    for lead in range(40):
        parts = fit_parts("医" * lead + piece + "保" * 40, max(size, 40))
        assert any(piece in part for part in parts), (lead, parts)


@given(
    st.lists(st.sampled_from(WHOLE + PROSE), max_size=60),
    st.integers(byte_length(LINK), 400),
)
def test_mixed_texts(pieces, limit):
    text = "，".join(pieces)
    parts = fit_parts(text, limit)
    assert all(byte_length(part) <= limit for part in parts)
    assert all(part == part.strip() for part in parts) or parts == (text,)
    assert squeeze("".join(parts)) == squeeze(text)
    assert sum(part.count(LINK) for part in parts) == text.count(LINK)
    assert sum(part.count(FAMILY) for part in parts) == text.count(FAMILY)
    assert all(part.count("<a ") == part.count("</a>") for part in parts)


@given(st.text(st.characters()), st.integers(4, 100))
def test_any_text_fits_and_loses_only_white_space(text, limit):
    parts = fit_parts(text, limit)
    assert all(part and byte_length(part) <= limit for part in parts)
    assert squeeze("".join(parts)) == squeeze(text)


@pytest.mark.parametrize(
    "unit", ["e\u0301" + "\u0301" * 5000, "<a >" * 5000, "a.1" * 9000, "[" * 9000]
)
def test_hostile_texts_are_cut_in_time_and_to_size(unit):
    assert all(byte_length(part) <= 2048 for part in fit_parts(unit * 3))
