"""Every mistake an operator can make is named at its line, in Chinese, with what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.content.lint import lint
from app.content.loader import load_catalog
from app.content.rules import RULES
from app.errors import ContentError
from tests.content.broken_content import CASES, SOUND, build_root, note, required_texts

# What no committed file can show: tests/unit/content/test_files.py makes a file unreadable.
# test_lint_rules.py needs a date (C025, C026), a matcher (C034), a large file (Y018).
_SHOWN_ELSEWHERE = {"Y015", "Y018", "C025", "C026", "C034"}
# What needs the sections' text, or is about looks: every other error keeps content out.
_ONLY_LINT = {"C011", "C012", "C013", "C015", "C016", "C017", "C021", "C031"}


def test_sound_root_has_no_problem() -> None:
    assert lint(SOUND, {"welcome": ["name"], "fallback": ["confirm"]}) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_problems_are_reported_exactly(case: Path, tmp_path: Path) -> None:
    problems = lint(build_root(case, tmp_path), required_texts(case))
    assert [str(p) for p in problems] == note(case, "expected.txt")


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_broken_content_is_not_loaded(case: Path, tmp_path: Path) -> None:
    root = build_root(case, tmp_path)
    required = required_texts(case)
    reported = lint(root, required)
    if {p.rule for p in reported if p.level == "error"} <= _ONLY_LINT:
        assert load_catalog(root, required).revision
        return
    with pytest.raises(ContentError) as caught:
        load_catalog(root, required)
    assert set(caught.value.problems) <= set(reported)
    assert any(p.level == "error" for p in caught.value.problems)


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_order_and_levels(case: Path, tmp_path: Path) -> None:
    problems = lint(build_root(case, tmp_path), required_texts(case))
    assert list(problems) == sorted(problems)
    assert all(p.level == RULES[p.rule].level for p in problems)
    assert all(re.search("[一-鿿]", p.message) and p.remedy for p in problems)


def test_every_rule_is_shown_by_a_case() -> None:
    shown = {rule for case in CASES for rule in re.findall(r" ([A-Z]\d{3}) ", _expected(case))}
    assert shown == RULES.keys() - _SHOWN_ELSEWHERE


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 60


def _expected(case: Path) -> str:
    return "\n".join(note(case, "expected.txt"))
