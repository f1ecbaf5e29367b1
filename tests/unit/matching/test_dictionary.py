"""jieba's dictionary read in parts is jieba's dictionary."""

from __future__ import annotations

import threading
from pathlib import Path

import jieba
import pytest

from app.matching.dictionary import LazyTokenizer, WordList, default_words

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def whole() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer


def test_all_parts_together_are_what_jieba_loads(whole: jieba.Tokenizer) -> None:
    words = default_words()
    found: dict[str, int] = {}
    for first in {word[0] for word in whole.FREQ}:
        found.update(words.words(first))
    assert found == whole.FREQ
    assert words.total == whole.total


def test_every_line_of_the_content_is_cut_alike(whole: jieba.Tokenizer) -> None:
    mine = LazyTokenizer()
    for word in ("医保缴费", "学平险", "一老一小", "新农合"):
        mine.add_word(word, freq=200_000)
        whole.add_word(word, freq=200_000)
    lines = {
        line for file in (ROOT / "intents").rglob("*.yml") for line in file.read_text().splitlines()
    }
    assert len(lines) > 10_000
    for line in lines:
        assert list(mine.cut(line, HMM=False)) == list(whole.cut(line, HMM=False))
    assert len(mine.FREQ) < len(whole.FREQ)


def test_a_tokenizer_has_only_what_it_met() -> None:
    tokenizer = LazyTokenizer(WordList("医保 5 n\n医生 7 n\n缴费 3 v\n医 2 n\n".encode()))
    assert list(tokenizer.cut("医保", HMM=False)) == ["医保"]
    assert tokenizer.FREQ == {"医": 2, "医保": 5, "医生": 7}
    assert tokenizer.total == 17


def test_a_word_of_ours_outlives_the_words_of_its_character() -> None:
    tokenizer = LazyTokenizer(WordList("医保 5 n\n".encode()))
    tokenizer.add_word("医保", freq=100)
    list(tokenizer.cut("医保卡", HMM=False))
    assert tokenizer.FREQ["医保"] == 100


def test_threads_that_meet_a_character_together_cut_alike() -> None:
    tokenizer, start = LazyTokenizer(), threading.Barrier(8)
    cut: list[list[str]] = []

    def work() -> None:
        start.wait(timeout=10)
        cut.append(list(tokenizer.cut("城乡居民基本医疗保险参保缴费", HMM=False)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = list(LazyTokenizer().cut("城乡居民基本医疗保险参保缴费", HMM=False))
    assert cut == [expected] * 8
