"""Owners of utterances: what counts as a move, and how many are looked at in huge content."""

from __future__ import annotations

import pytest

from app.domain.names import IntentId, Region
from app.impact import ownership
from app.impact.ownership import LEAST_MOVE, Moved, moved
from app.matching.explaining import Confusable
from tests.unit.impact.contents import BANK, learned, planted

A, B = IntentId("a_one"), IntentId("b_two")


def judged(margin: float) -> Confusable:
    return Confusable("怎么交", A, B, margin)


@pytest.mark.parametrize(
    ("before", "after", "is_news", "is_lost"),
    [
        (0.3, -0.3, True, True),
        (-0.3, 0.3, True, False),
        (0.01, -0.01, False, True),
        (LEAST_MOVE, -0.001, True, True),
    ],
)
def test_what_moves_along_the_border_is_no_news(
    before: float, after: float, is_news: bool, is_lost: bool
) -> None:
    found = Moved("怎么交", A, judged(before), judged(after))
    assert (found.is_news, found.is_lost) == (is_news, is_lost)


def test_huge_content_is_sampled_alike_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    region = Region("liuzhou")
    old, new = (learned(*e)[0].matchers[region] for e in ((), _thieves()))
    every = moved(old, new)
    assert every
    monkeypatch.setattr(ownership, "is_judged", lambda _: False)
    monkeypatch.setattr(ownership, "SAMPLE", 40)
    some = moved(old, new)
    assert some == moved(old, new)
    assert set(some) < set(every)


def _thieves() -> tuple[tuple[str, str, str], ...]:
    return (planted(BANK, ("在支付宝里缴医保", "用支付宝点哪里交", "支付宝能交")),)
