"""The bad and good examples that docs/lint-rules.md prints are carried out, all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import bootstrap
from app.content.lint import inspect, lint
from app.content.loader import load_catalog
from app.content.rivals import check_rivals
from app.content.rules import RULES
from tests.assistants import VAR_DIR
from tests.content.broken_content import HERE, SOUND, build_root, required_texts
from tests.content.rule_examples import ASKED, FOLDERS, SPOILED, SPOTS, base, plant, spoil

Found = list[tuple[str, int, str]]


def problems(root: Path, code: str = "") -> Found:
    today = SPOTS[code].today if code in SPOTS else None
    found = lint(root, today=today)
    # Of a base whose documents end at different times one is always about to.
    return [(p.file, p.line, p.rule) for p in found if today is None or p.rule == code]


def test_every_rule_has_an_example_that_is_carried_out() -> None:
    ways = [SPOTS.keys(), FOLDERS.keys(), SPOILED, ASKED]
    assert sorted(code for way in ways for code in way) == sorted(RULES)


def test_the_base_is_sound(tmp_path: Path) -> None:
    assert problems(base(tmp_path / "content")) == []


@pytest.mark.parametrize("code", sorted(SPOTS))
def test_bad_example_breaks_this_rule_alone(code: str, tmp_path: Path) -> None:
    root = base(tmp_path / "content")
    line = plant(root, code, RULES[code].bad)
    spot = SPOTS[code]
    assert problems(root, code) == [(spot.file, line + spot.line, code)]


@pytest.mark.parametrize("code", sorted(SPOTS))
def test_good_example_breaks_nothing(code: str, tmp_path: Path) -> None:
    root = base(tmp_path / "content")
    plant(root, code, RULES[code].good)
    assert problems(root, code) == []


@pytest.mark.parametrize("code", sorted(SPOILED))
def test_what_no_text_shows(code: str, tmp_path: Path) -> None:
    root = base(tmp_path / "content")
    file, line = spoil(root, code)
    assert problems(root) == [(file, line, code)]


@pytest.mark.parametrize("code", sorted(FOLDERS))
def test_example_of_several_files(code: str, tmp_path: Path) -> None:
    case = HERE / "broken" / FOLDERS[code]
    required = required_texts(case)
    assert code in {p.rule for p in lint(build_root(case, tmp_path), required)}
    assert code not in {p.rule for p in lint(SOUND)}


@pytest.mark.parametrize("is_bad", [True, False])
def test_thief_is_told_by_the_matcher(is_bad: bool, tmp_path: Path) -> None:
    root = base(tmp_path / "content")
    rule = RULES["C034"]
    file = root / "intents/fee_standard.yml"
    example = (rule.bad if is_bad else rule.good).replace("\n", "\n  ")
    text = file.read_text("utf-8").replace("- 一年多少", example, 1)
    file.write_text(text, encoding="utf-8")
    scope = inspect(root)
    check_rivals(scope, bootstrap.build_matchers(load_catalog(root), VAR_DIR))
    line = text[: text.index(example)].count("\n") + 1
    told = [(p.file, p.line, p.rule) for p in scope.files.problems.ordered()]
    assert told == ([("intents/fee_standard.yml", line, "C034")] if is_bad else [])
