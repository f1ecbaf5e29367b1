"""The soak's verdict on a series: flat ones pass, leaking ones do not, whatever the noise."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.steadiness import Limit, trend

MEMORY = Limit("进程内存", "MB", 10.0, 0.05)
TIMES = [5.0 * n for n in range(120)]
"""Ten minutes, a sample each five seconds."""


def series(per_hour: float, seed: int, noise: float = 1.0) -> list[float]:
    """Return 250 MB that grow, with noise, and a peak now and then as while content is loaded."""
    rng = Random(seed)
    return [
        250 + per_hour * at / 3600 + rng.gauss(0, noise) + (rng.random() < 0.05) * 40
        for at in TIMES
    ]


def test_noise_and_peaks_are_seldom_taken_for_a_leak() -> None:
    """The bound is one of confidence: of a thousand flat series one or two may rise by chance."""
    found = [trend(MEMORY, TIMES, series(0.0, seed)) for seed in range(1000)]
    flat = [one for one in found if one.flat]
    assert len(flat) >= 995
    assert {one.complaint() for one in flat} == {""}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), per_hour=st.floats(25, 5000))
def test_a_leak_is_told_with_its_size(seed: int, per_hour: float) -> None:
    found = trend(MEMORY, TIMES, series(per_hour, seed))
    assert not found.flat
    assert found.per_hour == pytest.approx(per_hour, abs=25, rel=0.02)
    assert "进程内存在涨" in found.complaint()


def test_a_leak_by_steps_is_told() -> None:
    """Each publication of content leaves 3 MB behind."""
    values = [250 + 3.0 * (at // 60) for at in TIMES]
    assert not trend(MEMORY, TIMES, values).flat


def test_what_shrinks_is_flat() -> None:
    assert trend(MEMORY, TIMES, series(-500, 1)).flat


def test_the_bound_counts_and_not_the_slope_alone() -> None:
    """So much noise that nobody can tell: that is no proof of flatness."""
    found = trend(MEMORY, TIMES[:20], series(0.0, 3, noise=60.0)[:20])
    assert found.upper_per_hour > found.per_hour
    assert not found.flat


def test_the_horizon_is_an_hour_unless_the_run_is_short() -> None:
    assert trend(MEMORY, TIMES, [1.0] * 120).horizon_s == 3600
    assert trend(MEMORY, TIMES[:20], [1.0] * 20).horizon_s == TIMES[19]


def test_the_allowance_is_the_larger_of_share_and_amount() -> None:
    assert MEMORY.allowed(100) == 10
    assert MEMORY.allowed(1000) == 50


def test_too_few_samples_are_no_verdict() -> None:
    with pytest.raises(ValueError, match="只有 5 个样本"):
        trend(MEMORY, TIMES[:5], [1.0] * 5)
