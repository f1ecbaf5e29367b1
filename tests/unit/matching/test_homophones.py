"""Typos that sound like a word are read as it; correct text is left alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.homophones import Corrector, Vocabulary, _is_hanzi, _sound, _unique
from app.matching.tokenizer import Tokenizer

WORDS = {"缴费": 9, "住院": 5, "报销": 8, "报警": 1, "公式": 3, "公事": 3, "社保卡": 4}
SENTENCES = ["怎么缴费", "住院能报销吗", "社保卡丢了怎么办", "出院后报销"]
TOKENIZER = Tokenizer(["缴费", "住院", "报销", "社保卡"], {})


PAIRS = {text[i : i + 2] for text in SENTENCES for i in range(len(text) - 1)}


def corrector() -> Corrector:
    return Corrector(WORDS, PAIRS)


@pytest.mark.parametrize(
    ("tokens", "text", "made"),
    [
        (["怎么", "脚", "费"], "怎么缴费", ("脚费→缴费",)),
        (["主", "院", "能", "报销", "吗"], "住院能报销吗", ("主院→住院",)),
        (["社", "宝", "卡"], "社保卡", ("社宝卡→社保卡",)),
        (["怎么", "缴费"], "怎么缴费", ()),
        (["报", "小"], "报销", ("报小→报销",)),
        (["报", "名"], "报名", ()),
        ([], "", ()),
        (["hello"], "hello", ()),
    ],
)
def test_examples(tokens: list[str], text: str, made: tuple[str, ...]) -> None:
    assert corrector().correct(tokens) == (text, made)


def test_accents_are_heard() -> None:
    assert corrector().correct(["怎么", "祖", "院"]) == ("怎么住院", ("祖院→住院",))
    assert corrector().correct(["怎么", "脚", "灰"]) == ("怎么脚灰", ())


def test_a_rare_word_is_no_target() -> None:
    assert corrector().correct(["暴", "警"]) == ("暴警", ())


def test_of_words_that_sound_alike_none_is_guessed() -> None:
    assert corrector().correct(["工", "式"]) == ("工式", ())


def test_known_words_are_never_touched() -> None:
    assert corrector().correct(["报警"]) == ("报警", ())


@given(st.text(st.sampled_from("脚费主院社宝卡报销怎么办缴住保吗?,a1 "), max_size=20))
def test_what_was_corrected_stays_as_it_is(text: str) -> None:
    once, _ = corrector().correct(TOKENIZER.cut(text))
    twice, made = corrector().correct(TOKENIZER.cut(once))
    assert (twice, made) == (once, ()) or len(twice) <= len(once)


@given(st.text(st.sampled_from("脚费主院社宝卡报销怎么办,a"), max_size=20))
def test_length_stays(text: str) -> None:
    assert len(corrector().correct(tuple(text))[0]) == len(text)


def corrected_slowly(tokens: list[str]) -> str:
    """Look at every run of tokens at every place, longest first, for typos of either sound."""
    result = list(tokens)
    for folded in (False, True):
        table = _unique(WORDS, folded=folded)
        position = 0
        while position < len(result):
            for stop in range(len(result), position + 1, -1):
                run = result[position:stop]
                window = "".join(run)
                if (
                    len(run) <= 5
                    and len(window) <= 5
                    and _is_hanzi(window)
                    and min(map(len, run)) == 1
                    and any(window[i : i + 2] not in PAIRS for i in range(len(window) - 1))
                    and table.get(_sound(window, folded=folded), window) != window
                ):
                    result[position:stop] = [table[_sound(window, folded=folded)]]
                    break
            position += 1
    return "".join(result)


@given(st.text(st.sampled_from("脚费主祖院社宝卡报小销怎么办缴住保吗,a1"), max_size=24))
def test_places_that_are_passed_over_have_no_typo(text: str) -> None:
    for tokens in (TOKENIZER.cut(text), tuple(text)):
        assert corrector().correct(tokens)[0] == corrected_slowly(list(tokens))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_operators_sentences_stay(sentence: str) -> None:
    assert corrector().correct(TOKENIZER.cut(sentence)) == (sentence, ())


def test_state_round_trip() -> None:
    again = Corrector.restore(json.loads(json.dumps(corrector().state())))
    assert again.correct(["怎么", "脚", "费"]) == ("怎么缴费", ("脚费→缴费",))
    assert again.state() == corrector().state()


def test_vocabulary_counts_utterances() -> None:
    vocabulary = Vocabulary()
    for text in ("怎么缴费", "缴费缴费", "去缴费"):
        vocabulary.add(TOKENIZER.cut(text), text)
    assert vocabulary.corrector().correct(["脚", "费"]) == ("缴费", ("脚费→缴费",))
    assert vocabulary.corrector().correct(["去", "缴费"]) == ("去缴费", ())
