"""A circuit breaker for one account's API: while it is away, nobody waits for it."""

from __future__ import annotations

import math
from collections.abc import Callable

FAILURES = 5
"""Failed exchanges in a row after which the API is left alone."""
REST_S = 30.0
"""Seconds until one call tries it again."""


class ApiBreaker:
    """Belongs to one event loop. The clock is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._resting_until = -math.inf

    def allows(self) -> bool:
        """Tell whether to call now; after a rest only one caller is let through."""
        now = self._clock()
        if now < self._resting_until:
            return False
        if self._failures >= FAILURES:
            self._resting_until = now + REST_S
        return True

    def succeeded(self) -> None:
        """Note an answer, whatever it says: the platform is there."""
        self._failures = 0
        self._resting_until = -math.inf

    def failed(self) -> bool:
        """Note a failure; True where it is the one that opened the breaker."""
        self._failures += 1
        if self._failures < FAILURES:
            return False
        self._resting_until = self._clock() + REST_S
        return self._failures == FAILURES
