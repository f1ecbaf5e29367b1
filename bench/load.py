"""The client: WeChat's pushes over kept-alive connections, as fast as answered or at a fixed rate.

At a fixed rate a message's time runs from the moment that it was due, whether a connection was free
or not: a server that stalls pays for everybody who had to wait.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from xml.sax.saxutils import escape

from wechatpy.crypto import PrpCrypto, WeChatCrypto

from app.settings import SANDBOX_AES_KEY, SANDBOX_APP_IDS, SANDBOX_TOKEN

ACCOUNT = "beijing"
_NONCE = "bench"
_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run measured."""

    answered: int
    """Answers with status 200 and a reply in them."""
    failed: int
    seconds: float
    latencies: tuple[float, ...]
    """Seconds, of the answered."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Return the latency that this share of the answers kept, in ms."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Pushes:
    """Requests, each with a message id of its own.

    Args:
        questions: Texts, asked in turn.
        users: So many different parents.
        sealed: Encrypted as in safe mode.
        base: First message id; runs against the same server need different ones.
    """

    def __init__(self, questions: Sequence[str], users: int, *, sealed: bool, base: int) -> None:
        self._questions = questions
        self._users = users
        self._sealed = sealed
        self._base = base
        self._crypto = WeChatCrypto(SANDBOX_TOKEN, SANDBOX_AES_KEY, SANDBOX_APP_IDS[ACCOUNT])

    def made(self, count: int) -> list[bytes]:
        """Return so many requests, ready to be written."""
        now = str(int(time.time()))  # noqa: TID251 - signatures are checked against the clock
        found = [self._request(number, now) for number in range(self._base, self._base + count)]
        self._base += count
        return found

    def _request(self, number: int, now: str) -> bytes:
        user = f"oBench{number * 7919 % self._users:022d}"
        text = self._questions[number % len(self._questions)]
        xml = (
            f"<xml><ToUserName>gh_bench</ToUserName><FromUserName>{user}</FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content>{escape(text)}</Content><MsgId>{number}</MsgId></xml>"
        )
        query = f"signature={_sha1(now, _NONCE)}&timestamp={now}&nonce={_NONCE}&openid={user}"
        if self._sealed:
            cipher = PrpCrypto(self._crypto.key)
            sealed = cipher.encrypt(xml, SANDBOX_APP_IDS[ACCOUNT]).decode()
            query += f"&encrypt_type=aes&msg_signature={_sha1(now, _NONCE, sealed)}"
            xml = (
                "<xml><ToUserName>gh_bench</ToUserName>"
                f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
            )
        body = xml.encode()
        head = (
            f"POST /wechat/{ACCOUNT}?{query} HTTP/1.1\r\nHost: bench\r\n"
            f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def _sha1(*parts: str) -> str:
    text = "".join(sorted((SANDBOX_TOKEN, *parts)))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class _Connection(asyncio.Protocol):
    """One request at a time; the answer's success and end are told to its future."""

    def __init__(self) -> None:
        self._read = b""
        self._waiting: asyncio.Future[bool] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end:
            return
        lower = head.lower()
        start = lower.index(b"content-length:") + 15
        length = int(lower[start:].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self._read = b""
            self._tell(head[9:12] == b"200" and b"<xml>" in body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell(False)

    def _tell(self, right: bool) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(right)

    async def send(self, request: bytes) -> bool:
        """Return whether the answer was right."""
        self._waiting = asyncio.get_running_loop().create_future()
        cast("asyncio.Transport", self._transport).write(request)
        async with asyncio.timeout(_PATIENCE_S):
            return await self._waiting

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


async def _connected(ports: Sequence[int], count: int) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    turns = itertools.islice(itertools.cycle(ports), count)
    return [(await loop.create_connection(_Connection, "127.0.0.1", port))[1] for port in turns]


async def closed_loop(ports: Sequence[int], requests: Sequence[bytes], connections: int) -> Outcome:
    """Send each request as soon as a connection is free."""
    pending: Iterator[bytes] = iter(requests)
    latencies: list[float] = []
    failed = 0

    async def work(connection: _Connection) -> None:
        nonlocal failed
        for request in pending:
            begun = time.perf_counter()
            if await connection.send(request):
                latencies.append(time.perf_counter() - begun)
            else:
                failed += 1

    opened = await _connected(ports, connections)
    begun = time.perf_counter()
    await asyncio.gather(*(work(connection) for connection in opened))
    took = time.perf_counter() - begun
    for connection in opened:
        connection.close()
    return Outcome(len(latencies), failed, took, tuple(latencies))


async def open_loop(
    ports: Sequence[int], requests: Sequence[bytes], per_s: float, connections: int
) -> Outcome:
    """Send the requests at a fixed rate; those for which no connection is free wait their turn."""
    opened = await _connected(ports, connections)
    free, due = deque(opened), deque[tuple[float, bytes]]()
    latencies: list[float] = []
    failed = 0
    running: set[asyncio.Task[None]] = set()

    async def work(connection: _Connection) -> None:
        nonlocal failed
        while due:
            at, request = due.popleft()
            if await connection.send(request):
                latencies.append(time.perf_counter() - at)
            else:
                failed += 1
        free.append(connection)

    begun = time.perf_counter()
    for number, request in enumerate(requests):
        at = begun + number / per_s
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        due.append((at, request))
        if free:
            task = asyncio.create_task(work(free.popleft()))
            running.add(task)
            task.add_done_callback(running.discard)
    while running:
        await asyncio.wait(running)
    took = time.perf_counter() - begun
    for connection in opened:
        connection.close()
    return Outcome(len(latencies), failed, took, tuple(latencies))
