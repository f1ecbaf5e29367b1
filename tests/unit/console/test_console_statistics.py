"""Sums over days, and what the page 流程 says of flows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest

from app.console.flow_view import condition, coverage_of, outcome
from app.console.statistics import NoStatistics, summarise
from tests.assistants import small_assistant


@dataclass(frozen=True)
class Day:
    day: date
    messages: int = 0
    decisions: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)
    hours: tuple[int, ...] = (0,) * 24
    p95_ms: float | None = None
    handoffs: int = 0
    unsolved: int = 0


def test_days_are_summed_up():
    first = Day(
        date(2026, 1, 1),
        10,
        {"answer": 6, "clarify": 2, "fallback": 1, "smalltalk": 1},
        {"fee": 4, "pay": 2},
        (1, *(0,) * 22, 9),
        120.0,
        1,
        2,
    )
    second = Day(date(2026, 1, 2), 2, {"flow": 2}, {"pay": 3}, p95_ms=80.0)
    summary = summarise([first, second, Day(date(2026, 1, 3))])
    assert (summary.messages, summary.resolved) == (12, 7)
    assert (summary.clarified, summary.refused, summary.handoffs) == (2, 1, 1)
    assert summary.p95_ms == 120.0
    assert summary.topics == (("pay", 5), ("fee", 4))
    assert (summary.hours[0], summary.hours[23]) == (1, 9)
    assert summary.share(3) == "25%"


@pytest.mark.anyio
async def test_nothing_is_no_error():
    summary = summarise(await NoStatistics().days(None, date(2026, 1, 1), date(2026, 1, 7)))
    assert (summary.messages, summary.p95_ms, summary.share(0)) == (0, None, "—")


def test_coverage_is_that_of_the_tests_in_the_files():
    assistant = small_assistant()
    coverage = coverage_of(assistant)
    regions = {(f.id, r) for f in assistant.catalog.flows.values() for r in f.regions}
    assert set(coverage) == regions
    assert any(branches.visited for branches in coverage.values())


def test_every_row_of_every_flow_can_be_told():
    catalog = small_assistant().catalog
    titles = {str(i.id): i.title for i in catalog.intents.values()}
    for flow in catalog.flows.values():
        for part in flow.regions.values():
            conditions = [condition(part, row) for row in part.decide]
            assert all(conditions)
            assert all(outcome(row, titles) for row in part.decide)
