"""`make bench-redis`: what an active user costs in Redis. Writes the table into docs/redis.md.

Every user asks two questions through the whole application, in this process without a socket, with
the private Redis; then Redis says what each kind of key takes. What users share is shown apart.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import logging
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import httpx
import structlog

from app.log_output import LogFormat
from app.main import create_app
from app.settings import SANDBOX_TOKEN, Settings
from app.state.embedded import open_store
from app.state.key_table import TABLE
from app.state.store import Store
from bench.datasets import ROOT
from bench.report import replace_part

DOCUMENT = ROOT / "docs" / "redis.md"
USERS = 3000
QUESTIONS = ("城乡居民医保怎么缴费", "多少钱", "什么时候截止", "去年没交怎么办", "生孩子能报销吗")
_AT_ONCE = 32
_LAST_S = 110.0
"""Ledger entries live 120 s; a run that takes longer loses the first of them."""
_NOW = datetime.fromisoformat("2025-12-10T10:00+08:00")
_NONCE = "bench"
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """What Redis holds."""

    bytes_of: dict[str, int]
    """Bytes by pattern of the key."""
    keys_of: Counter[str]
    """Keys by pattern."""


def pattern_of(key: str) -> str:
    """Return the pattern of a key of Redis as docs/state.md lists it; "?" where it does not."""
    return next((spec.pattern for spec in TABLE if spec.matches(key)), "?")


async def taken(store: Store) -> Taken:
    """Ask Redis what every key takes, in batches."""
    sizes: dict[str, int] = defaultdict(int)
    counts: Counter[str] = Counter()
    cursor = 0
    while True:
        cursor, names = await store.client.scan(cursor, count=1000)
        async with store.client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.memory_usage(name, samples=0)
            answers = await pipe.execute()
        for name, size in zip(names, answers, strict=True):
            if size:  # None: it expired meanwhile
                pattern = pattern_of(str(name, "utf-8") if isinstance(name, bytes) else name)
                sizes[pattern] += size
                counts[pattern] += 1
        if cursor == 0:
            return Taken(dict(sizes), counts)


async def used_memory(store: Store) -> int:
    """Return what Redis uses, bytes; what it replicates or writes to disk is not in it."""
    return cast("int", (await store.client.info("memory"))["used_memory_dataset"])


async def ask(client: httpx.AsyncClient, number: int, text: str) -> None:
    """Push one signed message.

    Raises:
        RuntimeError: It is not answered with a text.
    """
    user, now = f"oMemory{number % 10**6:021d}", str(int(time.time()))  # noqa: TID251 - signed
    parts = "".join(sorted((SANDBOX_TOKEN, now, _NONCE)))
    signature = hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()
    xml = (
        f"<xml><ToUserName>gh_bench</ToUserName><FromUserName>{user}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType>text</MsgType>"
        f"<Content>{text}</Content><MsgId>{number}</MsgId></xml>"
    )
    query = {"signature": signature, "timestamp": now, "nonce": _NONCE, "openid": user}
    answer = await client.post("/wechat/beijing", params=query, content=xml.encode())
    if answer.status_code != 200 or b"<Content>" not in answer.content:
        msg = f"message {number} was answered {answer.status_code}"
        raise RuntimeError(msg)


async def fill(client: httpx.AsyncClient, users: range, asked: Sequence[str]) -> float:
    """Let every user ask two of the questions, one after the other; return the seconds."""
    waiting = iter(users)

    async def some() -> None:
        for user in waiting:
            for turn in range(2):
                await ask(client, user + turn * 10**6, asked[(user + turn) % len(asked)])

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))
    return time.perf_counter() - began


def rows(found: Taken, users: int, grown: int) -> list[str]:
    """Return the table's lines: bytes a user by kind of key, the rest below."""
    lines = ["| 键 | 每位家长几个 | 每位家长（字节） |", "|---|--:|--:|"]
    of_users = {name: size for name, size in found.bytes_of.items() if "{account:user}" in name}
    for name, size in sorted(of_users.items(), key=lambda item: -item[1]):
        count = found.keys_of[name] / users
        lines.append(f"| `{name}` | {count:.2f} | {size / users:,.0f} |")
    shared = sum(found.bytes_of.values()) - sum(of_users.values())
    lines += [
        f"| 合计 | | {sum(of_users.values()) / users:,.0f} |",
        f"| Redis 实际增加（含字典、到期表和提问记录的增长） | | {grown / users:,.0f} |",
        "",
        f"不随家长增加的（学好的模型、提问记录、统计等，各有上限）：{shared / _MB:.1f} MB。",
    ]
    return lines


async def measure(users: int, content: Path, cache: Path, asked: Sequence[str]) -> str:
    """Fill a private Redis through the application and return the Markdown.

    Raises:
        RuntimeError: A message was not answered, or it took so long that entries expired.
    """
    with tempfile.TemporaryDirectory(prefix="yb") as folder:
        var_dir = Path(folder)
        (var_dir / "cache").symlink_to(cache)
        settings = Settings(
            content_dir=content,
            var_dir=var_dir,
            now=_NOW,
            log_format=LogFormat.JSON,
            rate_per_parent_min=1000,  # counted, and never reached
            rate_per_account_s=0,
        )
        app = create_app(settings)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://bot") as client,
        ):
            store = await open_store(None, var_dir)
            try:
                await fill(client, range(100), asked)  # what is there once, and scripts
                before, first = await used_memory(store), await taken(store)
                spent_s = await fill(client, range(100, 100 + users), asked)
                if spent_s > _LAST_S:
                    msg = f"{spent_s:.0f} s: ledger entries have expired; ask for fewer users"
                    raise RuntimeError(msg)
                grown, found = await used_memory(store) - before, await taken(store)
            finally:
                await store.close()
    head = f"{users:,} 位家长各问两句（{spent_s:.0f} 秒内），真实的 Redis，程序自己的路径："
    return "\n".join([head, "", *rows(without(found, first), users, grown)])


def without(found: Taken, first: Taken) -> Taken:
    """Return what is there now and was not before, for the keys of users."""
    sizes, counts = dict(found.bytes_of), Counter(found.keys_of)
    for name, size in first.bytes_of.items():
        if "{account:user}" in name and name in sizes:
            sizes[name] -= size
            counts[name] -= first.keys_of[name]
    return Taken(sizes, counts)


def main() -> None:
    """Measure and write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=USERS)
    users: int = parser.parse_args().users
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    text = asyncio.run(measure(users, ROOT, ROOT / "var/cache", QUESTIONS))
    replace_part("redis-memory", text, DOCUMENT)
    print(text)


if __name__ == "__main__":
    main()
