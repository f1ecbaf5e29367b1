"""Initials are read where they are a domain word's, and nowhere else."""

from __future__ import annotations

import pytest

from app.matching.initials import Initials

INITIALS = Initials(["医保", "缴费", "社保卡", "小程序"])


@pytest.mark.parametrize(
    ("typed", "read"),
    [("yb jf", "医保 缴费"), ("sbk用不了", "社保卡用不了"), ("xcx里点哪", "小程序里点哪")],
)
def test_initials_become_words(typed: str, read: str) -> None:
    assert INITIALS.expand(typed)[0] == read


@pytest.mark.parametrize("typed", ["app", "yibao jiaofei", "ybx", "qqq", "a yb1", "ppt"])
def test_other_letters_stay(typed: str) -> None:
    assert INITIALS.expand(typed) == (typed, ())


def test_the_first_word_of_the_list_wins() -> None:
    assert Initials(["缴费", "积分"]).expand("jf")[0] == "缴费"
