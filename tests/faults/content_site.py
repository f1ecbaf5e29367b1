"""Two replicas on one Redis, each with a folder of content and a disk of its own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.assistants import SMALL_CONTENT, VAR_DIR, small_assistant
from tests.protocol.live_bot import BotProcess, RedisServer, WeChat

NOW = "2025-12-10T10:00"
FEE = Path("intents/fee_standard.yml")
LIVE_S = 3.0
"""Within which every replica answers what was published, on a machine that does nothing else."""
SETTLED_S = 120.0
"""For an edit to be noticed and checked in a process of its own; the machine may be busy."""


@dataclass(frozen=True)
class Site:
    """A deployment whose content is edited."""

    one: BotProcess
    two: BotProcess
    redis: RedisServer
    content: Path
    """Content folder of the first replica, and of the second one where files are watched."""


def copied_content(folder: Path) -> Path:
    """Return a copy of the small content that may be edited."""
    content = folder / "content"
    shutil.copytree(SMALL_CONTENT, content)
    return content


def own_var_dir(folder: Path, name: str) -> Path:
    """Return a disk of its own, with the matchers of the small content learned."""
    small_assistant()
    var_dir = folder / name
    (var_dir / "cache").mkdir(parents=True)
    for file in (VAR_DIR / "cache").glob("matcher-*.npz"):
        if file.stat().st_size < 1_000_000:
            shutil.copy2(file, var_dir / "cache")
    return var_dir


@contextmanager
def site(folder: Path, source: str) -> Iterator[Site]:
    """Run both replicas."""
    redis = RedisServer(folder)
    redis.start()
    content = copied_content(folder)
    bots = [
        BotProcess(
            own_var_dir(folder, f"var-{n}"),
            folder / f"replica-{n}.log",
            YIBAO_REDIS_URL=redis.url,
            YIBAO_NOW=NOW,
            YIBAO_CONTENT_DIR=str(content),
            YIBAO_CONTENT_SOURCE=source,
        )
        for n in (1, 2)
    ]
    with ExitStack() as stack, ThreadPoolExecutor() as starters:
        stack.callback(redis.kill)
        one, two = starters.map(lambda bot: stack.enter_context(bot.running()), bots)
        yield Site(one, two, redis, content)


def replace_text(content: Path, old: str, new: str, file: Path = FEE) -> None:
    """Edit a file as an editor does that writes in place."""
    text = (content / file).read_text("utf-8")
    assert old in text
    (content / file).write_text(text.replace(old, new), encoding="utf-8")


def live_within_s() -> float:
    """Return the limit for replicas to follow: `LIVE_S`, longer by what other processes take."""
    began, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < 0.2:
        sum(range(1000))
    return LIVE_S * max(1.0, (time.perf_counter() - began) / 0.2) * 1.5


def yibao(
    bot: BotProcess,
    *arguments: str,
    expected: int = 0,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command with a replica's settings; returns what it printed."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("yibao")), *arguments],
        env={**bot.environment, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


@asynccontextmanager
async def both(running: Site) -> AsyncIterator[tuple[WeChat, WeChat]]:
    """Connect to both replicas."""
    async with running.one.wechat() as one, running.two.wechat() as two:
        yield one, two


async def ready(wechat: WeChat) -> dict[str, Any]:
    """Return what `/readyz` says."""
    body: dict[str, Any] = (await wechat.client.get("/readyz")).json()
    return body


async def published(wechat: WeChat) -> dict[str, Any]:
    """Return what `/readyz` says once it knows what is published."""
    began = time.monotonic()
    while (body := await ready(wechat))["number"] is None:
        assert time.monotonic() - began < SETTLED_S
        await asyncio.sleep(0.1)
    return body


async def until_answered(wechat: WeChat, question: str, wanted: str, within_s: float) -> float:
    """Ask again and again; return after how many seconds the answer held `wanted`."""
    began = time.monotonic()
    while wanted not in (reply := await wechat.say(question, user="oWatch")):
        assert time.monotonic() - began < within_s, reply
        await asyncio.sleep(0.1)
    return time.monotonic() - began


async def until_ready(
    wechat: WeChat, key: str, wanted: object, within_s: float = SETTLED_S
) -> None:
    """Wait until `/readyz` says `wanted` under `key`; a string need only be part of it."""
    began = time.monotonic()
    while True:
        found = (await ready(wechat)).get(key)
        if found == wanted or (
            isinstance(wanted, str) and wanted and isinstance(found, str) and wanted in found
        ):
            return
        assert time.monotonic() - began < SETTLED_S, f"{key} is {found!r}"
        await asyncio.sleep(0.05)
