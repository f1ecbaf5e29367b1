"""`make bench-users`: what a message costs with 10² to 10⁶ sessions in Redis, and where it goes.

One server and one Redis; sessions are added between the measurements, each a copy of one that the
server itself wrote. Writes the table and the flame graph into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis.asyncio import Redis

from app.settings import Settings
from app.state.keys import SESSION_TTL_S, Keyspace
from bench import flame, servers
from bench.datasets import ROOT
from bench.load import ACCOUNT, Pushes, closed_loop, open_loop
from bench.report import replace_part
from bench.run import CONNECTIONS, Contestant, peak, questions, run

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
_BATCH = 5_000
_FLAME = ROOT / "docs" / "images" / "bench-flame.svg"


def user_of(number: int) -> str:
    """Return the OpenID of a parent, as `bench.load` writes it."""
    return f"oBench{number:022d}"


async def fill(port: int, begin: int, end: int) -> float:
    """Give the parents `begin` to `end` the session of parent 0; return what Redis holds, MB.

    Raises:
        RuntimeError: Parent 0 has none.
    """
    keyspace = Keyspace(Settings().salt.get_secret_value())
    client = Redis(host="127.0.0.1", port=port, protocol=2)
    try:
        raw = await client.get(keyspace.conversation(ACCOUNT, user_of(0)).session)
        if raw is None:
            raise RuntimeError("the server has stored no session to copy")
        for first in range(begin, end, _BATCH):
            async with client.pipeline(transaction=False) as pipe:
                for number in range(first, min(first + _BATCH, end)):
                    key = keyspace.conversation(ACCOUNT, user_of(number)).session
                    pipe.set(key, raw, ex=SESSION_TTL_S, nx=True)
                await pipe.execute()
        held: int = (await client.info("memory"))["used_memory"]
        return held / 1024 / 1024
    finally:
        await client.aclose()


@contextmanager
def sampled(pid: int, seconds: float) -> Iterator[dict[flame.Stack, int]]:
    """Sample a process while the block runs; the result is there afterwards."""
    found: dict[flame.Stack, int] = {}
    thread = threading.Thread(target=lambda: found.update(flame.sample(pid, seconds)))
    thread.start()
    try:
        yield found
    finally:
        thread.join()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4.0, help="of each run")
    parser.add_argument("--most", type=int, default=SIZES[-1], help="sessions at most")
    parser.add_argument("--no-document", action="store_true", help="print only")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.redis(Path(folder) / "redis") as redis,
        servers.yibao(redis.port, ROOT / "var") as server,
    ):
        text, samples = _measured(server, redis, options.seconds, options.most)
    print(text)
    if not options.no_document:
        flame.draw(samples, _FLAME)
        replace_part("users", f"{text}\n\n![flame graph](images/{_FLAME.name})")


def _measured(
    server: servers.Server, redis: servers.Server, seconds: float, most: int
) -> tuple[str, dict[flame.Stack, int]]:
    asked, base, there = questions(), 10**12, 0
    warm = Pushes(asked, 50, sealed=False, base=base)
    run(closed_loop((server.port,), warm.made(2 * len(asked)), CONNECTIONS))
    lines = [
        "| sessions | messages/s | CPU µs | Redis µs | Redis MB | p99 ms at half of it | failed |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for size in (size for size in SIZES if size <= most):
        base += 10**12
        held_mb = asyncio.run(fill(redis.port, there, size))
        there = size
        pushes = Pushes(asked, size, sealed=False, base=base)
        contestant = Contestant("yibao", (server,), pushes, redis)
        peaked = peak(contestant, seconds, peak(contestant, 1.0, 500).per_s)
        rate = peaked.per_s / 2
        half = run(
            open_loop((server.port,), pushes.made(int(rate * seconds)), rate, 4 * CONNECTIONS)
        )
        lines.append(
            f"| {size:,} | {peaked.per_s:,.0f} | {peaked.cpu_us:,.0f} | {peaked.redis_us:,.0f} "
            f"| {held_mb:,.0f} | {half.percentile_ms(0.99):.1f} | {peaked.failed + half.failed} |"
        )
        print(lines[-1], flush=True)
    with sampled(server.pid, seconds) as samples:
        peak(contestant, seconds + 1, peaked.per_s)
    lines += ["", "| stage | share of the CPU time |", "|---|--:|"]
    by_share = sorted(flame.shares(samples).items(), key=lambda item: -item[1])
    lines += [f"| {stage} | {share:.0%} |" for stage, share in by_share]
    return "\n".join(lines), samples


if __name__ == "__main__":
    main()
