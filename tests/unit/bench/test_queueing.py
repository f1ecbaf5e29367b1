"""Erlang's formula against known values, the simulation against the formula, and what must hold."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.queueing import (
    LogNormal,
    crowd,
    erlang_c,
    erlang_wait_s,
    percentile,
    poisson_times,
    waits,
)


@pytest.mark.parametrize(
    ("servers", "load", "expected"),
    [
        (1, 0.7, 0.7),  # M/M/1: the load itself
        (2, 1.0, 1 / 3),  # 2ρ²/(1+ρ) at ρ = 1/2
        (2, 1.6, 2 * 0.8**2 / 1.8),
        (3, 2.0, 4 / 9),  # (8/6·3) / (1+2+2+4)
        (10, 12.0, 1.0),
    ],
)
def test_erlang_c_has_its_known_values(servers: int, load: float, expected: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(expected)


@given(servers=st.integers(1, 200), load=st.floats(0.01, 150))
def test_one_more_server_means_less_waiting(servers: int, load: float) -> None:
    assert 0 <= erlang_c(servers + 1, load) <= erlang_c(servers, load) <= 1


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.8), (3, 0.85), (8, 0.9)])
def test_the_simulation_agrees_with_erlang(servers: int, busy: float) -> None:
    service_s = 0.01
    per_s = servers * busy / service_s
    found = crowd(11, per_s, 120_000 / per_s, lambda rng: rng.expovariate(1 / service_s))
    waited = waits(found.arrivals, found.services, servers, "common")
    share = sum(w > 0 for w in waited) / len(waited)
    assert share == pytest.approx(erlang_c(servers, servers * busy), rel=0.06)
    for quantile in (0.9, 0.99):
        expected = erlang_wait_s(servers, per_s, service_s, quantile)
        assert percentile(waited, quantile) == pytest.approx(expected, rel=0.15)


def test_random_dispatch_is_many_single_queues() -> None:
    """A Poisson stream thinned at random is one: each replica is M/M/1 at its share of the rate."""
    service_s, per_s, replicas = 0.01, 320.0, 4
    found = crowd(5, per_s, 400, lambda rng: rng.expovariate(1 / service_s))
    waited = waits(found.arrivals, found.services, replicas, "random", found.choices)
    expected = erlang_wait_s(1, per_s / replicas, service_s, 0.99)
    assert percentile(waited, 0.99) == pytest.approx(expected, rel=0.15)


LOADS = st.tuples(st.integers(0, 10**6), st.floats(5, 200), st.floats(0.001, 0.05))


@settings(max_examples=40, deadline=None)
@given(drawn=LOADS, replicas=st.integers(1, 12))
def test_more_replicas_never_mean_more_waiting(
    drawn: tuple[int, float, float], replicas: int
) -> None:
    """With a common queue for each single message; with random queues where they are doubled."""
    seed, per_s, service_s = drawn
    found = crowd(seed, per_s, 4.0, LogNormal(service_s, 0.5))
    few = waits(found.arrivals, found.services, replicas, "common")
    more = waits(found.arrivals, found.services, replicas + 1, "common")
    assert all(m <= f + 1e-9 for m, f in zip(more, few, strict=True))
    few = waits(found.arrivals, found.services, replicas, "random", found.choices)
    more = waits(found.arrivals, found.services, 2 * replicas, "random", found.choices)
    assert all(m <= f + 1e-9 for m, f in zip(more, few, strict=True))


def test_queues_of_their_own_wait_longer_than_a_common_one() -> None:
    found = crowd(3, 250.0, 60.0, LogNormal(0.01, 0.3))
    common, turns, chance = (
        found.response_s(4, dispatch) for dispatch in ("common", "turns", "random")
    )
    assert common < turns < chance


def test_too_few_replicas_never_catch_up() -> None:
    found = crowd(3, 250.0, 60.0, LogNormal(0.01, 0.3))
    assert found.response_s(2, "common") > 5
    assert erlang_wait_s(2, 250.0, 0.01, 0.99) == math.inf


def test_draws_have_their_mean_and_depend_on_the_seed_only() -> None:
    rng = Random(1)
    service = LogNormal(0.003, 0.4)
    assert sum(service(rng) for _ in range(20_000)) / 20_000 == pytest.approx(0.003, rel=0.02)
    assert len(poisson_times(rng, 100.0, 100.0)) == pytest.approx(10_000, rel=0.05)
    assert crowd(1, 10.0, 10.0, service) == crowd(1, 10.0, 10.0, service)
    assert crowd(1, 10.0, 10.0, service) != crowd(2, 10.0, 10.0, service)
