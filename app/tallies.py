"""Counters and histograms that cost a message next to nothing; read when metrics are asked for.

prometheus_client finds the child of each label by a lock and a tuple of texts and walks through the
buckets: ten microseconds for every message where one will do. What these hold is told in its form.
Only for one thread: the event loop's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

_told: Callable[[float], str] = floatToGoString


class Tally(Collector):
    """A counter.

    Args:
        name: With `_total` at its end.
        help_text: What is counted.
        labels: Names of its labels.
        registry: Where it is told.
    """

    def __init__(
        self, name: str, help_text: str, labels: Sequence[str], registry: CollectorRegistry
    ) -> None:
        self.name, self.labels, self._help = name, tuple(labels), help_text
        self._counts: dict[tuple[str, ...], int] = {} if labels else {(): 0}
        registry.register(self)

    def count(self, *values: str) -> None:
        """Count one with these values of the labels, in order."""
        self._counts[values] = self._counts.get(values, 0) + 1

    def describe(self) -> Iterator[Metric]:
        """Yield the metric without samples: what the registry checks names with."""
        yield CounterMetricFamily(self.name, self._help, labels=self.labels)

    def collect(self) -> Iterator[Metric]:
        """Yield the metric."""
        family = CounterMetricFamily(self.name, self._help, labels=self.labels)
        for values, count in self._counts.items():
            family.add_metric(values, count)
        yield family


class TimeTally(Collector):
    """A histogram of times in seconds.

    Args:
        name: Of the metric.
        help_text: What is timed.
        labels: Names of its labels.
        bounds: Upper bounds of the buckets, ascending, in seconds; the last without one is added.
        registry: Where it is told.
    """

    def __init__(
        self,
        name: str,
        help_text: str,
        labels: Sequence[str],
        bounds: Sequence[float],
        registry: CollectorRegistry,
    ) -> None:
        self.name, self.labels, self._help = name, tuple(labels), help_text
        self._bounds = tuple(bounds)
        self._names = [_told(bound) for bound in (*self._bounds, float("inf"))]
        self._counts: defaultdict[tuple[str, ...], list[int]] = defaultdict(self._nothing)
        self._sums: defaultdict[tuple[str, ...], float] = defaultdict(float)
        if not labels:
            self._counts[()] = self._nothing()
        registry.register(self)

    def observe(self, seconds: float, *values: str) -> None:
        """Count a time with these values of the labels, in order."""
        # A bound is part of its bucket. Source: Prometheus, `le` is less or equal.
        self._counts[values][bisect_left(self._bounds, seconds)] += 1
        self._sums[values] += seconds

    def describe(self) -> Iterator[Metric]:
        """Yield the metric without samples: what the registry checks names with."""
        yield HistogramMetricFamily(self.name, self._help, labels=self.labels)

    def collect(self) -> Iterator[Metric]:
        """Yield the metric; buckets hold all times up to their bound, as Prometheus wants it."""
        family = HistogramMetricFamily(self.name, self._help, labels=self.labels)
        for values, counts in self._counts.items():
            upto = accumulate(counts)
            buckets = [(name, float(n)) for name, n in zip(self._names, upto, strict=True)]
            family.add_metric(values, buckets, sum_value=self._sums[values])
        yield family

    def _nothing(self) -> list[int]:
        return [0] * (len(self._bounds) + 1)
