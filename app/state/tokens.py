"""Access tokens shared by all replicas, and the lock under which one of them fetches.

A token is worth as much as the account's menu and messages: Redis must not be open to others.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import cast

from app.domain.access_token import AccessToken
from app.state import window_scripts
from app.state.keys import (
    FORCED_DAY_CAP,
    FORCED_GAP_S,
    FORCED_TTL_S,
    TOKEN_LOCK_TTL_S,
    TOKEN_TTL_S,
    token_forced_key,
    token_key,
    token_lock_key,
)
from app.state.store import Store, store_errors


class SharedTokens:
    """The tokens of all accounts.

    Args:
        store: Where they are.
        salt: Secret of the deployment.
        now: Unix seconds.
        new_name: Source of unique names for holders of the lock.
    """

    def __init__(
        self,
        store: Store,
        salt: str,
        now: Callable[[], float],
        *,
        new_name: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        self._store = store
        self._salt = salt.encode()
        self._now = now
        self._new_name = new_name

    async def load(self, account: str, app_id: str) -> AccessToken | None:
        """Return the shared token; None where there is none, or it is that of another AppID.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            raw = cast("bytes | None", await self._store.client.get(token_key(account)))
        return self._decoded(raw, app_id) if raw else None

    async def save(self, account: str, app_id: str, token: AccessToken) -> None:
        """Share a token for as long as it lives.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        lives_s = min(TOKEN_TTL_S, token.expires_at - self._now())
        if lives_s <= 0:
            return
        entry = {
            "app": self._digest(app_id),
            "token": token.value,
            "fetched_at": token.fetched_at,
            "expires_at": token.expires_at,
        }
        with store_errors():
            await self._store.client.set(
                token_key(account), json.dumps(entry), px=max(1, round(lives_s * 1000))
            )

    @asynccontextmanager
    async def lock(self, account: str) -> AsyncIterator[bool]:
        """Yield whether the caller is the one replica that may fetch; freed after 10 s at most.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        name, key = self._new_name(), token_lock_key(account)
        with store_errors():
            mine = bool(await self._store.client.set(key, name, nx=True, ex=TOKEN_LOCK_TTL_S))
        try:
            yield mine
        finally:
            if mine:
                await self._store.run(window_scripts.FREE_LOCK, [key], [name])

    async def may_force(self, account: str) -> bool:
        """Count a forced refresh; False within 30 s of the last one, or after twenty in a day.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        allowed = await self._store.run(
            window_scripts.FORCE_TOKEN,
            [token_forced_key(account)],
            [FORCED_GAP_S * 1000, FORCED_DAY_CAP, FORCED_TTL_S * 1000],
        )
        return bool(allowed)

    def _decoded(self, raw: bytes, app_id: str) -> AccessToken | None:
        """Return the entry; None where it is of another AppID or cannot be read: fetch then."""
        try:
            entry = json.loads(raw)
            if not hmac.compare_digest(str(entry["app"]), self._digest(app_id)):
                return None
            return AccessToken(
                str(entry["token"]), float(entry["fetched_at"]), float(entry["expires_at"])
            )
        except (ValueError, KeyError, TypeError):
            return None

    def _digest(self, app_id: str) -> str:
        return hmac.new(self._salt, app_id.encode(), sha256).hexdigest()[:32]
