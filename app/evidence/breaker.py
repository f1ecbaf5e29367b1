"""A circuit breaker: a service that keeps failing is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 3
"""Failures in a row after which the service is left alone."""
REST_S = 30.0
"""Seconds until it is tried again, with one request."""


class Breaker:
    """Closed: everybody may ask. Open: nobody, until a rest is over; then one, who decides.

    Safe to use from several threads. The clock is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._resting_until = 0.0

    def allows(self) -> bool:
        """Tell whether the caller may ask now; a True must be followed by a report."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            now = self._clock()
            if now < self._resting_until:
                return False
            # The one who tries; all others go on waiting, also where this one never reports.
            self._resting_until = now + REST_S
            return True

    def succeeded(self) -> None:
        """Report an answer."""
        with self._lock:
            self._failures = 0

    def failed(self) -> bool:
        """Report a failure; True where it is the one that opened the breaker."""
        with self._lock:
            self._failures += 1
            if self._failures < FAILURES:
                return False
            self._resting_until = self._clock() + REST_S
            return self._failures == FAILURES
