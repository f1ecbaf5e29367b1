"""A token store in memory, for tests that need no replicas."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.domain.access_token import AccessToken
from app.errors import StateUnavailableError


class MemoryTokens:
    """Implements the client's `TokenStore`; `away` makes every call fail."""

    def __init__(self) -> None:
        self.away = False
        self.full = False
        """Whether nothing can be written any more."""
        self.forced = 0
        self.force_limit = 20
        self.held = False
        self.shared: dict[tuple[str, str], AccessToken] = {}

    async def load(self, account: str, app_id: str) -> AccessToken | None:
        self._check()
        return self.shared.get((account, app_id))

    async def save(self, account: str, app_id: str, token: AccessToken) -> None:
        self._check()
        if self.full:
            raise StateUnavailableError("full")
        self.shared[account, app_id] = token

    @asynccontextmanager
    async def lock(self, account: str) -> AsyncIterator[bool]:
        self._check()
        mine = not self.held
        self.held = True
        try:
            yield mine
        finally:
            if mine:
                self.held = False

    async def may_force(self, account: str) -> bool:
        self._check()
        self.forced += 1
        return self.forced <= self.force_limit

    def seed(self, account: str, app_id: str, *, age_s: float = 100.0, value: str = "OLD") -> None:
        """Share a token that was fetched some time ago."""
        now = time.time()  # noqa: TID251 - tests live in real time
        self.shared[account, app_id] = AccessToken(value, now - age_s, now - age_s + 7200)

    def _check(self) -> None:
        if self.away:
            raise StateUnavailableError("away")
