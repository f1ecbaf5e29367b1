"""The breaker: opens after failures in a row, tries again with one, closes on success."""

from __future__ import annotations

import threading

from app.evidence.breaker import FAILURES, REST_S, Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    reports = []
    for _ in range(FAILURES):
        assert breaker.allows()
        reports.append(breaker.failed())
    assert reports == [False] * (FAILURES - 1) + [True]
    return breaker


def test_opens_after_failures_in_a_row() -> None:
    assert not opened(Clock()).allows()


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(Clock())
    for _ in range(5):
        for _ in range(FAILURES - 1):
            breaker.failed()
        breaker.succeeded()
    assert breaker.allows()


def test_one_may_try_after_the_rest() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += REST_S - 0.1
    assert not breaker.allows()
    clock.now += 0.2
    assert [breaker.allows() for _ in range(4)] == [True, False, False, False]


def test_who_tries_and_never_reports_does_not_block_for_ever() -> None:
    clock = Clock()
    breaker = opened(clock)
    for _ in range(3):
        clock.now += REST_S + 0.1
        assert breaker.allows()
        assert not breaker.allows()


def test_a_failed_try_rests_again_and_is_not_announced_again() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += REST_S + 0.1
    assert breaker.allows()
    assert not breaker.failed()
    assert not breaker.allows()


def test_a_successful_try_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += REST_S + 0.1
    assert breaker.allows()
    breaker.succeeded()
    assert all(breaker.allows() for _ in range(10))


def test_of_many_threads_one_tries() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += REST_S + 0.1
    allowed: list[bool] = []
    threads = [threading.Thread(target=lambda: allowed.append(breaker.allows())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sum(allowed) == 1
