"""`make bench`: messages a second, latency, CPU and memory; writes them into docs/benchmarks.md.

Each server is one process on loopback, and every one gets the same pushes from the same client.
Ratios within one run mean something; times on a shared machine by themselves do not.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import uvloop

from app.bootstrap import load
from app.domain.content import IntentKind
from app.settings import Settings
from bench import servers
from bench.datasets import ROOT
from bench.load import Outcome, Pushes, closed_loop, open_loop
from bench.report import replace_part
from bench.servers import Server

CONNECTIONS = 16
USERS = 1000
_SHARES = (0.25, 0.5, 0.75)
BARE = "FastAPI + wechatpy echo"
_ROUNDS = 9
"""Rounds of peak rates, servers in turn. Neighbours of a shared machine slow whole rounds: what is
compared is what servers did in the same one."""

_WARM_UP = 1000
"""Messages to each server before the first round; more than there are questions."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server under one kind of load."""

    name: str
    servers: tuple[Server, ...]
    pushes: Pushes
    redis: Server | None = None

    @property
    def ports(self) -> tuple[int, ...]:
        """Where it listens."""
        return tuple(server.port for server in self.servers)


@dataclass(frozen=True, slots=True, order=True)
class Peak:
    """What a contestant does at most."""

    per_s: float
    cpu_us: float
    """CPU time of the process for a message, µs."""
    redis_us: float
    failed: int


def questions() -> list[str]:
    """Return what is asked: the sentences of the content's own tests."""
    catalog = load(Settings(content_dir=ROOT))
    asked = [i for i in catalog.intents.values() if i.kind in {IntentKind.FAQ, IntentKind.GAP}]
    return [sentence for intent in asked for sentence in intent.tests]


_LEADS = (
    "老师您好，",
    "想请教一下，",
    "急，",
    "麻烦问问，",
    "我家情况是这样：",
    "跟您打听个事，",
    "劳驾，",
    "忘了说，",
)
_TAILS = (
    "，求告知",
    "，谢谢您了",
    "，有人知道不",
    "，着急用",
    "，先谢过",
    "，弄不明白",
    "，帮忙看下",
    "，昨天就想问",
)


def never_twice(asked: Sequence[str]) -> list[str]:
    """Return the questions in 64 wordings each, the same one far apart."""
    return [f"{lead}{q}{tail}" for tail in _TAILS for lead in _LEADS for q in asked]


def peak(contestant: Contestant, seconds: float, guess: float) -> Peak:
    """Measure the most that a contestant answers a second, by closed loop."""
    requests = contestant.pushes.made(max(200, int(guess * seconds)))
    busy = sum(server.cpu_s for server in contestant.servers)
    stored = contestant.redis.cpu_s if contestant.redis else 0.0
    outcome = run(closed_loop(contestant.ports, requests, CONNECTIONS))
    used = sum(server.cpu_s for server in contestant.servers) - busy
    redis_used = (contestant.redis.cpu_s if contestant.redis else 0.0) - stored
    scale = 1e6 / max(1, outcome.answered)
    return Peak(outcome.rate, used * scale, redis_used * scale, outcome.failed)


def peaks(contestants: Sequence[Contestant], seconds: float) -> dict[str, list[Peak]]:
    """Return what each contestant did in each round, in turn."""
    # Also warms up: every question was asked once before a round counts.
    guesses = {c.name: peak(c, _WARM_UP, 1.0).per_s for c in contestants}
    found: dict[str, list[Peak]] = {c.name: [] for c in contestants}
    for _ in range(_ROUNDS):
        for contestant in contestants:
            result = peak(contestant, seconds, guesses[contestant.name])
            found[contestant.name].append(result)
            guesses[contestant.name] = result.per_s
            print(
                f"{contestant.name:34} {result.per_s:8.0f} /s  {result.cpu_us:6.0f} µs", flush=True
            )
    return found


def middle(rounds: Sequence[Peak]) -> Peak:
    """Return the round with the median rate."""
    return sorted(rounds, key=lambda p: p.per_s)[len(rounds) // 2]


def share_of(rounds: Sequence[Peak], bare: Sequence[Peak]) -> float:
    """Return the median, over rounds, of the rate as a share of the bare server's in that round."""
    return median(mine.per_s / theirs.per_s for mine, theirs in zip(rounds, bare, strict=True))


def at_rates(
    contestant: Contestant, most_per_s: float, seconds: float
) -> list[tuple[float, Outcome]]:
    """Return the latencies at shares of a contestant's own peak."""
    found = []
    for share in _SHARES:
        per_s = share * most_per_s
        requests = contestant.pushes.made(max(100, int(per_s * seconds)))
        found.append((share, run(open_loop(contestant.ports, requests, per_s, 4 * CONNECTIONS))))
    return found


def run(work: object) -> Outcome:
    """Run one measurement on a loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Stage:
    """All servers, started."""

    contestants: tuple[Contestant, ...]
    two: Contestant
    """Two replicas of ours that share one Redis."""


def _open(stack: ExitStack, folder: Path) -> Stage:
    asked = questions()
    redis = stack.enter_context(servers.redis(folder / "redis"))
    pair = [stack.enter_context(servers.yibao(redis.port, ROOT / "var")) for _ in range(2)]
    bare = stack.enter_context(servers.echo())
    bases = iter(range(10**12, 10**14, 10**12))

    def pushes(*, sealed: bool = False) -> Pushes:
        return Pushes(asked, USERS, sealed=sealed, base=next(bases))

    contestants = [
        Contestant(BARE, (bare,), pushes()),
        Contestant("FastAPI + wechatpy echo, safe mode", (bare,), pushes(sealed=True)),
        Contestant("yibao", (pair[0],), pushes(), redis),
        Contestant("yibao, safe mode", (pair[0],), pushes(sealed=True), redis),
        Contestant(
            "yibao, no text twice",
            (pair[1],),
            Pushes(never_twice(asked), USERS, sealed=False, base=next(bases)),
            redis,
        ),
    ]
    try:
        robot = stack.enter_context(servers.werobot())
    except RuntimeError as error:
        print(f"跳过 WeRoBot：{error}", flush=True)
    else:
        contestants.append(Contestant("WeRoBot, keyword filters", (robot,), pushes()))
    return Stage(
        tuple(contestants), Contestant("yibao, two replicas", tuple(pair), pushes(), redis)
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run")
    parser.add_argument("--no-document", action="store_true", help="print only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stage = _open(stack, Path(folder))
        rounds = peaks((*stage.contestants, stage.two), options.seconds)
        rates = {
            c.name: at_rates(c, middle(rounds[c.name]).per_s, options.seconds)
            for c in (*stage.contestants, stage.two)
        }
        memory = {c.name: max(s.resident_mb for s in c.servers) for c in stage.contestants}
    text = _report(rounds, rates, memory)
    print(text)
    if not options.no_document:
        replace_part("speed", text)


def _report(
    rounds: dict[str, list[Peak]],
    rates: dict[str, list[tuple[float, Outcome]]],
    memory: dict[str, float],
) -> str:
    lines = [
        "| server | messages/s | of the bare echo | CPU µs | Redis µs | MB | failed |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, done in rounds.items():
        peaked, part = middle(done), share_of(done, rounds[BARE])
        resident = f"{memory[name]:,.0f}" if name in memory else ""
        lines.append(
            f"| {name} | {peaked.per_s:,.0f} | {part:.2f} | {peaked.cpu_us:,.0f} "
            f"| {peaked.redis_us:,.0f} | {resident} | {sum(one.failed for one in done)} |"
        )
    lines += ["", "| server | share of its peak | p50 ms | p99 ms | p99.9 ms | failed |"]
    lines.append("|---|--:|--:|--:|--:|--:|")
    for name, measured in rates.items():
        for share, outcome in measured:
            at = " | ".join(f"{outcome.percentile_ms(q):.1f}" for q in (0.5, 0.99, 0.999))
            lines.append(f"| {name} | {share:.0%} | {at} | {outcome.failed} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
