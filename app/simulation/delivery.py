"""Delivers pushes as WeChat does: 5 s, three requests with the same MsgId, MarkFail.

A request is repeated after a timeout or a broken connection, never after an answer. What the user
sees: one reply per message, or 该公众号提供的服务出现故障 where no request brought one that WeChat
accepts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from app.simulation.envelope import Account, AnswerError, read_answer, request
from app.simulation.pushes import Push
from app.simulation.wire import SMOOTH, Answer, Trouble, post

FAULT_TEXT = "该公众号提供的服务出现故障，请稍后再试"
_TEXT_LIMIT_BYTES = 2048
_MARKFAIL_COUNT = 30
_MARKFAIL_PAUSE_S = 60.0
_RECONNECT_S = 0.2
_FAIL_TIMEOUT_S = 2.0


@dataclass
class Delivered:
    """What became of one push."""

    shown: str | None = None
    """Text that the user sees; None where nothing is shown."""
    fault: str = ""
    """Why the user sees a fault instead, in Chinese; empty where not."""
    attempts: int = 0
    seconds: float = 0.0
    """Of the request that brought the answer."""
    texts: list[str] = field(default_factory=list)
    """Texts of all requests that brought one; they must be the same."""


@dataclass
class Line:
    """The way to an account's callback.

    Args:
        account: The account.
        urls: Callback URLs of the replicas; a load balancer takes any.
        rng: Chooses replicas, nonces and modes.
        now: Unix seconds.
        timeout_s: How long WeChat waits.
        attempts: How often it asks.
        mode: plain, compatible, safe or mix.
    """

    account: Account
    urls: Sequence[str]
    rng: Random
    now: Callable[[], float]
    timeout_s: float = 5.0
    attempts: int = 3
    mode: str = "mix"
    heard: Callable[[Push], None] = lambda _: None
    """Told of each push before its first request."""
    alarms: dict[str, int] = field(default_factory=dict)
    """Requests that failed, by cause: what 接口报警 would report."""
    marked: int = 0
    """How often WeChat stopped pushing for a minute (MarkFail)."""
    _faults_in_a_row: int = 0
    _down_until: dict[str, float] = field(default_factory=dict)

    async def deliver(self, push: Push, trouble: Trouble = SMOOTH, url: str = "") -> Delivered:
        """Push until there is an answer, at most `attempts` times.

        `trouble` befalls the first request only; `url` is taken by it instead of any replica.
        """
        delivered = Delivered()
        self.heard(push)
        for number in range(self.attempts):
            delivered.attempts = number + 1
            began = time.perf_counter()
            try:
                shown = await self.once(push, trouble if number == 0 else SMOOTH, url)
            except TimeoutError:
                self._alarm("超时")
            except OSError as exc:
                self._alarm("连接断开" if number or trouble is SMOOTH else type(exc).__name__)
                await asyncio.sleep(_RECONNECT_S)
            except (AnswerError, ValueError) as exc:
                self._alarm(str(exc))
                delivered.fault = str(exc)
                break
            else:
                delivered.seconds = time.perf_counter() - began
                delivered.shown = shown
                if shown is not None:
                    delivered.texts.append(shown)
                break
            url = ""
        else:
            delivered.fault = "三次请求都没有得到回复"
        await self._mark(failed=bool(delivered.fault))
        return delivered

    async def once(self, push: Push, trouble: Trouble = SMOOTH, url: str = "") -> str | None:
        """Make one request and return the text that it brought; None for `success`.

        Raises:
            TimeoutError: Nothing within 5 s.
            OSError: The connection broke.
            AnswerError: Something that WeChat would not show.
            ValueError: Not even HTTP.
        """
        mode = self.rng.choice(self.account.modes()) if self.mode == "mix" else self.mode
        query, body = request(self.account, mode, push.xml, int(self.now()), self.rng, push.user)
        answer = await self._balanced(url, query, body, trouble)
        if answer.status != 200:
            raise AnswerError(f"状态码 {answer.status}")
        return _shown(read_answer(self.account, mode, answer.body), push, self.account)

    async def _balanced(
        self, url: str, query: dict[str, str], body: bytes, trouble: Trouble
    ) -> Answer:
        """Post through a load balancer: a replica that refuses connections is left out a while.

        As nginx does by default (`proxy_next_upstream error`, `fail_timeout`); a request that
        was sent is not sent again.
        """
        if url:
            return await post(url, query, body, self.timeout_s, trouble)
        now = self.now()
        up = [u for u in self.urls if self._down_until.get(u, 0.0) <= now] or list(self.urls)
        self.rng.shuffle(up)
        for number, candidate in enumerate(up, start=1):
            try:
                return await post(candidate, query, body, self.timeout_s, trouble)
            except ConnectionRefusedError:
                self._down_until[candidate] = now + _FAIL_TIMEOUT_S
                if number == len(up):
                    raise
        raise ConnectionRefusedError

    async def raw(self, query: dict[str, str], body: bytes) -> int:
        """Send a request as it is and return the status: forged and stale ones are refused."""
        answer = await post(self.rng.choice(self.urls), query, body, self.timeout_s)
        return answer.status

    async def _mark(self, *, failed: bool) -> None:
        self._faults_in_a_row = self._faults_in_a_row + 1 if failed else 0
        if self._faults_in_a_row >= _MARKFAIL_COUNT:
            self.marked += 1
            self._faults_in_a_row = 0
            await asyncio.sleep(_MARKFAIL_PAUSE_S)

    def _alarm(self, cause: str) -> None:
        self.alarms[cause] = self.alarms.get(cause, 0) + 1


def _shown(fields: dict[str, str], push: Push, account: Account) -> str | None:
    """Return what the user reads.

    Raises:
        AnswerError: The reply is not for this user, of no known kind, or too long.
    """
    if not fields:
        return None
    if fields.get("ToUserName") != push.user or fields.get("FromUserName") != account.original_id:
        raise AnswerError("回复的收件人或发件人不对")
    kind = fields.get("MsgType")
    if kind == "transfer_customer_service":
        return None
    if kind != "text":
        raise AnswerError(f"没见过的回复类型 {kind}")
    text = fields.get("Content", "")
    if not text.strip():
        raise AnswerError("回复的正文是空的")
    if len(text.encode()) > _TEXT_LIMIT_BYTES:
        raise AnswerError("回复超过 2048 字节")
    return text
