"""One slip of an operator is told once, at its line: nothing that follows from it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.content.lint import lint
from app.dialogue.texts import TEXT_KEYS
from tests.assistants import ROOT
from tests.content.rule_examples import base

_FEE, _LIUZHOU = "intents/fee_standard.yml", "intents/gap_fee_liuzhou.yml"
_FLOW, _FACTS = "intents/flows/check_coverage.yml", "knowledge/facts/beijing.yml"

SLIPS = [
    ("knowledge/beijing-2026.md", "region: beijing", "region: bejing", "R009"),
    (_FEE, "{fact.fee_yearly}/年", "445元/年", "C011"),
    (_FEE, "{fact.enrolment_end}", "2026年03月29日", "C011"),
    (_FLOW, "{fact.hotline_insurance}", "12338", "C011"),
    (_FEE, "answers:\n  beijing:", "answers:\n  bejing:", "R009"),
    (_FEE, "{fact.fee_yearly}", "{fact.fee_year}", "R006"),
    (_FEE, "  - payment_window", "  - payment_windw", "R004"),
    (_FEE, "  - beijing-2026#免缴名单", "  - beijing-2026#免交名单", "R002"),
    (_FEE, "answers:\n  beijing:", "answers:\n  - beijing:", "S003"),
    (_FEE, "  - 多少钱\n", "  － 多少钱\n", "Y007"),
    (_FEE, "  - 一年多少\n", "  － 一年多少\n", "Y007"),
    (_FEE, "title: ", "title：", "Y006"),
    (_FEE, "    source:\n", "\tsource:\n", "Y001"),
    (_LIUZHOU, "  - liuzhou", "  - luzhou", "R009"),
    (_FACTS, "value: 435元", "value: 445元", "C013"),
    (_FACTS, 'value: "12333"', "value: 12333", "Y008"),
    ("intents/payment_channels.yml", "flow: choose_payment", "flow: chose_payment", "R008"),
    ("intents/payment_channels.yml", "【市民中心】", "【市民大厅】", "C012"),
]


@pytest.mark.parametrize(("file", "old", "new", "rule"), SLIPS, ids=[s[3] + s[2] for s in SLIPS])
def test_it_is_told_once(file: str, old: str, new: str, rule: str, tmp_path: Path) -> None:
    root = base(tmp_path / "content")
    path = root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    changed = path.read_text("utf-8")
    at = next(i for i in range(len(text)) if text[i] != changed[i])
    line = text.count("\n", 0, at) + 1
    assert [(p.file, p.line, p.rule) for p in lint(root)] == [(file, line, rule)]


def test_a_name_that_the_program_does_not_fill_in_is_told(tmp_path: Path) -> None:
    root = base(tmp_path / "content")
    path = root / "intents" / "_texts.yml"
    text = path.read_text("utf-8")
    assert "{about}" in text
    path.write_text(text.replace("{about}", "{abuot}", 1), encoding="utf-8")
    line = text[: text.index("{about}")].count("\n") + 1
    found = [p for p in lint(root, TEXT_KEYS) if p.rule == "R007"]
    assert [(p.file, p.line) for p in found] == [("intents/_texts.yml", line)]


def test_a_table_with_a_hole_is_told_and_no_accident(tmp_path: Path) -> None:
    root = tmp_path / "content"
    for part in ("intents", "knowledge"):
        shutil.copytree(ROOT / part, root / part)
    path = root / "intents" / "flows" / "check_coverage.yml"
    lines = path.read_text("utf-8").split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("        ask: "))
    path.write_text("\n".join(lines[:at] + lines[at + 1 :]), encoding="utf-8")
    assert ("intents/flows/check_coverage.yml", "S002") in {(p.file, p.rule) for p in lint(root)}
