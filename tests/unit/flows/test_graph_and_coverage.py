"""Drawings that Mermaid can read, and counts of what tests have walked."""

from __future__ import annotations

import re

import pytest

from app.domain.flows import UNSAID, Flow, FlowRegion, Row
from app.domain.names import FlowId, IntentId, Region
from app.flows.coverage import Coverage
from app.flows.graph import mermaid
from app.flows.starts import Starts
from app.flows.walking import walk
from tests.unit.flows.flow_cases import make_slot, shipped_flows

NODE = r"(?:start|[qr]\d+)"
TEXT = r'"[^"`<>\n]*"'
LINE = re.compile(
    rf"flowchart TD|  start\(\[{TEXT}\]\) --> {NODE}|  q\d+\{{{TEXT}\}}|  r\d+\[{TEXT}\]"
    rf"|  q\d+ -- {TEXT} --> {NODE}|  start -\. {TEXT} \.-> r\d+"
)
NORTH = Region("north")
PART = FlowRegion(
    (make_slot("kind", {"a": ["甲类"], "b": ["乙类"]}), make_slot("more", {"c": [], "d": []})),
    (
        Row(
            {"kind": frozenset({"a"}), "more": frozenset({"c", UNSAID})},
            "covered",
            "说",
            (),
            origin=0,
        ),
        Row(
            {"kind": frozenset({"a"}), "more": frozenset({"d"})}, "depends", '"<b>#`', (), origin=1
        ),
        Row({"kind": frozenset({"b"})}, "", "", (), IntentId("fee"), origin=2),
    ),
    own_slots=frozenset({"kind", "more"}),
)
FLOW = Flow(FlowId("f"), IntentId("t"), "试", {NORTH: PART})


@pytest.mark.parametrize("flow", shipped_flows().values(), ids=shipped_flows().keys())
def test_every_line_is_mermaid_and_every_row_is_drawn(flow: FlowRegion) -> None:
    lines = mermaid("标题", flow).splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    rows = {m.group() for line in lines for m in re.finditer(r"(?<=^  )r\d+(?=\[)", line)}
    assert rows == {f"r{i}" for i in range(len(flow.decide))}


def test_signs_are_escaped_and_volunteered_rows_are_dotted() -> None:
    text = mermaid('a"b', PART)
    assert '"a#quot;b"' in text
    assert "看情况：#quot;#lt;b#gt;#35;#96;" in text
    assert 'start -. "kind=a，more=d" .-> r1' in text


class TestCoverage:
    def test_what_is_missing_is_named(self) -> None:
        coverage = Coverage({FLOW.id: FLOW})
        coverage.visit(FLOW.id, NORTH, {"kind": "a"}, ended=True)
        (branches,) = coverage.report()
        assert (branches.visited, branches.total, branches.percent) == (2, 7, 28)
        assert branches.missing[0] == "选项 kind: b（b）"
        assert branches.missing[-1] == "decide 第 3 行（fee）"

    def test_all_of_it(self) -> None:
        coverage = Coverage({FLOW.id: FLOW})
        for values in ({"kind": "a", "more": "c"}, {"kind": "a", "more": "d"}, {"kind": "b"}):
            coverage.visit(FLOW.id, NORTH, values, ended=True)
        (branches,) = coverage.report()
        assert (branches.percent, branches.missing) == (100, ())

    def test_an_unknown_flow_or_value_counts_for_nothing(self) -> None:
        coverage = Coverage({FLOW.id: FLOW})
        coverage.visit(FlowId("gone"), NORTH, {"kind": "a"}, ended=True)
        coverage.visit(FLOW.id, NORTH, {"kind": "z"}, ended=True)
        assert next(iter(coverage.report())).visited == 0

    def test_a_walk_ends_at_its_row(self) -> None:
        stands = list(walk(PART, ["乙类", "甲类"], str))
        assert [s.values for s in stands] == [{"kind": "b"}]


class TestStarts:
    starts = Starts(["交不了(费|钱)", "缴费~问题"])

    @pytest.mark.parametrize(
        "text", ["交不了费", "我家交不了钱怎么办", "缴费出问题了", "孩子的缴费有问题咋整"]
    )
    def test_whole_messages_with_politeness(self, text: str) -> None:
        assert self.starts.matches(text)

    @pytest.mark.parametrize("text", ["", "交不了费是因为批扣吗", "京通交不了费显示无效"])
    def test_a_question_that_says_more_is_left_alone(self, text: str) -> None:
        assert not self.starts.matches(text)

    def test_no_words_match_nothing(self) -> None:
        assert not Starts([]).matches("")
