"""How long messages wait for a replica: Erlang's formula, and a simulation event by event.

A replica answers one message after the other: its Python runs on one core. Erlang C is exact for
exponential service times and one common queue (A. K. Erlang 1917; L. Kleinrock, Queueing Systems 1,
1975, section 3.5, "M/M/m"). Real replicas have a queue each and service times that vary less, so
the sizes are taken from the simulation; the formula proves that the simulation is right.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Dispatch = Literal["common", "turns", "random"]
"""common: one queue for all; turns: round robin, as our Caddy; random: as a Kubernetes service."""

Service = Callable[[Random], float]
"""Draws a service time in seconds."""


def erlang_c(servers: int, load: float) -> float:
    """Return the probability that an arrival must wait in M/M/m.

    Args:
        servers: m, 1 or more.
        load: λ/μ in Erlang; where it is m or more everybody waits.
    """
    if load >= servers:
        return 1.0
    term, below = 1.0, 1.0
    for number in range(1, servers):
        term *= load / number
        below += term
    waiting = term * load / servers * servers / (servers - load)
    return waiting / (below + waiting)


def erlang_wait_s(servers: int, per_s: float, service_s: float, share: float) -> float:
    """Return the time that this share of the arrivals waits at most in M/M/m.

    From P(W > t) = C · exp(-(mμ - λ)t); infinity where the servers cannot keep up.
    """
    spare_per_s = servers / service_s - per_s
    if spare_per_s <= 0:
        return math.inf
    waits = erlang_c(servers, per_s * service_s)
    return max(0.0, math.log(waits / (1 - share)) / spare_per_s) if waits > 0 else 0.0


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Service times whose logarithm is normal, which fits what programs take.

    Attributes:
        mean_s: Mean in seconds.
        sigma: Deviation of the logarithm; 0: always the same.
    """

    mean_s: float
    sigma: float

    def __call__(self, rng: Random) -> float:
        """Draw one."""
        return rng.lognormvariate(math.log(self.mean_s) - self.sigma**2 / 2, self.sigma)


def poisson_times(rng: Random, per_s: float, lasts_s: float) -> list[float]:
    """Return arrival times from 0 to `lasts_s`, seconds, ascending."""
    found, at = [], rng.expovariate(per_s)
    while at < lasts_s:
        found.append(at)
        at += rng.expovariate(per_s)
    return found


def waits(
    arrivals: Sequence[float],
    services: Sequence[float],
    replicas: int,
    dispatch: Dispatch,
    choices: Sequence[float] = (),
) -> list[float]:
    """Return each arrival's wait in seconds, first come first served at its replica.

    Args:
        arrivals: Ascending times in seconds.
        services: Service time of each, seconds.
        replicas: How many answer.
        dispatch: Which replica gets it.
        choices: For `random`: a number from 0 to 1 for each arrival.
    """
    free = [0.0] * replicas
    found = []
    for number, (at, service) in enumerate(zip(arrivals, services, strict=True)):
        if dispatch == "common":
            start = max(at, free[0])
            heapq.heapreplace(free, start + service)
        else:
            turn = dispatch == "turns"
            which = number % replicas if turn else int(choices[number] * replicas)
            start = max(at, free[which])
            free[which] = start + service
        found.append(start - at)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return what this share of the values keeps."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Messages arriving at a fixed mean rate, drawn once, then sent to any number of replicas.

    Attributes:
        arrivals: Seconds, ascending.
        services: Seconds, one for each.
        choices: For random dispatch, 0 to 1, one for each.
    """

    arrivals: list[float]
    services: list[float]
    choices: list[float]

    def response_s(self, replicas: int, dispatch: Dispatch, share: float = 0.99) -> float:
        """Return wait and service that this share of the messages keeps."""
        waited = waits(self.arrivals, self.services, replicas, dispatch, self.choices)
        return percentile([w + s for w, s in zip(waited, self.services, strict=True)], share)


def crowd(seed: int, per_s: float, lasts_s: float, service: Service) -> Crowd:
    """Draw messages; the same ones for the same seed."""
    rng = Random(seed)  # noqa: S311 - chance, not secrets
    arrivals = poisson_times(rng, per_s, lasts_s)
    services = [service(rng) for _ in arrivals]
    return Crowd(arrivals, services, [rng.random() for _ in arrivals])
