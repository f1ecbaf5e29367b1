"""Any text is ranked in bounded time, and the ranking is sound."""

from __future__ import annotations

import math
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.explaining import explain
from app.matching.matcher import SHOWN, Matcher
from tests.unit.matching.little import SENTENCES, trained, usual

WORDS = st.sampled_from([t for texts in SENTENCES.values() for t in texts])
LETTERS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz ü"), max_size=80)
ANY = st.text(st.characters(codec=None), max_size=80)


@cache
def matcher() -> Matcher:
    return trained(usual())


@given(st.lists(ANY | WORDS | LETTERS, max_size=6).map("".join))
@settings(max_examples=300, deadline=None)
def test_ranking_is_sound(text: str) -> None:
    ranking = matcher().rank(text)
    assert len(ranking.candidates) <= SHOWN
    confidences = [c.confidence for c in ranking.candidates]
    assert all(0.0 <= c <= 1.0 for c in confidences)
    assert confidences == sorted(confidences, reverse=True)
    assert len({c.intent for c in ranking.candidates}) == len(ranking.candidates)
    for candidate in ranking.candidates:
        assert all(math.isfinite(v) for v in candidate.evidence.values())
    assert ranking == matcher().rank(text)


@given(ANY | LETTERS)
@settings(max_examples=100, deadline=None)
def test_explaining_never_fails(text: str) -> None:
    explanation = explain(matcher(), text)
    assert all(0 < n.similarity <= 1.001 for n in explanation.neighbours)


@pytest.mark.parametrize(
    "text",
    [
        "医保" * 5_000_000,
        "\U0001f600" * 2_500_000,
        "\ud800" * 3_000_000,
        "\u202e\u200b" * 2_000_000,
        "zenmejiaofei" * 800_000,
        "ng" * 5_000_000,
        "急急急谢谢" * 2_000_000,
        "怎么缴费？" * 2_000_000,
        "ﷺ" * 3_000_000,
    ],
    ids=lambda t: ascii(t[:6]),
)
def test_ten_megabytes_take_no_time(text: str) -> None:
    matcher().rank("预热 yure")
    started = time.perf_counter()
    ranking = matcher().rank(text)
    assert time.perf_counter() - started < 1.0
    assert "只看了前后共 400 个字" in ranking.notes


def test_nothing_written_gives_no_candidates() -> None:
    for text in ("", " ", "？！", "\u200b", "\U0001f600"):
        assert matcher().rank(text).candidates == ()


def test_an_exact_utterance_is_answered() -> None:
    for name, texts in SENTENCES.items():
        for text in texts:
            ranking = matcher().rank(f"  {text}？")
            assert ranking.is_exact
            assert ranking.candidates[0].intent == name
            assert ranking.candidates[0].confidence >= ranking.accept
