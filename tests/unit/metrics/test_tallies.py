"""Tallies tell what prometheus_client's own counters and histograms would tell."""

from __future__ import annotations

import random

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from app.tallies import Tally, TimeTally

BOUNDS = (0.001, 0.01, 0.5)
TIMES = [0.0, 0.001, 0.0010001, 0.4, 0.5, 7.0, *(random.Random(1).random() for _ in range(50))]


def told(registry: CollectorRegistry) -> list[str]:
    """Return the lines of the text format, without when a series began."""
    lines = generate_latest(registry).decode().splitlines()
    return sorted(line for line in lines if "_created" not in line)


def test_a_tally_tells_what_a_counter_does() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    tally = Tally("seen_total", "What was seen", ("kind", "place"), ours)
    counter = Counter("seen_total", "What was seen", ["kind", "place"], registry=theirs)
    for kind, place in [("a", "x"), ("a", "y"), ("a", "x"), ('qu"ote\n', "\\")]:
        tally.count(kind, place)
        counter.labels(kind, place).inc()
    assert told(ours) == told(theirs)


def test_a_tally_without_labels_begins_at_nought() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    Tally("seen_total", "What was seen", (), ours)
    Counter("seen_total", "What was seen", registry=theirs)
    assert told(ours) == told(theirs)


@pytest.mark.parametrize("labels", [(), ("stage",)])
def test_times_are_told_as_a_histogram_does(labels: tuple[str, ...]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    tally = TimeTally("took_seconds", "How long", labels, BOUNDS, ours)
    histogram = Histogram("took_seconds", "How long", labels, buckets=BOUNDS, registry=theirs)
    assert told(ours) == told(theirs)
    for seconds in TIMES:
        tally.observe(seconds, *("load" for _ in labels))
        (histogram.labels("load") if labels else histogram).observe(seconds)
    assert told(ours) == told(theirs)


def test_no_two_tallies_have_one_name() -> None:
    registry = CollectorRegistry()
    Tally("seen_total", "What was seen", (), registry)
    with pytest.raises(ValueError, match="seen"):
        Tally("seen_total", "Seen again", (), registry)
