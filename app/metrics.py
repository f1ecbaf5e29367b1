"""Prometheus metrics. Labels are accounts, decisions and topics; never users or texts."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from app import __version__
from app.dialogue.reminding import Pushed
from app.dialogue.service import NOTHING
from app.dialogue.turn_span import note_turn
from app.domain.channels import Channel
from app.domain.turn import Turn
from app.message_metrics import BUCKETS_S, RequestMetrics, TurnMetrics
from app.tallies import Tally, TimeTally
from app.tracing import ended


class ApiMetrics:
    """What is counted of calls of the platform's API, and how replies went."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._api_seconds = Histogram(
            "yibao_wechat_api_seconds",
            "Time of one exchange with the platform's API, in seconds",
            ["account", "endpoint"],
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._api_calls = Counter(
            "yibao_wechat_api_calls_total",
            "Exchanges with the platform's API, by outcome: ok, network, malformed, or the code",
            ["account", "endpoint", "outcome"],
            registry=registry,
        )
        self._api_alarms = Counter(
            "yibao_wechat_api_alarms_total",
            "Answers of the platform that demand an operator, by code",
            ["account", "errcode"],
            registry=registry,
        )
        self._token_fetched = Gauge(
            "yibao_wechat_token_fetched_timestamp_seconds",
            "When the access token in use was fetched; its age is time() minus this",
            ["account"],
            registry=registry,
        )
        self._token_expires = Gauge(
            "yibao_wechat_token_expires_timestamp_seconds",
            "When the access token in use expires",
            ["account"],
            registry=registry,
        )
        self._channels = Counter(
            "yibao_reply_channel_total",
            "Ways by which replies went: passive, customer_service, view_reply, next_visit",
            ["account", "channel"],
            registry=registry,
        )

    def api_call(self, account: str, endpoint: str, outcome: str, seconds: float) -> None:
        """Count an exchange with the platform's API."""
        ended(f"wechat {endpoint}", seconds, account=account, outcome=outcome)
        self._api_calls.labels(account, endpoint, outcome).inc()
        self._api_seconds.labels(account, endpoint).observe(seconds)

    def api_token(self, account: str, fetched_at: float, expires_at: float) -> None:
        """Note the access token in use; Unix seconds."""
        self._token_fetched.labels(account).set(fetched_at)
        self._token_expires.labels(account).set(expires_at)

    def api_alarm(self, account: str, errcode: int) -> None:
        """Count an answer of the platform that demands an operator."""
        self._api_alarms.labels(account, str(errcode)).inc()

    def channel(self, account: str, channel: Channel) -> None:
        """Count how a reply went; customer_service is the use of the quota."""
        self._channels.labels(account, channel.value).inc()


class ContentMetrics:
    """Which content is served, and how changes of it went."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._info = Gauge(
            "yibao_content_revision_info",
            "Published revision of the content that is served",
            ["revision", "number"],
            registry=registry,
        )
        self._age = Gauge(
            "yibao_content_age_seconds",
            "Since the served revision was published",
            registry=registry,
        )
        self._reloads = Counter(
            "yibao_content_reload_total",
            "Changes of content: loaded, failed, published or rejected (the last two: files)",
            ["result"],
            registry=registry,
        )

    def served(self, revision: str, number: int, age_s: float) -> None:
        """Note what is served; number 0 and age 0 where it was not published."""
        self._info.clear()
        self._info.labels(revision[:12], str(number)).set(1)
        self._age.set(age_s)

    def reloaded(self, result: str) -> None:
        """Count a change."""
        self._reloads.labels(result).inc()


class DiaryMetrics:
    """What is counted of journal and statistics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._dropped = Counter(
            "yibao_diary_dropped_total",
            "Turns that left nothing in journal and statistics because Redis was away or slow",
            registry=registry,
        )

    def dropped(self, turns: int) -> None:
        """Count turns that could not be written down."""
        self._dropped.inc(turns)


class BackgroundMetrics:
    """What is counted of Redis, of reminders and of traces."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._redis_seconds = TimeTally(
            "yibao_redis_seconds",
            "Time of one script in Redis with the way there and back, in seconds",
            (),
            BUCKETS_S,
            registry,
        )
        self._redis_calls = Tally(
            "yibao_redis_calls_total",
            "Scripts run in Redis, by outcome: ok or the error's class",
            ("outcome",),
            registry,
        )
        self._reminders = Counter(
            "yibao_reminders_total",
            "Reminders that were due: sent, refused or unsure",
            ["outcome"],
            registry=registry,
        )
        self._traces = Counter(
            "yibao_traces_dropped_total", "Spans that were not sent", ["reason"], registry=registry
        )

    def untraced(self, reason: str, spans: int) -> None:
        """Count spans that were dropped; from any thread."""
        self._traces.labels(reason).inc(spans)

    def redis(self, seconds: float, outcome: str) -> None:
        """Count a script that ran."""
        self._redis_seconds.observe(seconds)
        self._redis_calls.count(outcome)

    def reminders(self, outcomes: Mapping[Pushed, int]) -> None:
        """Count a round of reminders."""
        for outcome, number in outcomes.items():
            self._reminders.labels(outcome.value).inc(number)


class Metrics:
    """The process's metrics, on a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._store_up = Gauge(
            "yibao_store_up", "Whether Redis answered when last asked", registry=registry
        )
        self._catalog = Gauge(
            "yibao_catalog_info", "Revision of the content", ["revision"], registry=registry
        )
        self._expiring = Gauge(
            "yibao_content_expiring",
            "Documents and dated periods: expired, soon (within 60 days) or current",
            ["account", "state"],
            registry=registry,
        )
        self._turns = TurnMetrics(registry)
        self.api = ApiMetrics(registry)
        self.reloads = ContentMetrics(registry)
        self.diary = DiaryMetrics(registry)
        self.requests = RequestMetrics(registry)
        self.background = BackgroundMetrics(registry)
        build = Gauge("yibao_build_info", "Version", ["version"], registry=registry)
        build.labels(__version__).set(1)
        ProcessCollector(registry=registry)

    def turn(
        self,
        account: str,
        turn: Turn,
        *,
        stateless: bool,
        waited_ms: Mapping[str, float] = NOTHING,
    ) -> None:
        """Count an answered message, and log one line that says nothing of its text."""
        note_turn(turn, stateless=stateless)
        self._turns.turn(account, turn, stateless, waited_ms)

    def store(self, *, up: bool) -> None:
        """Note whether the store answered."""
        self._store_up.set(1 if up else 0)

    def catalog(self, revision: str) -> None:
        """Note which content is served."""
        self._catalog.clear()
        self._catalog.labels(revision[:12]).set(1)

    def content(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Note how much content of each account has expired or soon will: (account, state)."""
        self._expiring.clear()
        for (account, state), count in counts.items():
            self._expiring.labels(account, state).set(count)

    def text(self) -> bytes:
        """Return all metrics in Prometheus text format."""
        return generate_latest(self.registry)
