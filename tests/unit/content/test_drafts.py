"""Drafts have the shape of an intent file, whatever was said, and never pass as one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from app.content.drafts import TODO_SOURCE, draft_text, write_draft
from app.content.intent_model import IntentFile
from app.content.lint import lint
from app.content.parsing import parse_model
from app.content.problems import ProblemList
from app.content.yaml_source import read_yaml
from app.settings import SHANGHAI
from tests.content.broken_content import SOUND, build_root

NOW = datetime(2025, 12, 10, 10, 30, 5, tzinfo=SHANGHAI)
AWKWARD = [
    "12333",
    "no",
    "2025-12-10",
    "12:30",
    "# 不是注释",
    "a: b",
    "- 横线",
    "[列表]",
    "{fact.x}",
    "“引号”\"'",
    "!tag",
    "*a &b",
    "~",
    "很长" * 300,
]


def parsed(text: str) -> IntentFile:
    problems = ProblemList()
    source = read_yaml("intents/draft.yml", text, problems)
    assert source is not None
    found = parse_model(IntentFile, source, problems)
    assert found is not None, problems.ordered()
    assert problems.ordered() == ()
    return found.value


def test_a_draft_reads_like_an_intent() -> None:
    text = draft_text(
        "draft_1", "north", ["材料丢了怎么补", "材料丢了怎么补"], "带户口本\n\n去社保所", NOW
    )
    draft = parsed(text)
    assert (draft.intent, draft.title) == ("draft_1", "材料丢了怎么补")
    assert draft.utterances == ["材料丢了怎么补"]
    assert draft.answers["north"].source == [TODO_SOURCE]
    assert draft.answers["north"].text == "带户口本\n去社保所"
    assert text.count("# TODO") == 4
    assert "2025-12-10 10:30" in text


@pytest.mark.parametrize("words", AWKWARD)
def test_awkward_words_stay_words(words: str) -> None:
    draft = parsed(draft_text("draft_1", "north", [words], words, NOW))
    assert draft.utterances == [" ".join(words.split())]
    assert draft.answers["north"].text == words


@settings(deadline=None)
@given(st.lists(st.text(), max_size=5), st.text())
def test_any_words_make_a_sound_file(questions: list[str], answer: str) -> None:
    draft = parsed(draft_text("draft_1", "north", questions, answer, NOW))
    assert draft.utterances
    assert draft.answers["north"].text


def test_files_never_overwrite_each_other(tmp_path: Path) -> None:
    paths = {write_draft(tmp_path / "drafts", "north", ["问"], "答", NOW) for _ in range(3)}
    assert len(paths) == 3
    for path in paths:
        assert YAML().load(path.read_text("utf-8"))["intent"] == path.stem


def test_a_draft_moved_as_it_is_does_not_pass(tmp_path: Path) -> None:
    root = build_root(SOUND, tmp_path / "root")
    write_draft(root / "intents", "north", ["材料丢了怎么补"], "带户口本", NOW)
    rules = {problem.rule for problem in lint(root) if problem.level == "error"}
    assert {"R002", "C005"} <= rules
