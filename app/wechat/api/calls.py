"""Calls with a token: bounded retries, one renewal, rests where the platform asks for them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from structlog.typing import FilteringBoundLogger

from app.domain.access_token import AccessToken
from app.domain.channels import Capability
from app.errors import ApiTransportError, NotGrantedError, RateLimitError, WeChatApiError
from app.wechat.api.actions import Action
from app.wechat.api.breaker import ApiBreaker
from app.wechat.api.codes import errcode_of, error_of, rule_of
from app.wechat.api.exchange import ANSWER_BYTES, Exchange, Received, decode_json
from app.wechat.api.ports import ApiMeter
from app.wechat.api.tokens import AccessTokens, Clocks, StillAwayError
from app.wechat.capabilities import Standing

ATTEMPTS = 3
"""Exchanges for one call at most, a renewal of the token counted as one."""
_BACK_OFF_S = (0.2, 0.6)
_REST_S = {45009: 600.0, 45011: 60.0}
"""A path is left alone so long where its calls of the day or minute are used."""
_NOT_GRANTED_REST_S = 3600.0
"""After 48001 the capability counts as missing for so long, whatever the settings say."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API."""

    method: str
    endpoint: str
    """Path, e.g. `/cgi-bin/menu/get`."""
    needs: Capability
    body: Mapping[str, Any] | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False
    """Whether it may be sent again when nobody knows if the first one took effect."""
    max_bytes: int = ANSWER_BYTES
    total_s: float | None = None
    """Limit for one exchange, in seconds; None: that of the exchange."""
    is_binary: bool = False
    """Whether a good answer is no JSON."""
    expected: frozenset[int] = frozenset()
    """Codes that are an answer to this question and no failure; raised, but not logged."""


class Caller:
    """Makes the calls of one account. Belongs to one event loop."""

    def __init__(
        self,
        account: str,
        standing: Standing,
        exchange: Exchange,
        tokens: AccessTokens,
        clocks: Clocks,
        meter: ApiMeter,
        rng: random.Random,
        log: FilteringBoundLogger,
    ) -> None:
        self._account = account
        self._standing = standing
        self._exchange = exchange
        self._tokens = tokens
        self._clocks = clocks
        self._meter = meter
        self._rng = rng
        self._log = log
        self._breaker = ApiBreaker(clocks.monotonic)
        self._rests: dict[str, float] = {}
        self._lost: dict[Capability, float] = {}

    def may(self, capability: Capability) -> bool:
        """Return whether the account is granted this, and the platform has not denied it lately."""
        denied_until = self._lost.get(capability, -math.inf)
        return self._standing.may(capability) and self._clocks.monotonic() >= denied_until

    async def answer(self, call: Call) -> dict[str, Any]:
        """Return the platform's JSON answer to a call that it accepted.

        Raises:
            WeChatApiError: See `app.errors`; `NotGrantedError` without any network.
        """
        return decode_json(await self.received(call), call.endpoint)

    async def received(self, call: Call) -> Received:
        """Return the answer to a call that the platform accepted, as it came.

        Raises:
            WeChatApiError: As `answer`.
        """
        self._check_allowed(call)
        token, left = await self._token(None), ATTEMPTS
        for attempt in range(ATTEMPTS):
            left -= 1
            is_new = self._clocks.now() - token.fetched_at < 1 or attempt > 0
            try:
                return await self._once(call, token)
            except WeChatApiError as exc:
                action = self._action(call, exc)
                if action is Action.REFRESH_TOKEN and not is_new and left >= 1:
                    token, left = await self._token(token), left - 1
                    continue
                if action is not Action.RETRY or left < 1:
                    self._note(call, exc)
                    raise
            await self._clocks.sleep(self._back_off_s(attempt))
        raise AssertionError("the last attempt returns or raises")

    def _check_allowed(self, call: Call) -> None:
        if not self.may(call.needs):
            message = f"{self._standing.label}没有“{call.needs.value}”权限，没有调用"
            remedy = rule_of(48001).remedy
            raise NotGrantedError(48001, call.endpoint, message, remedy)
        if self._clocks.monotonic() < self._rests.get(call.endpoint, -math.inf):
            rule = rule_of(45009)
            message = "接口的调用次数刚刚用完，暂停调用"
            raise RateLimitError(45009, call.endpoint, message, rule.remedy)
        if not self._breaker.allows():
            raise ApiTransportError(call.endpoint, "微信接口连续失败，暂停调用", was_sent=False)

    async def _token(self, rejected: AccessToken | None) -> AccessToken:
        try:
            if rejected is None:
                return await self._tokens.current()
            return await self._tokens.renewed(rejected)
        except StillAwayError:
            raise  # whoever asked has counted it
        except ApiTransportError:
            self._failed()
            raise
        except WeChatApiError as exc:
            self._alarm(exc)
            raise

    async def _once(self, call: Call, token: AccessToken) -> Received:
        """Make one exchange and read its code."""
        began, outcome = self._clocks.monotonic(), "network"
        try:
            received = await self._exchange.send(
                call.method,
                call.endpoint,
                params={"access_token": token.value, **call.params},
                body=call.body,
                max_bytes=call.max_bytes,
                total_s=call.total_s,
            )
            answer = _json_of(received, call)
            code = errcode_of(answer)
            outcome = str(code) if code else "ok"
        finally:
            spent = self._clocks.monotonic() - began
            self._meter.api_call(self._account, call.endpoint, outcome, spent)
        self._breaker.succeeded()
        if code:
            raise error_of(code, call.endpoint, str(answer.get("errmsg", "")))
        return received

    def _action(self, call: Call, exc: WeChatApiError) -> Action:
        if isinstance(exc, ApiTransportError):
            self._failed()
            return Action.RETRY if call.repeatable or not exc.was_sent else Action.GIVE_UP
        return rule_of(exc.errcode).action

    def _failed(self) -> None:
        if self._breaker.failed():
            self._log.warning("wechat_api_rests", account=self._account)

    def _note(self, call: Call, exc: WeChatApiError) -> None:
        """Remember what must not be met again at once, and tell the operator."""
        now = self._clocks.monotonic()
        action = rule_of(exc.errcode).action
        if action is Action.BACK_OFF:
            self._rests[call.endpoint] = now + _REST_S.get(exc.errcode, 60.0)
        if action is Action.NOT_GRANTED:
            self._lost[call.needs] = now + _NOT_GRANTED_REST_S
        if not isinstance(exc, ApiTransportError) and exc.errcode not in call.expected:
            self._alarm(exc)

    def _alarm(self, exc: WeChatApiError) -> None:
        action = rule_of(exc.errcode).action
        if action in {Action.ALARM, Action.NOT_GRANTED, Action.REFRESH_TOKEN}:
            self._meter.api_alarm(self._account, exc.errcode)
            self._log.error("wechat_api_alarm", account=self._account, message=str(exc))
        elif action is not Action.HARMLESS:
            self._log.warning("wechat_api_refused", account=self._account, message=str(exc))

    def _back_off_s(self, attempt: int) -> float:
        """Return a wait that spreads replicas: between half and the whole of the step."""
        step = _BACK_OFF_S[min(attempt, len(_BACK_OFF_S) - 1)]
        return step * (0.5 + self._rng.random() / 2)


def _json_of(received: Received, call: Call) -> dict[str, Any]:
    """Return the JSON that tells about success; of a picture or voice there is none."""
    if call.is_binary and received.content_type not in {"application/json", "text/plain"}:
        return {}
    return decode_json(received, call.endpoint)
