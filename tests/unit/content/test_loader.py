from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from app.content.loader import load_catalog
from app.domain.content import Account, Answer, Catalog, Fact, IntentKind
from app.domain.flows import Choice
from app.domain.names import Anchor, FlowId, IntentId, Region
from app.errors import ContentError
from tests.content.broken_content import SOUND

NORTH = Region("north")
COVERAGE = Anchor("north-2025", "参保对象")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(SOUND, {"welcome"})


def test_intents(catalog: Catalog) -> None:
    fee = catalog.intents[IntentId("fee_standard")]
    assert (fee.title, fee.kind, fee.file) == (
        "一年交多少钱",
        IntentKind.FAQ,
        "intents/fee_standard.yml",
    )
    assert len(fee.utterances) == 15
    assert fee.elsewhere == {"south": "coverage"}
    assert catalog.answer(fee.id, NORTH) == Answer(
        "每人每年 {fact.fee_yearly}。\n"
        "1. 登录“北州医保”公众号\n"
        "2. 点击“我要缴费”，每月5日到20日都可以",
        (Anchor("north-2025", "缴费标准"),),
    )
    assert catalog.answer(fee.id, Region("south")) is None
    assert catalog.intents[IntentId("coverage")].flow == "check_coverage"
    gap = catalog.intents[IntentId("ratio")]
    assert (gap.kind, gap.about, gap.regions) == (IntentKind.GAP, "报销比例", ("north", "south"))
    assert catalog.intents[IntentId("weather")].replies == ("我只回答学生医保的问题。",)
    assert catalog.intents[IntentId("greeting")].replies == ("您好，请说您的问题。",)


def test_flows(catalog: Catalog) -> None:
    flow = catalog.flows[FlowId("check_coverage")]
    part = flow.regions[NORTH]
    assert flow.topic == "coverage"
    assert [slot.name for slot in part.slots] == ["hukou", "stage"]
    assert part.slots[0].choices == (
        Choice("local", "本市户口", ("是", "本地")),
        Choice("other", "外地户口", ("不是", "外地")),
    )
    assert part.compare_sources == (COVERAGE,)
    said, _, answered = part.decide
    assert said.when == {"hukou": frozenset({"local"})}
    assert (said.verdict, said.say) == ("covered", "可以参保。")
    assert (said.sources, said.answer) == ((COVERAGE,), None)
    assert (answered.verdict, answered.say, answered.answer) == ("", "", "coverage")


def test_documents_and_facts(catalog: Catalog) -> None:
    document = catalog.documents["north-2025"]
    assert (document.published, document.valid_until) == (date(2025, 9, 1), date(2026, 8, 31))
    assert list(document.sections) == ["缴费标准", "参保对象", "扣款日"]
    section = document.sections["缴费标准"]
    assert section.text.startswith("- 每人每年380元")
    lines = (SOUND / "knowledge/north-2025.md").read_text("utf-8").split("\n")
    assert lines[section.line - 1] == "## 缴费标准"
    assert catalog.documents["south-2025"].published == date(2025, 8, 1)
    assert catalog.facts[NORTH]["hotline"] == Fact("hotline", NORTH, "咨询电话", "12393", COVERAGE)
    assert catalog.facts[Region("south")] == {}


def test_shared_files(catalog: Catalog) -> None:
    assert catalog.accounts["north"] == Account(
        "north",
        NORTH,
        "北州",
        (IntentId("fee_standard"), IntentId("coverage")),
        "12393",
        ("北州", "北城"),
    )
    assert catalog.commands["help"] == ("帮助", "help", "?")
    assert catalog.synonyms == {"孩子": ("娃", "崽")}
    assert catalog.domain_words == ("医保", "参保")
    assert catalog.places == ("东州", "西州")
    assert catalog.texts.text("welcome", name="北州") == "您好，我是北州学生医保小助手。"
    assert catalog.texts.text("fallback", 2) == catalog.texts.text("fallback", 0)


def test_revision_follows_content_and_nothing_else(catalog: Catalog, tmp_path: Path) -> None:
    root = tmp_path / "elsewhere"
    shutil.copytree(SOUND, root)
    (root / "README.md").write_text("not content")
    (root / "intents" / "_schema").mkdir()
    (root / "intents" / "_schema" / "intent.schema.json").write_text("{}")
    (root / "intents" / ".greeting.yml.swp").write_bytes(b"\xff")
    assert load_catalog(root).revision == catalog.revision
    path = root / "intents" / "_words.yml"
    path.write_text(path.read_text("utf-8") + "# 注\n", "utf-8")
    assert load_catalog(root).revision != catalog.revision


def test_warnings_do_not_keep_content_out(tmp_path: Path) -> None:
    shutil.copytree(SOUND, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "knowledge/facts/south.yml"
    path.write_text(
        "region: south\nfacts:\n  t: {title: x, value: 12:30, source: south-2025#参保对象}\n",
        "utf-8",
    )
    assert load_catalog(tmp_path).facts[Region("south")]["t"].value == "12:30"


def test_nothing_there_is_an_error_that_names_the_files(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        load_catalog(tmp_path)
    assert {p.file for p in caught.value.problems} == {
        "intents/_accounts.yml",
        "intents/_commands.yml",
        "intents/_places.yml",
        "intents/_synonyms.yml",
        "intents/_texts.yml",
        "intents/_words.yml",
        "knowledge",
    }


def test_file_that_cannot_be_opened_is_a_problem(tmp_path: Path, monkeypatch) -> None:
    shutil.copytree(SOUND, tmp_path, dirs_exist_ok=True)
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "greeting.yml":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ContentError) as caught:
        load_catalog(tmp_path)
    assert [(p.file, p.rule) for p in caught.value.problems] == [("intents/greeting.yml", "Y015")]
