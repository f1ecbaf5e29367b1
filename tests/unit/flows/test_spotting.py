"""Words with gaps and alternatives, found where they mean what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.slot_vocabulary import IGNORED, PRESETS
from app.content.synonym_patterns import MAX_FORMS, PatternError, expand
from app.flows.spotting import Said, Word, is_all_of, plain, spot


def found(text: str, *words: tuple[str, str]) -> set[str]:
    return spot(Said.of(text), [Word.of(plain(word), value) for word, value in words])


class TestWords:
    def test_a_gap_takes_a_few_characters(self) -> None:
        assert found("户口还在我老家", ("户口~老家", "other")) == {"other"}
        assert found("户口的事情先不说孩子在老家", ("户口~老家", "other")) == set()

    def test_a_gap_does_not_cross_punctuation_or_a_place(self) -> None:
        assert found("户口在这,在外市上学", ("户口~外市", "other")) == set()
        assert found("户口在本市在外市上学", ("户口~外市", "other")) == set()

    def test_alternatives(self) -> None:
        word = ("(在|去)外市(读|上)", "away")
        assert found("去外市上学", word) == {"away"}
        assert found("回外市上学", word) == set()

    def test_the_heavier_word_wins_and_a_gap_weighs_nothing(self) -> None:
        words = (("户口~本市", "local"), ("外市户口", "other"))
        assert found("外市户口在本市", *words) == {"other"}
        assert found("不是本市户口", ("本市户口", "local"), ("不是本市户口", "other")) == {"other"}

    def test_plain_words_do_not_mind_punctuation(self) -> None:
        assert found("微信、支付宝都不会", ("微信支付宝都不会", "counter")) == {"counter"}

    def test_whole(self) -> None:
        assert is_all_of("(在|)外地", {"外地"})
        assert not is_all_of("(在|)外地", {"在外地打工"})

    @given(text=st.text(max_size=40))
    def test_any_text_can_be_searched(self, text: str) -> None:
        said = Said.of(text)
        assert all(0 <= b <= len(said.letters) for b in said.breaks)
        assert found(text, ("户口~(老家|外市)", "x"), ("大学", "y")) <= {"x", "y"}


class TestExpand:
    def test_every_way_once(self) -> None:
        assert expand("(刚|)毕业") == ("刚毕业", "毕业")
        assert expand("户口~老家") == ("户口~老家",)

    def test_many_ways_stay_a_pattern(self) -> None:
        line = "(一|二|三|四|五|六|七|八)(1|2|3|4|5|6)"
        assert MAX_FORMS < 8 * 6
        assert expand(line) == (line,)

    @pytest.mark.parametrize("line", ["户口(在", "在)", "a|b", "((a|b)|c)", "(a|)", "~", "=", ""])
    def test_what_does_not_fit_is_told(self, line: str) -> None:
        with pytest.raises(PatternError):
            expand(line)

    def test_the_ready_made_words_all_fit(self) -> None:
        for choices in PRESETS.values():
            for preset in choices.values():
                assert all(map(expand, preset.synonyms))
        assert all(expand(word) for words in IGNORED.values() for word in words)
