"""Sounds of Chinese, and Latin letters read back as sounds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching import pinyin
from app.matching.pinyin import fold, read_pinyin, split_latin, syllable_inventory, syllables_of

SYLLABLES = sorted(s for s in syllable_inventory() if len(s) > 1)


def test_words_are_read_as_wholes() -> None:
    assert syllables_of(("银行", "行动")) == ["yin", "hang", "xing", "dong"]
    assert syllables_of(("女儿", "abc", "15", "")) == ["nv", "er"]


def test_inventory_is_that_of_mandarin() -> None:
    assert 380 < len(syllable_inventory()) < 480
    assert {"jiao", "fei", "zhuang", "lv", "ng"} <= syllable_inventory()
    assert {"hm", "m", "hng"}.isdisjoint(syllable_inventory())


@pytest.mark.parametrize(
    ("run", "syllables"),
    [
        ("zenmejiaofei", ("zen", "me", "jiao", "fei")),
        ("yibao", ("yi", "bao")),
        ("hello", None),
        ("qwrt", None),
        ("", ()),
    ],
)
def test_split(run: str, syllables: tuple[str, ...] | None) -> None:
    assert split_latin(run) == syllables


@given(st.lists(st.sampled_from(SYLLABLES), max_size=8))
def test_what_is_put_together_can_be_split(syllables: list[str]) -> None:
    split = split_latin("".join(syllables))
    assert split is not None
    assert "".join(split) == "".join(syllables)
    assert len(split) <= len(syllables)


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("zen me jiao fei", ["zen", "me", "jiao", "fei"]),
        ("zenme jiaofei?", ["zen", "me", "jiao", "fei"]),
        ("hello world", None),
        ("wo", None),
        ("15", None),
        ("", None),
        ("app", None),
        ("wo yao jiao fei ok", ["wo", "yao", "jiao", "fei"]),
        ("a" * 301, None),
    ],
)
def test_read(text: str, syllables: list[str] | None) -> None:
    assert read_pinyin(text) == syllables


@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzü 0?"), max_size=320))
@settings(max_examples=100, deadline=1000)
def test_any_letters_are_read_or_refused(text: str) -> None:
    found = read_pinyin(text)
    assert found is None or (len(found) >= 2 and set(found) <= syllable_inventory())


@pytest.mark.parametrize(
    ("one", "other"),
    [("zhang", "zan"), ("sheng", "sen"), ("jing", "jin"), ("chi", "ci"), ("zhong", "zong")],
)
def test_accents_fold(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("nan", "lan"), ("fei", "hei"), ("bao", "pao")])
def test_what_tells_words_apart_does_not_fold(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.sampled_from(SYLLABLES))
def test_folding_is_idempotent(syllable: str) -> None:
    assert fold(fold(syllable)) == fold(syllable)


def test_words_without_pinyin_take_no_place_in_the_memory() -> None:
    before = pinyin._of_word.cache_info()
    assert syllables_of(("435", "wechat", "1234567")) == []
    assert pinyin._of_word.cache_info() == before
    assert syllables_of(("银行", "435")) == ["yin", "hang"]
