"""`make soak`: hours of steady traffic on one real process; is its memory flat, is nothing wrong?

`yibao serve` on a copy of the small content with a real Redis, parents at a fixed rate, content
published now and then. Measured every few seconds from outside; exit status 1 where it is not flat.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median

import httpx
from redis import Redis  # noqa: TID251 - called in a thread

from app.settings import SANDBOX_AES_KEY, SANDBOX_APP_IDS, SANDBOX_TOKEN
from app.simulation.delivery import Line
from app.simulation.envelope import Account
from bench.datasets import ROOT
from bench.gauges import ProcessState, RedisState, bad_lines, expire_idle, read_process, read_redis
from bench.parents import SCRIPTS, Counts, Parents, Script, pause_s
from bench.report import replace_part
from bench.servers import free_port
from bench.servers import redis as redis_server
from bench.steadiness import Limit, Trend, trend

CONTENT = ROOT / "tests/data/small_content"
_EDITED = "intents/fee_standard.yml"
_EDIT = ("学生每人{fact.fee_yearly}", "每位学生{fact.fee_yearly}")
_START_S = 180.0
_PUBLISH_S = 120.0
_WARM_PUBLICATIONS = 40
"""In the warm-up: each load needs memory for the old and the new content at once, and after some
thirty of them the process has had all that it will ever need for it."""

MEMORY = Limit("进程内存", "MB", 10.0, 0.05)
FILES = Limit("打开的文件", "个", 10.0)
THREADS = Limit("线程", "个", 3.0)
STORED = Limit("Redis 里会话的内存", "MB", 10.0, 0.05)
KEYS = Limit("Redis 里会话的键", "个", 500.0, 0.1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a soak does; times in seconds."""

    lasts_s: float
    warm_up_s: float
    per_s: float
    sample_s: float = 5.0
    publish_s: float = 120.0
    """Between two publications of an edit after the warm-up; in it they are more frequent."""
    published_before: int = 0
    """Publications before the first message, each waited for; not counted in the time."""
    idle_s: float = 240.0
    """A conversation ends that nobody used for so long: a day in this run."""
    mode: str = "mix"
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Target:
    """What is soaked."""

    port: int
    pid: int
    log: Path
    redis: Redis | None = None
    publisher: Publisher | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything at a moment."""

    at_s: float
    process: ProcessState
    redis: RedisState | None
    p99_ms: float | None
    """Of the answers since the sample before; None: there were none."""


@dataclass
class Outcome:
    """What a soak found."""

    plan: Plan
    samples: list[Sample] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    published: int = 0
    expired: int = 0
    """Keys of conversations that ran out."""
    bad_log: list[str] = field(default_factory=list)

    @property
    def measured(self) -> list[Sample]:
        """The samples after the warm-up."""
        return [s for s in self.samples if s.at_s >= self.plan.warm_up_s]

    def trends(self) -> list[Trend]:
        """Return what each measure did after the warm-up.

        Raises:
            ValueError: The run was too short.
        """
        samples = self.measured
        at = [s.at_s for s in samples]
        found = [
            trend(MEMORY, at, [s.process.resident_mb for s in samples]),
            trend(FILES, at, [s.process.files for s in samples]),
            trend(THREADS, at, [s.process.threads for s in samples]),
        ]
        stored = [s.redis for s in samples if s.redis is not None]
        if stored:
            found.append(trend(STORED, at, [r.conversations_mb for r in stored]))
            found.append(trend(KEYS, at, [r.conversation_keys for r in stored]))
        return found

    def complaints(self) -> list[str]:
        """Return everything that is wrong, Chinese; empty after a good run."""
        found = [t.complaint() for t in self.trends() if not t.flat]
        found += [f"{kind}：{count} 条" for kind, count in self.counts.wrong.items()]
        if self.bad_log:
            found.append(f"日志里有 {len(self.bad_log)} 行错误，第一行：{self.bad_log[0][:300]}")
        if not self.counts.answered:
            found.append("一条消息也没有答；看日志")
        return found


class Publisher:
    """Publishes one of two wordings of an answer in turn, as `yibao publish` does.

    Args:
        content: Folder of its own, edited in place.
        environment: Of the process that serves.
    """

    def __init__(self, content: Path, environment: Mapping[str, str]) -> None:
        self._content = content
        self._environment = {**environment, "YIBAO_CONTENT_DIR": str(content)}
        self.published = 0

    async def publish(self) -> None:
        """Publish the other wording.

        Raises:
            RuntimeError: It was refused.
        """
        path = self._content / _EDITED
        old, new = _EDIT if self.published % 2 == 0 else reversed(_EDIT)
        text = path.read_text("utf-8")
        path.write_text(text.replace(old, new), "utf-8")
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("yibao")), "publish", "--by", "soak"),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(_PUBLISH_S):
                said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
        if process.returncode:
            raise RuntimeError(f"yibao publish 没有成功：{said.decode()}")
        self.published += 1


@contextmanager
def serving(folder: Path) -> Iterator[Target]:
    """Run `yibao serve` with a Redis of its own until the block ends."""
    with ExitStack() as stack:
        store = stack.enter_context(redis_server(folder / "redis"))
        content, edited = folder / "content", folder / "edited"
        shutil.copytree(CONTENT, content)
        shutil.copytree(CONTENT, edited)
        var_dir, port = folder / "var", free_port()
        cache = ROOT / "var/cache"
        cache.mkdir(parents=True, exist_ok=True)
        var_dir.mkdir()
        (var_dir / "cache").symlink_to(cache)
        environment = {
            **{k: v for k, v in os.environ.items() if not k.upper().startswith("YIBAO_")},
            "YIBAO_CONTENT_DIR": str(content),
            "YIBAO_CONTENT_SOURCE": "published",
            "YIBAO_VAR_DIR": str(var_dir),
            "YIBAO_REDIS_URL": f"redis://127.0.0.1:{store.port}/0",
            "YIBAO_NOW": "2025-12-10T10:00",
            "YIBAO_LOG_FORMAT": "json",
        }
        log = folder / "serve.log"
        yibao = str(Path(sys.executable).with_name("yibao"))
        # Learned first: a line that says so would count as an error in the log of the service.
        subprocess.run([yibao, "prepare"], env=environment, check=True)  # noqa: S603 - ours
        command = [yibao, "serve", "--port", str(port)]
        process = stack.enter_context(logged(command, environment, log, port))
        client = stack.enter_context(Redis(port=store.port, socket_timeout=5))
        publisher = Publisher(edited, environment)
        yield Target(port, process.pid, log, client, publisher)


@contextmanager
def logged(
    command: Sequence[str], environment: Mapping[str, str], log: Path, port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that writes into `log` until the block ends; begins once it answers.

    Raises:
        RuntimeError: It does not start.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603 - ours
    try:
        _await_answer(process, port, log)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _await_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            url = f"http://127.0.0.1:{port}/healthz"
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"服务没有启动：{log.read_text('utf-8')[-2000:]}")


async def soak(target: Target, plan: Plan, scripts: Mapping[str, Sequence[Script]]) -> Outcome:
    """Write, watch, publish and let conversations end, all at once, for as long as planned.

    Raises:
        ValueError: Conversations would end while parents are in the middle of them.
        FileNotFoundError: The process has ended.
        RuntimeError: A publication was refused.
    """
    if target.redis is not None and plan.idle_s < 2 * pause_s(plan.per_s):
        raise ValueError("会话结束得太早：家长还没发下一句")
    rng = Random(plan.seed)  # noqa: S311 - chance, not secrets
    lines = {
        name: Line(
            Account(name, SANDBOX_APP_IDS[name], SANDBOX_TOKEN, SANDBOX_AES_KEY),
            [f"http://127.0.0.1:{target.port}/wechat/{name}"],
            Random(rng.random()),  # noqa: S311 - chance
            time.time,  # noqa: TID251 - WeChat signs with the real clock
            mode=plan.mode,
        )
        for name in scripts
    }
    for _ in range(plan.published_before if target.publisher else 0):
        await _publish_and_wait(target)
    parents = Parents(lines, scripts, rng, plan.per_s)
    outcome = Outcome(plan, counts=parents.counts)
    began = time.perf_counter()
    stopped = asyncio.Event()
    writing = asyncio.create_task(_write(parents, plan))
    others = [asyncio.create_task(_watch(target, outcome, began, stopped))]
    if target.publisher is not None and plan.publish_s < plan.lasts_s:
        others.append(asyncio.create_task(_publish(target.publisher, plan, began, stopped)))
    try:
        await asyncio.wait([writing, *others], return_when=asyncio.FIRST_COMPLETED)
        stopped.set()
        await asyncio.gather(writing if writing.done() else asyncio.sleep(0), *others)
    finally:
        for task in (writing, *others):
            task.cancel()
        await asyncio.gather(writing, *others, return_exceptions=True)
    outcome.published = target.publisher.published if target.publisher else 0
    outcome.bad_log = bad_lines(target.log.read_text("utf-8"))
    return outcome


async def _write(parents: Parents, plan: Plan) -> None:
    """Let the parents write; in the warm-up every question comes in words of its own.

    What was found out about a text is remembered for many texts (`REMEMBERED`). Before these
    memories are full the process grows, and that is no leak.
    """
    await parents.write(plan.warm_up_s, own_words=1.0)
    await parents.write(plan.lasts_s - plan.warm_up_s)


async def _watch(target: Target, outcome: Outcome, began: float, stopped: asyncio.Event) -> None:
    plan = outcome.plan
    while not stopped.is_set():
        await asyncio.sleep(plan.sample_s)
        if target.redis is not None:
            outcome.expired += await asyncio.to_thread(expire_idle, target.redis, plan.idle_s)
        stored = await asyncio.to_thread(read_redis, target.redis) if target.redis else None
        seconds = outcome.counts.taken_seconds()
        slowest = 1000 * seconds[int(0.99 * len(seconds))] if seconds else None
        at_s = time.perf_counter() - began
        outcome.samples.append(Sample(at_s, read_process(target.pid), stored, slowest))


async def _publish_and_wait(target: Target) -> None:
    """Publish, and return once the process serves what was published."""
    publisher = target.publisher
    if publisher is None:
        return
    await publisher.publish()
    url = f"http://127.0.0.1:{target.port}/readyz"
    async with asyncio.timeout(_PUBLISH_S), httpx.AsyncClient(trust_env=False, timeout=5) as client:
        # The first revision is what the process was started with.
        while (await client.get(url)).json().get("number") != publisher.published + 1:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


async def _publish(publisher: Publisher, plan: Plan, began: float, stopped: asyncio.Event) -> None:
    """Publish until told to stop; what is being published then is published to its end."""
    often_s = min(plan.publish_s, plan.warm_up_s / _WARM_PUBLICATIONS)
    while not stopped.is_set():
        started = time.perf_counter()
        gap_s = often_s if started - began < plan.warm_up_s else plan.publish_s
        await publisher.publish()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, started + gap_s - time.perf_counter())):
                await stopped.wait()


def report(outcome: Outcome) -> str:
    """Return the tables for the document."""
    plan, counts = outcome.plan, outcome.counts
    slow = [s.p99_ms for s in outcome.measured if s.p99_ms is not None]
    busy = outcome.measured[-1].process.cpu_s - outcome.measured[0].process.cpu_s
    span = outcome.measured[-1].at_s - outcome.measured[0].at_s
    lines = [
        f"{plan.lasts_s / 60:,.0f} minutes, the first {plan.warm_up_s / 60:,.1f} of them warm-up; "
        f"{counts.sent:,} messages of {counts.parents:,} parents at {plan.per_s:g}/s "
        f"({counts.repeated:,} pushed again); {outcome.published} publications; "
        f"{outcome.expired:,} keys of conversations ran out.",
        "",
        "| wrong replies | error lines in the log | p99 ms, median of the samples | p99 ms, worst "
        "sample | CPU of the process |",
        "|--:|--:|--:|--:|--:|",
        f"| {sum(counts.wrong.values())} | {len(outcome.bad_log)} | {median(slow):.0f} "
        f"| {max(slow):.0f} | {busy / span:.0%} |",
        "",
        "| measure | median | trend an hour | upper bound | may rise at most | allowed | |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    names = {
        MEMORY.name: "resident MB",
        FILES.name: "open files",
        THREADS.name: "threads",
        STORED.name: "Redis: MB of conversations",
        KEYS.name: "Redis: keys of conversations",
    }
    lines += [
        f"| {names[t.limit.name]} | {t.level:,.1f} | {t.per_hour:+,.1f} | {t.upper_per_hour:+,.1f} "
        f"| {t.rise:,.1f} in {t.horizon_s / 60:.0f} min | {t.allowed:,.1f} "
        f"| {'flat' if t.flat else 'RISING'} |"
        for t in outcome.trends()
    ]
    return "\n".join(lines)


def _csv(outcome: Outcome) -> str:
    lines = ["s,resident_mb,files,threads,conversations_mb,conversation_keys,p99_ms"]
    for sample in outcome.samples:
        process, stored = sample.process, sample.redis
        kept = (f"{stored.conversations_mb:.2f}", stored.conversation_keys) if stored else ("", "")
        slowest = "" if sample.p99_ms is None else f"{sample.p99_ms:.0f}"
        lines.append(
            f"{sample.at_s:.0f},{process.resident_mb:.2f},{process.files},{process.threads},"
            f"{kept[0]},{kept[1]},{slowest}"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Soak, print, and exit with 1 where something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    parser.add_argument("--document", action="store_true", help="write into docs/benchmarks.md")
    parser.add_argument("--samples", type=Path, help="write what was measured as CSV")
    options = parser.parse_args()
    lasts_s = 60 * options.minutes
    plan = Plan(lasts_s, warm_up_s=min(600.0, lasts_s / 3), per_s=options.rate)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as target:
        outcome = asyncio.run(soak(target, plan, SCRIPTS))
    text = report(outcome)
    print(text)
    if options.samples:
        options.samples.write_text(_csv(outcome), "utf-8")
    if options.document:
        replace_part("soak", text)
    complaints = outcome.complaints()
    for complaint in complaints:
        print(f"没有通过：{complaint}", file=sys.stderr)
    print("结论：没有通过" if complaints else "结论：通过")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
