"""The `tests` of flow files, and how much of each flow all tests together have walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.dialogue.assistant import Assistant
from app.domain.flows import Flow, FlowTest
from app.flows.coverage import Branches, Coverage
from app.impact.flow_runs import end_of

_SHOWN_BRANCHES = 8


@dataclass(frozen=True, slots=True)
class FlowTestReport:
    """Results of the tests that stand in flow files."""

    total: int
    failures: tuple[str, ...]

    def line(self) -> str:
        """Return the summary."""
        return f"流程测试 {self.total} 条：没通过 {len(self.failures)}"


def run_flow_tests(assistant: Assistant, coverage: Coverage) -> FlowTestReport:
    """Run the tests of all flows, noting the branches that they walk."""
    failures: list[str] = []
    total = 0
    for flow in assistant.catalog.flows.values():
        for test in flow.tests:
            total += 1
            end = _end_of(assistant, flow, test, coverage)
            if end != test.ends:
                said = "”“".join(test.say)
                failures.append(
                    f"✗ {flow.file}:{test.line}（{test.region}）“{said}”："
                    f"应当得出 {test.ends}，却是{end}"
                )
    return FlowTestReport(total, tuple(failures))


def _end_of(assistant: Assistant, flow: Flow, test: FlowTest, coverage: Coverage) -> str:
    def visit(values: dict[str, str], ended: bool) -> None:
        coverage.visit(flow.id, test.region, values, ended=ended)

    return end_of(assistant, flow, test, visit)


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """Yield one line a flow and region: how much was walked, and what was not."""
    for branches in coverage.report():
        yield _line(branches)


def is_complete(coverage: Coverage) -> bool:
    """Tell whether every branch of every flow was walked."""
    return all(not branches.missing for branches in coverage.report())


def _line(branches: Branches) -> str:
    mark = "✗" if branches.missing else "✓"
    text = (
        f"{mark} 流程 {branches.flow.id}（{branches.region}）："
        f"走到 {branches.visited}/{branches.total} 个分支，{branches.percent}%"
    )
    if not branches.missing:
        return text
    shown = "；".join(branches.missing[:_SHOWN_BRANCHES])
    more = len(branches.missing) - _SHOWN_BRANCHES
    return f"{text}；没走到：{shown}" + (f"；另有 {more} 个" if more > 0 else "")
