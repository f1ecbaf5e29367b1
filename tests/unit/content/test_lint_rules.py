"""Rules that need more than files: a date, a matcher, a large file; and how one is waived."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from app import bootstrap
from app.content.lint import inspect, lint
from app.content.loader import load_catalog
from app.content.rivals import check_rivals
from app.content.yaml_source import MAX_BYTES
from app.errors import ContentProblem
from tests.assistants import SMALL_CONTENT, VAR_DIR
from tests.content.broken_content import SOUND

Edit = Callable[[str, str, str], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shutil.copytree(SOUND, tmp_path / "content")


def change(root: Path, file: str, old: str, new: str) -> None:
    path = root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def found(problems: tuple[ContentProblem, ...]) -> list[tuple[str, int, str]]:
    return [(p.file, p.line, p.rule) for p in problems]


class TestValidity:
    @pytest.mark.parametrize(
        ("today", "rules"),
        [
            (date(2026, 5, 1), []),
            (date(2026, 6, 1), ["C026"]),
            (date(2026, 7, 31), ["C026", "C026"]),
            (date(2026, 8, 1), ["C026", "C025"]),
            (date(2027, 1, 1), ["C025", "C025"]),
        ],
    )
    def test_documents_are_told_before_and_after_they_end(
        self, root: Path, today: date, rules: list[str]
    ) -> None:
        problems = [p for p in lint(root, today=today) if p.file.endswith(".md")]
        assert [p.rule for p in problems] == rules
        assert all(p.line == 9 and p.level == "warning" for p in problems)

    def test_without_a_date_nothing_is_said(self, root: Path) -> None:
        assert lint(root) == ()


class TestWaiver:
    def test_a_warning_is_waived_on_its_line_only(self, root: Path) -> None:
        file = "intents/fee_standard.yml"
        change(root, file, "保费几块", "yes # 允许 Y009：就是要写 yes")
        change(root, file, "费用标准", "no")
        assert found(lint(root)) == [(file, 7, "Y009")]

    def test_an_error_is_never_waived(self, root: Path) -> None:
        file = "intents/fee_standard.yml"
        change(root, file, "保费几块", "08 # 允许 Y008：不行")
        assert found(lint(root)) == [(file, 6, "Y008")]

    def test_another_rule_is_not_waived(self, root: Path) -> None:
        change(root, "intents/fee_standard.yml", "保费几块", "yes # 允许 C014：不相干")
        assert found(lint(root)) == [("intents/fee_standard.yml", 6, "Y009")]


def test_huge_file_is_not_even_read(root: Path) -> None:
    path = root / "intents/_words.yml"
    path.write_text(path.read_text("utf-8") + "#" * MAX_BYTES, encoding="utf-8")
    assert found(lint(root)) == [("intents/_words.yml", 0, "Y018")]


def test_broken_link_is_told(root: Path) -> None:
    (root / "intents/gone.yml").symlink_to(root / "nowhere.yml")
    assert found(lint(root)) == [("intents/gone.yml", 0, "Y015")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_windows_encodings_are_named(root: Path, encoding: str) -> None:
    path = root / "intents/fee_standard.yml"
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    (problem,) = [p for p in lint(root) if p.file == "intents/fee_standard.yml"]
    assert (problem.rule, problem.line) == ("Y002", 1)


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_ends_of_lines_of_other_systems_are_read(root: Path, ending: str) -> None:
    path = root / "intents/fee_standard.yml"
    path.write_bytes(path.read_text("utf-8").replace("\n", ending).encode())
    assert lint(root) == ()
    change_bytes = path.read_bytes().replace("保费几块".encode(), b"08")
    path.write_bytes(change_bytes)
    assert found(lint(root)) == [("intents/fee_standard.yml", 6, "Y008")]


class TestThief:
    """A sentence of one intent, slightly varied, written into another."""

    def examine(self, root: Path) -> list[tuple[str, int]]:
        scope = inspect(root)
        assert not scope.files.problems.has_errors()
        matchers = bootstrap.build_matchers(load_catalog(root), VAR_DIR)
        check_rivals(scope, matchers)
        return [(p.file, p.line) for p in scope.files.problems.ordered() if p.rule == "C034"]

    def test_the_small_content_has_none(self) -> None:
        assert self.examine(SMALL_CONTENT) == []

    def test_a_planted_one_is_caught_at_its_line(self, tmp_path: Path) -> None:
        root = shutil.copytree(SMALL_CONTENT, tmp_path / "content")
        thief = "  - 每个月几号到几号可以缴孩子医保\n"
        change(root, "intents/fee_standard.yml", "utterances:\n", f"utterances:\n{thief}")
        lines = (root / "intents/fee_standard.yml").read_text("utf-8").split("\n")
        line = lines.index(thief.rstrip("\n")) + 1
        assert self.examine(root) == [("intents/fee_standard.yml", line)]
