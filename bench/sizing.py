"""From the worst minute to replicas, cores, Redis, traffic and money."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.figures import Cost
from bench.queueing import Crowd, LogNormal, crowd, erlang_wait_s
from bench.season import Assumptions, Season

_SIMULATED_S = 180.0
"""The worst minute, three times as long: a queue that grows is seen to grow."""
_Z99 = 2.3263
"""The normal distribution's 99th percentile."""
_REDIS_MASTERS = 3
"""Fewer make no cluster."""
REPLY_TEXT_BYTES = 2048
"""Longest text of a passive reply."""
_ENVELOPE_BYTES = 400
_HEADERS_BYTES = 250
SEALED_BYTES = math.ceil((REPLY_TEXT_BYTES + _ENVELOPE_BYTES + 52) / 3) * 4 + _ENVELOPE_BYTES
"""The longest reply, encrypted: 16 random bytes, 4 of length, up to 32 of padding; Base64."""
_MB = 1024**2
_GB = 1024**3
_SEED = 2026


def service_time(cost: Cost, assumed: Assumptions) -> LogNormal:
    """Return the CPU time of a message: the measured mean, spread as the calm latencies are."""
    sigma = math.log(max(1.0, cost.p99_ms / cost.p50_ms)) / _Z99
    return LogNormal(cost.cpu_us / 1e6 * assumed.new_words, sigma)


def elsewhere_s(cost: Cost, assumed: Assumptions) -> float:
    """Return what a message takes beyond CPU, s: the way to Redis, as measured without a queue."""
    return max(0.0, cost.p50_ms / 1000 - cost.cpu_us / 1e6) * assumed.new_words


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a number of replicas does in the worst minute."""

    replicas: int
    busy: float
    """Share of their CPU; 1 and more: they never catch up."""
    turns_ms: float
    """p99 of the response where the proxy gives them messages in turn."""
    random_ms: float
    """p99 where they are given at random."""
    erlang_ms: float
    """p99 of the wait in M/M/m with the same mean: a check, not the model."""


class WorstMinute:
    """Messages of the worst minute, drawn once.

    Args:
        per_s: How many a second.
        cost: What one costs.
        assumed: The rates.
    """

    def __init__(self, per_s: float, cost: Cost, assumed: Assumptions) -> None:
        self._per_s, self._assumed = per_s, assumed
        self._service = service_time(cost, assumed)
        self._elsewhere_s = elsewhere_s(cost, assumed)
        lasts_s = max(_SIMULATED_S, 500 / per_s)
        self._crowd: Crowd = crowd(_SEED, per_s, lasts_s, self._service)

    def busy(self, replicas: int) -> float:
        """Return the share of the replicas' CPU that is used."""
        return self._per_s * self._service.mean_s / replicas

    def with_replicas(self, replicas: int) -> Waiting:
        """Return how long messages take with so many replicas."""
        turns, chance = (
            1000 * (self._crowd.response_s(replicas, how) + self._elsewhere_s)
            for how in ("turns", "random")
        )
        erlang = erlang_wait_s(replicas, self._per_s, self._service.mean_s, 0.99)
        return Waiting(replicas, self.busy(replicas), turns, chance, 1000 * erlang)

    def needed(self) -> int:
        """Return the fewest replicas that are fast enough and not too busy."""
        a = self._assumed
        replicas = max(1, math.ceil(self._per_s * self._service.mean_s / a.busy_at_most))
        while self.with_replicas(replicas).random_ms > 1000 * a.answer_within_s:
            replicas += 1
        return replicas


@dataclass(frozen=True, slots=True)
class Size:
    """A deployment that holds the worst minute with one failure domain gone."""

    season: Season
    needed: int
    """Replicas that hold the worst minute."""
    replicas: int
    """With those of the domain that may fail."""
    whole: Waiting
    after_loss: Waiting
    proxy_cores: float
    redis_mb: float
    """What Redis holds on the last day."""
    redis_busy: float
    """Cores that Redis uses in the worst minute."""
    redis_ops: float
    """Round trips a second in the worst minute."""
    masters: int
    redis_gb: float
    """Memory to be had, of masters and as many replicas."""
    app_gb: float
    egress_gb: float
    """Of the season."""
    egress_mbit: float
    """In the worst minute."""

    @property
    def cores(self) -> int:
        """Cores to be had: one a replica, proxies, one for each Redis server."""
        return self.replicas + math.ceil(self.proxy_cores) + 2 * self.masters

    @property
    def month(self) -> float:
        """Cost of a month with this size all the time, the traffic spread over the season."""
        a = self.season.assumed
        months = a.season_days / 30
        return (
            self.cores * a.core_month
            + (self.app_gb + self.redis_gb) * a.memory_gb_month
            + self.egress_gb * a.egress_gb / months
        )


def size(season: Season, cost: Cost, user_bytes: float) -> Size:
    """Return what a season needs.

    Args:
        season: Whose.
        cost: What a message costs.
        user_bytes: Bytes in Redis of an active user.
    """
    a, per_s = season.assumed, season.worst_per_s
    worst = WorstMinute(per_s, cost, a)
    needed = worst.needed()
    domains = season.scale.domains
    each = math.ceil(needed / (domains - 1))
    redis_mb = season.last_day_users * user_bytes / _MB + a.redis_capped_mb
    redis_busy = per_s * cost.redis_us / 1e6
    shards = max(
        math.ceil(redis_mb / 1024 * a.redis_headroom / a.shard_gb),
        math.ceil(redis_busy / a.redis_busy_at_most),
    )
    masters = shards if shards == 1 else max(shards, _REDIS_MASTERS)
    reply = SEALED_BYTES + _HEADERS_BYTES
    return Size(
        season,
        needed,
        each * domains,
        worst.with_replicas(each * domains),
        worst.with_replicas(each * (domains - 1)),
        per_s * a.proxy_us / 1e6 / a.busy_at_most,
        redis_mb,
        redis_busy,
        per_s * a.redis_calls,
        masters,
        2 * max(masters * 0.5, redis_mb / 1024 * a.redis_headroom),
        each * domains * cost.resident_mb * 1.5 / 1024,
        (season.total + season.campaign) * reply / _GB,
        per_s * reply * 8 / 1e6,
    )
