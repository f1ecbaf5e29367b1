"""Is every statement of the two sources in the knowledge documents, and nothing else?

tests/data/sources/<doc>.txt      the source as published
tests/data/sources/map-<doc>.tsv  its statements in order: statement, anchor (or "-" and a reason)
knowledge/<doc>.md                the same statements by topic, some of them in several sections

Compared are the words and the numbers. Enumerators at the start of a line or a statement, white
space and punctuation are left aside, except punctuation inside a number, a date or a URL
("15:00", "13-17", "12月15—17日", "7*24", "fw.ybj.beijing.gov.cn"), which must agree too.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
KNOWLEDGE = ROOT / "knowledge"
SOURCES = ROOT / "tests" / "data" / "sources"
DOCS = ("beijing-2026", "liuzhou-2023")

PREAMBLE = "题头"  # the lines between "# title" and the first anchor
RESIDUE = "网页残留"  # furniture of the web page
HEADING = "标题"  # a heading of the source which the anchors replace
RESIDUE_TEXTS = {
    "阅读9417",
    "收藏TA",
    "需扫码在手机上打开文章后点击更新提醒",
    "删除删除",
    "文章由美篇工作版编辑制作",
    "投诉",
}

ENUMERATORS = re.compile(
    r"""^(?:
        \s+
      | [-*]\s                                        # Markdown bullet
      | \d{1,2}、 | \d{1,2}\.\s                        # 1、  1.
      | [一二三四五六七八九十]{1,2}、                  # 一、
      | [(（](?:\d{1,2}|[一二三四五六七八九十]{1,2})[)）]  # (1) （一）
      | [①-⑳]
      | 答[:：]
    )+""",
    re.VERBOSE,
)


def bare(text):
    """Words and numbers of one line or statement."""
    text = ENUMERATORS.sub("", text.replace("**", ""))
    text = unicodedata.normalize("NFKC", text)

    def inside_a_number(match):
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        ascii_only = (before + after).isascii() and before.isalnum() and after.isalnum()
        return match[0] if ascii_only and not re.search(r"\s", match[0]) else ""

    return re.sub(r"[\W_]+", inside_a_number, text)


def squeezed(text):
    return re.sub(r"\s+", "", text)


@lru_cache
def statements(doc):
    """[(line number, statement, anchor, reason)]"""
    rows = []
    lines = (SOURCES / f"map-{doc}.tsv").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        cells = line.split("\t")
        assert len(cells) in (2, 3), f"{doc}:{number}: {line!r}"
        assert (len(cells) == 3) == (cells[1] == "-"), f"{doc}:{number}: {line!r}"
        rows.append((number, cells[0], cells[1], cells[2] if len(cells) == 3 else ""))
    return rows


@lru_cache
def document(doc):
    """(front matter, title, {anchor: [(line number, line)]})"""
    text = (KNOWLEDGE / f"{doc}.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    first = text[: len(text) - len(body)].count("\n") + 1
    title, anchor = None, None
    sections: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(body.splitlines(), first):
        if line.startswith("## "):
            anchor = line[3:].strip()
            assert anchor not in sections, f"{doc}.md:{number}: second section {anchor}"
            sections[anchor] = []
        elif line.startswith("# "):
            assert title is None, f"{doc}.md:{number}: second title"
            title, anchor = line[2:].strip(), PREAMBLE
            sections[anchor] = []
        elif line.strip():
            assert anchor, f"{doc}.md:{number}: text before the title"
            sections[anchor].append((number, line))
    return YAML(typ="safe").load(front), title, sections


def is_made_of(text, pieces):
    """Is the text a row of whole pieces?"""
    reached = {0}
    for start in range(len(text)):
        if start in reached:
            reached |= {start + len(p) for p in pieces if text.startswith(p, start)}
    return len(text) in reached


@pytest.mark.parametrize("doc", DOCS)
def test_map_reproduces_the_source(doc):
    source = squeezed((SOURCES / f"{doc}.txt").read_text(encoding="utf-8"))
    at = 0
    for number, statement, _, _ in statements(doc):
        text = squeezed(statement)
        assert text, f"map-{doc}.tsv:{number}: empty statement"
        assert source.startswith(text, at), (
            f"map-{doc}.tsv:{number}: {statement!r} but the source goes on {source[at : at + 60]!r}"
        )
        at += len(text)
    assert at == len(source), f"not in map-{doc}.tsv: {source[at:]!r}"


@pytest.mark.parametrize("doc", DOCS)
def test_only_page_furniture_and_headings_are_left_out(doc):
    for number, statement, anchor, reason in statements(doc):
        where = f"map-{doc}.tsv:{number}: {statement}"
        if anchor != "-":
            continue
        assert reason in (RESIDUE, HEADING), where
        if reason == RESIDUE:
            assert squeezed(statement) in RESIDUE_TEXTS, where
        else:
            assert ENUMERATORS.match(statement), where
            assert re.fullmatch(r"\D{2,16}[:。]", statement), where


@pytest.mark.parametrize("doc", DOCS)
def test_every_statement_is_in_its_section(doc):
    _, _, sections = document(doc)
    missing = []
    for number, statement, anchor, _ in statements(doc):
        if anchor == "-":
            continue
        assert anchor in sections, f"map-{doc}.tsv:{number}: no section {anchor}"
        heading = [] if anchor == PREAMBLE else [bare(anchor)]
        lines = heading + [bare(line) for _, line in sections[anchor]]
        if not any(bare(statement) in line for line in lines):
            missing.append(f"map-{doc}.tsv:{number}: not in ## {anchor}: {statement}")
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("doc", DOCS)
def test_nothing_is_added(doc):
    _, _, sections = document(doc)
    pieces = {bare(s) for _, s, _, reason in statements(doc) if reason != RESIDUE} - {""}
    added = [
        f"{doc}.md:{number}: ## {anchor}: {line}"
        for anchor, lines in sections.items()
        for number, line in lines
        if not bare(line) or not is_made_of(bare(line), pieces)
    ]
    assert not added, "not made of whole statements of the source:\n" + "\n".join(added)


@pytest.mark.parametrize("doc", DOCS)
def test_every_section_is_the_place_of_a_statement(doc):
    _, _, sections = document(doc)
    assert set(sections) == {anchor for _, _, anchor, _ in statements(doc)} - {"-"}


@pytest.mark.parametrize("doc", DOCS)
def test_front_matter(doc):
    front, title, _ = document(doc)
    assert list(front) == [
        "id",
        "title",
        "publisher",
        "published",
        "region",
        "applies_to",
        "valid_from",
        "valid_until",
        "confirm",
    ]
    assert front["id"] == doc
    assert front["title"] == title
    assert isinstance(front["confirm"], str)
    source = (SOURCES / f"{doc}.txt").read_text(encoding="utf-8")
    assert front["publisher"] in source
    assert str(front["published"]) in source


@pytest.mark.parametrize("region", ["beijing", "liuzhou"])
def test_facts_are_literal(region):
    path = KNOWLEDGE / "facts" / f"{region}.yml"
    facts = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    assert facts["region"] == region
    for name, fact in facts["facts"].items():
        doc, anchor = fact["source"].split("#", 1)
        front, _, sections = document(doc)
        assert front["region"] == region, name
        assert anchor in sections, f"{name}: no section {anchor}"
        text = "\n".join(line for _, line in sections[anchor])
        literal = squeezed(unicodedata.normalize("NFKC", fact["value"]))
        assert literal in squeezed(unicodedata.normalize("NFKC", text)), f"{name}: {literal}"
