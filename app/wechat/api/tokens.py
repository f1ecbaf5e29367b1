"""The access token: fetched once for all replicas, renewed ahead, never in a loop.

`stable_token` is used because several processes may call it without invalidating each other's
token; the lock only saves calls. Source: 获取稳定版接口调用凭据.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from app.domain.access_token import AccessToken
from app.errors import ApiTransportError, StateError, WeChatApiError
from app.wechat.api.actions import Action
from app.wechat.api.codes import errcode_of, error_of, rule_of
from app.wechat.api.exchange import Exchange, decode_json
from app.wechat.api.ports import ApiAccount, ApiMeter, TokenStore

ENDPOINT = "/cgi-bin/stable_token"

_AHEAD_S = 240.0
"""Renewed so long before it expires, by whoever comes first; the others go on with the old one.
Earlier than 300 s before the platform would only repeat the same token."""
_FRESH_S = 60.0
"""A token that was fetched so recently is not fetched again, however short its life; nor is one
asked for again so soon after the platform refused."""
_USABLE_S = 20.0
"""Less life than this is none: a call takes some seconds."""
_MEMORY_S = 60.0
"""Looked up in the store again after so long. Source: 接口调用概述 (cache ≤ 1 min in memory)."""
_LOCK_WAIT_S = 4.0
_LOCK_LOOK_S = 0.1
_BUSY_S = 0.3
_PAUSE_S = 2.0
_MAX_TOKEN_CHARS = 4096


class StillAwayError(ApiTransportError):
    """The platform did not answer just now and was not asked again."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time as the client sees it, injected."""

    now: Callable[[], float]
    """Unix seconds."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds, for durations."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class AccessTokens:
    """The token of one account. Belongs to one event loop."""

    def __init__(
        self,
        account: ApiAccount,
        exchange: Exchange,
        store: TokenStore,
        clocks: Clocks,
        meter: ApiMeter,
        log: FilteringBoundLogger,
    ) -> None:
        self._account = account
        self._exchange = exchange
        self._store = store
        self._clocks = clocks
        self._meter = meter
        self._log = log
        self._lock = asyncio.Lock()
        self._token: AccessToken | None = None
        self._looked_at = 0.0
        self._refusal: WeChatApiError | None = None
        self._rests_until = 0.0

    async def current(self) -> AccessToken:
        """Return a token that lives for at least 20 s; no network while it is in memory.

        Raises:
            WeChatApiError: The platform refuses a token, or cannot be reached.
        """
        token = self._remembered()
        if token is not None:
            return token
        async with self._lock:
            return self._remembered() or await self._obtain(rejected="")

    async def renewed(self, rejected: AccessToken) -> AccessToken:
        """Return another token than the one that the platform rejected; one fetch for all callers.

        Raises:
            WeChatApiError: As `current`.
        """
        async with self._lock:
            if self._token is not None and self._token.value != rejected.value:
                return self._token
            self._token = None
            return await self._obtain(rejected=rejected.value)

    def _remembered(self) -> AccessToken | None:
        """Return the token in memory while it need not be looked up."""
        now = self._clocks.now()
        if self._token is None or now - self._looked_at > _MEMORY_S:
            return None
        return None if self._is_old(self._token) else self._token

    async def _obtain(self, rejected: str) -> AccessToken:
        """Take the shared token, or fetch one while holding the lock of all replicas."""
        try:
            token = await self._shared_or_fetched(rejected)
        except StateError as exc:
            # Without the store each replica fetches for itself, which the platform allows.
            self._log.warning(
                "token_store_away", account=self._account.id, error=type(exc).__name__
            )
            token = self._alive(self._token, rejected) or await self._fetch(force=False)
        self._token, self._looked_at = token, self._clocks.now()
        self._meter.api_token(self._account.id, token.fetched_at, token.expires_at)
        return token

    async def _shared_or_fetched(self, rejected: str) -> AccessToken:
        for _ in range(round(_LOCK_WAIT_S / _LOCK_LOOK_S)):
            shared = await self._load(rejected)
            if shared is not None and not self._is_old(shared):
                return shared
            async with self._store.lock(self._account.id) as mine:
                if mine:
                    return await self._renew(rejected)
            if shared is not None:  # another replica renews it; it is good until then
                return shared
            await self._clocks.sleep(_LOCK_LOOK_S)
        return await self._fetch_and_share(force=False)

    async def _renew(self, rejected: str) -> AccessToken:
        """Fetch, unless another replica did so just before this one got the lock."""
        shared = await self._load(rejected)
        if shared is not None and not self._is_old(shared):
            return shared
        try:
            force = bool(rejected) and await self._store.may_force(self._account.id)
            return await self._fetch_and_share(force=force)
        except WeChatApiError as exc:
            if shared is None:
                raise
            # It lives for some minutes yet: tried again after a rest.
            self._rests_until = self._clocks.now() + _FRESH_S
            self._log.warning("token_not_renewed", account=self._account.id, errcode=exc.errcode)
            return shared

    async def _load(self, rejected: str) -> AccessToken | None:
        stored = await self._store.load(self._account.id, self._account.app_id)
        return self._alive(stored, rejected)

    def _alive(self, token: AccessToken | None, rejected: str) -> AccessToken | None:
        if token is None or token.value == rejected:
            return None
        return token if self._clocks.now() < token.expires_at - _USABLE_S else None

    def _is_old(self, token: AccessToken) -> bool:
        now = self._clocks.now()
        if now < max(token.fetched_at + _FRESH_S, self._rests_until):
            return now >= token.expires_at - _USABLE_S
        return now >= token.expires_at - _AHEAD_S

    async def _fetch_and_share(self, *, force: bool) -> AccessToken:
        token = await self._fetch(force=force)
        # Kept even where sharing fails: else the same call would fetch a second one.
        self._token = token
        await self._store.save(self._account.id, self._account.app_id, token)
        return token

    async def _fetch(self, *, force: bool) -> AccessToken:
        """Ask the platform, but not again for a minute after it refused.

        Nor for two seconds after it did not answer: whoever waited meanwhile fails with the first.
        """
        if self._refusal is not None and self._clocks.now() < self._rests_until:
            raise _again(self._refusal)
        self._refusal = None
        try:
            return await self._ask_twice(force=force)
        except WeChatApiError as exc:
            rest_s = _PAUSE_S if _may_pass(exc) else _FRESH_S
            self._refusal, self._rests_until = exc, self._clocks.now() + rest_s
            raise

    async def _ask_twice(self, *, force: bool) -> AccessToken:
        """Ask again where the platform is busy or was not reached, and there is time for it."""
        try:
            return await self._ask(force=force)
        except WeChatApiError as exc:
            took_its_time = isinstance(exc, ApiTransportError) and exc.was_sent
            if took_its_time or not _may_pass(exc):
                raise
        await self._clocks.sleep(_BUSY_S)
        return await self._ask(force=force)

    async def _ask(self, *, force: bool) -> AccessToken:
        """Ask the platform; with `force` the old token dies (≤ 20 a day, ≥ 30 s apart)."""
        body = {
            "grant_type": "client_credential",
            "appid": self._account.app_id,
            "secret": self._account.app_secret,
            "force_refresh": force,
        }
        fetched_at, began, outcome = self._clocks.now(), self._clocks.monotonic(), "network"
        try:
            received = await self._exchange.send("POST", ENDPOINT, body=body)
            answer = decode_json(received, ENDPOINT)
            code = errcode_of(answer)
            value, lives_s = answer.get("access_token"), answer.get("expires_in")
            outcome = str(code) if code else "ok"
            if code:
                raise error_of(code, ENDPOINT, str(answer.get("errmsg", "")))
            if not _is_token(value) or not isinstance(lives_s, int) or lives_s <= 0:
                outcome = "malformed"
                raise WeChatApiError(0, ENDPOINT, "微信没有给出凭据")
        finally:
            spent = self._clocks.monotonic() - began
            self._meter.api_call(self._account.id, ENDPOINT, outcome, spent)
        return AccessToken(str(value), fetched_at, fetched_at + lives_s)


def _again(refusal: WeChatApiError) -> WeChatApiError:
    """Return a new error that says the same; one raised twice would collect tracebacks."""
    if isinstance(refusal, ApiTransportError):
        return StillAwayError(ENDPOINT, refusal.message, was_sent=refusal.was_sent)
    kind, rid = type(refusal), refusal.rid
    return kind(refusal.errcode, ENDPOINT, refusal.message, refusal.remedy, rid=rid)


def _may_pass(exc: WeChatApiError) -> bool:
    """Tell whether the same question may be answered better in a moment."""
    return isinstance(exc, ApiTransportError) or rule_of(exc.errcode).action is Action.RETRY


def _is_token(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_TOKEN_CHARS and value.isascii()
