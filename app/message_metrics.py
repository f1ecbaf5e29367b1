"""What is counted of each message: requests, and turns."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter

from app.domain.turn import Turn
from app.tallies import Tally, TimeTally

_log = structlog.get_logger(__name__)

STAGES = ("load", "understand", "render", "save")
"""Parts of a message's way that are timed apart; keys of a trace's `timings_ms`."""
BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0)


class RequestMetrics:
    """What is counted of WeChat's requests. Implements the webhook's port `Meter`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Tally(
            "yibao_requests_total",
            "Authentic pushes, by outcome: answered, late (asked to wait) or silent (no reply due)",
            ("account", "outcome"),
            registry,
        )
        self._seconds = TimeTally(
            "yibao_request_seconds",
            "From an authentic push to its reply, in seconds; WeChat waits 5",
            ("account",),
            BUCKETS_S,
            registry,
        )
        self._retries = Counter(
            "yibao_request_retries_total",
            "Pushes that WeChat sent again",
            ["account"],
            registry=registry,
        )
        self._refused = Counter(
            "yibao_request_refused_total",
            "Requests that were not taken: forged, replayed, malformed …",
            ["account", "reason"],
            registry=registry,
        )
        self._limited = Counter(
            "yibao_rate_limited_total",
            "Messages turned away, by whose limit they met: user or account",
            ["account", "scope"],
            registry=registry,
        )
        self._failed = Counter(
            "yibao_turn_failures_total",
            "Turns that raised an error; answered with an apology or more simply",
            ["account"],
            registry=registry,
        )

    def request(self, account: str, outcome: str, attempt: int, seconds: float) -> None:
        """Count a push that was dealt with."""
        self._requests.count(account, outcome)
        self._seconds.observe(seconds, account)
        if attempt > 1:
            self._retries.labels(account).inc()

    def refused(self, account: str, reason: str) -> None:
        """Count a request that was not taken."""
        self._refused.labels(account, reason).inc()

    def failed(self, account: str) -> None:
        """Count a turn that raised an error."""
        self._failed.labels(account).inc()

    def limited(self, account: str, scope: str) -> None:
        """Count a message that was turned away; `scope` is user or account."""
        self._limited.labels(account, scope).inc()


class TurnMetrics:
    """What is counted of turns."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._turns = Tally(
            "yibao_turns_total",
            "Messages answered, by decision",
            ("account", "decision"),
            registry,
        )
        self._topics = Tally(
            "yibao_topics_total", "Topics answered", ("account", "topic"), registry
        )
        self._stateless = Counter(
            "yibao_stateless_turns_total",
            "Answered without the store",
            ["account"],
            registry=registry,
        )
        self._seconds = TimeTally(
            "yibao_turn_seconds",
            "Time to decide and render, in seconds",
            (),
            BUCKETS_S,
            registry,
        )
        self._stages = TimeTally(
            "yibao_stage_seconds",
            "Time of one stage of a message, in seconds: load, understand, render, save",
            ("stage",),
            BUCKETS_S,
            registry,
        )

    def turn(self, account: str, turn: Turn, stateless: bool, waited: Mapping[str, float]) -> None:
        """Count an answered message, and log one line that says nothing of its text."""
        timings_ms = {**turn.trace.timings_ms, **waited}
        _log.info(
            "turn",
            account=account,
            decision=str(turn.decision),
            topics=list(turn.topics),
            stateless=stateless,
            ms=timings_ms,
        )
        for stage in STAGES:
            if stage in timings_ms:
                self._stages.observe(timings_ms[stage] / 1000, stage)
        self._turns.count(account, str(turn.decision))
        for topic in turn.topics:
            self._topics.count(account, topic)
        if stateless:
            self._stateless.labels(account).inc()
        self._seconds.observe(timings_ms.get("turn", 0.0) / 1000)
