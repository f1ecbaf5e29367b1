"""The report of a run: numbers for programs, a page of Chinese for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.simulation.delivery import Line
from app.simulation.tally import Tally


@dataclass(frozen=True)
class Report:
    """What users of a deployment would have met."""

    messages: int
    """Pushed messages, events included."""
    wanted: int
    """Of these, messages that want an answer."""
    answered_once: int
    lost: int
    doubled: int
    user_visible_failures: int
    failures: dict[str, int]
    """Faults that users saw, by cause."""
    broken_promises: dict[str, int]
    """Different replies to retries, replies to other questions, forgeries that were answered."""
    apart: int
    """Messages that replicas answered differently while the store was away."""
    ways: dict[str, int]
    """How answers came: passive, tap, next, custom."""
    attempts: dict[str, int]
    """Messages by number of requests."""
    alarms: dict[str, int]
    """Requests that failed, by cause; users do not see these."""
    marked: int
    """How often WeChat would have stopped pushing for a minute (MarkFail)."""
    injected: dict[str, int]
    """Faults that the simulation made, by kind."""
    kinds: dict[str, int]
    latency_ms: dict[str, float]
    """Passive replies: p50, p90, p99, max."""
    seconds: float
    """Length of the run."""

    @property
    def passed(self) -> bool:
        """Whether every message was answered once and nobody saw a fault."""
        return not (self.lost or self.doubled or self.user_visible_failures or self.broken_promises)

    def as_json(self) -> dict[str, object]:
        """Return the numbers."""
        return {**asdict(self), "passed": self.passed}

    def lines(self) -> list[str]:
        """Return the report in Chinese."""
        latency = "，".join(f"{name} {value:.0f} 毫秒" for name, value in self.latency_ms.items())
        injected = sum(self.injected.values())
        return [
            f"消息 {self.messages} 条，其中要回复的 {self.wanted} 条，用时 {self.seconds:.0f} 秒",
            f"恰好答复一次 {self.answered_once}，丢失 {self.lost}，重复 {self.doubled}，"
            f"家长看到故障 {self.user_visible_failures}",
            f"被动回复用时：{latency}",
            f"答复途径：{_counts(self.ways, _WAYS)}",
            f"每条消息的请求次数：{_counts(self.attempts)}",
            f"注入的故障 {injected} 次：{_counts(self.injected, _FAULTS)}",
            f"失败的请求（家长看不到）：{_counts(self.alarms)}",
            *(
                f"Redis 不在时，两个副本对同一条各答各的 {self.apart} 条"
                for _ in range(bool(self.apart))
            ),
            *(f"家长看到的故障：{_counts(self.failures)}" for _ in self.failures and [1]),
            *(f"不符合约定：{_counts(self.broken_promises)}" for _ in self.broken_promises and [1]),
            *(f"微信会停止推送 {self.marked} 次（MarkFail）" for _ in range(bool(self.marked))),
            "结论：通过" if self.passed else "结论：没有通过",
        ]


_WAYS = {"passive": "被动回复", "tap": "点“查看回复”", "next": "随下一条", "custom": "客服消息"}
_FAULTS = {
    "hangup": "回复途中断线",
    "refused": "请求没送到",
    "twice": "同一条同时送到两处",
    "copy": "答完又送一次",
    "halting": "请求体断续",
    "forged": "伪造签名",
    "stale": "重放旧请求",
    "truncated": "截断的请求体",
    "redis_killed": "Redis 被杀",
    "replica_killed": "副本被杀",
}


def report_of(tally: Tally, lines: Sequence[Line], seconds: float) -> Report:
    """Return the report of a run that is over."""
    alarms: Counter[str] = Counter()
    for line in lines:
        alarms.update(line.alarms)
    counts = Counter(min(asked.answers, 2) for asked in tally.asked)
    return Report(
        messages=sum(tally.kinds.values()),
        wanted=len(tally.asked),
        answered_once=counts[1],
        lost=counts[0],
        doubled=counts[2],
        user_visible_failures=sum(tally.faults.values()),
        failures=dict(tally.faults),
        broken_promises=dict(tally.wrong),
        apart=tally.apart,
        ways=dict(Counter(asked.way for asked in tally.asked if asked.way)),
        attempts={str(n): count for n, count in sorted(tally.attempts.items())},
        alarms=dict(alarms),
        marked=sum(line.marked for line in lines),
        injected=dict(tally.injected),
        kinds=dict(tally.kinds),
        latency_ms=_percentiles(tally.seconds),
        seconds=round(seconds, 1),
    )


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    if not ordered:
        return {}
    places = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    last = len(ordered) - 1
    return {name: round(ordered[round(part * last)] * 1000, 1) for name, part in places.items()}


def _counts(counts: dict[str, int], names: dict[str, str] | None = None) -> str:
    shown = [f"{(names or {}).get(name, name)} {count}" for name, count in counts.items()]
    return "，".join(shown) or "无"
