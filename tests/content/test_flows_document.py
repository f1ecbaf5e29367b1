"""docs/flows.md: its worked example is loaded and its conversation takes place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from app.content.conversation_model import ConversationsFile
from app.content.field_types import FileModel
from app.content.flow_model import FlowFile, FlowRegionPart, RowPart, SlotPart
from app.content.lint import lint
from app.content.loader import load_catalog
from app.content.parsing import parse_model
from app.content.problems import ProblemList
from app.content.rules import RULES
from app.content.slot_vocabulary import PRESETS
from app.content.yaml_source import read_yaml
from app.domain.flows import FlowRegion, SlotKind
from app.domain.names import FlowId, Region
from app.flows.machine import Ask
from app.flows.walking import Stand, walk
from app.matching.normalise import normalise
from app.matching.places import Places
from tests.assistants import ROOT, SMALL_CONTENT

DOCUMENT = (ROOT / "docs/flows.md").read_text("utf-8")
YAML_BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
TALK = re.findall(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)[0]
LIUZHOU = Region("liuzhou")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(SMALL_CONTENT, tmp_path, dirs_exist_ok=True)
    (tmp_path / "intents/flows/where_to_pay.yml").write_text(YAML_BLOCKS[0], "utf-8")
    return tmp_path


@pytest.fixture
def flow(root: Path) -> FlowRegion:
    return load_catalog(root).flows[FlowId("where_to_pay")].regions[LIUZHOU]


def fold(text: str) -> str:
    return Places(["柳州"], ["南宁"]).fold(text)


def end_of(stand: Stand) -> str:
    if isinstance(stand.step, Ask):
        return f"问：{stand.step.slot.name}"
    return f"得出：{stand.step.row.answer or stand.step.row.verdict}"


def test_the_example_has_no_problem(root: Path) -> None:
    assert [p for p in lint(root) if p.file.endswith("where_to_pay.yml")] == []


def test_the_conversations_of_the_example_take_place(flow: FlowRegion) -> None:
    talks = [talk.strip().split("\n") for talk in TALK.strip().split("\n\n")]
    assert len(talks) == 2
    for lines in talks:
        said = [normalise(line.removeprefix("家长：")) for line in lines[::2]]
        assert [end_of(stand) for stand in walk(flow, said, fold)] == lines[1::2]


def test_the_tests_of_the_example_pass(root: Path) -> None:
    flow = load_catalog(root).flows[FlowId("where_to_pay")]
    assert len(flow.tests) == 3
    for test in flow.tests:
        *_, last = walk(flow.regions[test.region], [normalise(s) for s in test.say], fold)
        assert end_of(last) == f"得出：{test.ends}"


def test_the_conversation_file_of_the_document_is_well_formed() -> None:
    problems = ProblemList()
    source = read_yaml("doc.yml", YAML_BLOCKS[1], problems)
    assert source is not None
    parsed = parse_model(ConversationsFile, source, problems)
    assert parsed is not None, problems.ordered()
    assert len(parsed.value.conversations[0].turns) == 4


def test_every_key_type_and_rule_is_explained() -> None:
    parts: list[type[FileModel]] = [FlowFile, FlowRegionPart, SlotPart, RowPart]
    named = {name for part in parts for name in part.model_fields}
    assert {name for name in named if name not in DOCUMENT} == set()
    assert {str(kind) for kind in SlotKind if f"`{kind}`" not in DOCUMENT} == set()
    values = {value for choices in PRESETS.values() for value in choices}
    assert {value for value in values if value not in DOCUMENT} == set()
    assert set(re.findall(r"F\d{3}", DOCUMENT)) <= RULES.keys()
