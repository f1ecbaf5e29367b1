"""A token kept by one process only: for commands, which need no Redis.

`stable_token` gives the same token to everybody, so this takes none from the running service.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.domain.access_token import AccessToken


class LocalTokens:
    """Implements `TokenStore` without sharing.

    Never forces a refresh, which would kill the token that the service uses.
    """

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], AccessToken] = {}

    async def load(self, account: str, app_id: str) -> AccessToken | None:
        """Return the process's token."""
        return self._tokens.get((account, app_id))

    async def save(self, account: str, app_id: str, token: AccessToken) -> None:
        """Keep a token."""
        self._tokens[account, app_id] = token

    @asynccontextmanager
    async def lock(self, account: str) -> AsyncIterator[bool]:
        """Yield True: nobody else is here."""
        yield True

    async def may_force(self, account: str) -> bool:
        """Return False."""
        return False
