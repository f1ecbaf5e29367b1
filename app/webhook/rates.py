"""How many messages of an account one process takes up in a second.

Kept in the process: it protects the process, also where Redis is what is overloaded.
"""

from __future__ import annotations

_WINDOW_S = 1.0


class AccountRates:
    """Counts messages by account, in windows of a second.

    Args:
        per_s: Messages of one account in a window; 0: any number.
    """

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, account: str, now: float) -> bool:
        """Count a message at `now` (seconds of a monotonic clock); False: turn it away."""
        if self._per_s == 0:
            return True
        since, count = self._windows.get(account, (now, 0))
        if now - since >= _WINDOW_S:
            since, count = now, 0
        self._windows[account] = (since, count + 1)
        return count < self._per_s
