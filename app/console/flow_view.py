"""What the page 流程 shows of a flow: questions, ends, and which branches its tests walk."""

from __future__ import annotations

from collections.abc import Mapping

from app.dialogue.assistant import Assistant
from app.domain.flows import UNSAID, FlowRegion, Row
from app.domain.names import FlowId, Region
from app.flows.coverage import Branches, Coverage
from app.flows.machine import Done
from app.flows.walking import walk
from app.matching.normalise import normalise

VERDICTS: Mapping[str, str] = {
    "covered": "可以",
    "not_covered": "不可以",
    "depends": "看情况",
    "not_stated": "文件没有写",
    "info": "说明",
}


def coverage_of(assistant: Assistant) -> dict[tuple[FlowId, Region], Branches]:
    """Walk the tests of every flow; some 10 ms a flow, so not on the event loop."""
    coverage = Coverage(assistant.catalog.flows)
    for flow in assistant.catalog.flows.values():
        for test in flow.tests:
            said = [normalise(words) for words in test.say]
            fold = assistant.matchers[test.region].fold
            for stand in walk(flow.regions[test.region], said, fold):
                ended = isinstance(stand.step, Done)
                coverage.visit(flow.id, test.region, stand.values, ended=ended)
    return {(found.flow.id, found.region): found for found in coverage.report()}


def condition(part: FlowRegion, row: Row) -> str:
    """Return what must be known for a row of the table, in Chinese."""
    words = []
    for slot in part.slots:
        accepted = row.when.get(slot.name)
        if accepted is None:
            continue
        labels = [choice.label for choice in slot.choices if choice.value in accepted]
        if UNSAID in accepted:
            labels.append("没说")
        words.append(f"{slot.title}：{'或'.join(labels)}")
    return "；".join(words) or "其他情况"


def outcome(row: Row, titles: Mapping[str, str]) -> str:
    """Return what a row answers, its first line."""
    if row.answer is not None:
        return f"回答“{titles.get(row.answer, row.answer)}”"
    return f"{VERDICTS.get(row.verdict, row.verdict)}：{row.say.splitlines()[0]}"
