"""What the documents say exists: links, pictures, commands, decisions in order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from app.cli.commands import app
from tests.architecture.project import ROOT, project_files

DOCUMENTS = [p for p in project_files() if p.suffix == ".md" and p.parent != ROOT / "knowledge"]
ADR_SECTIONS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]


def code_of(document: Path) -> str:
    """Return what is set as code: fenced blocks and spans."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", document.read_text("utf-8"), re.DOTALL))


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8"))
    local = [unquote(link.partition("#")[0]) for link in links if "://" not in link]
    assert [link for link in local if link and not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_make_targets_in_documents_exist(document: Path) -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", code_of(document)))
    assert named <= make_targets()


def test_readme_shows_its_two_commands() -> None:
    assert {"run", "test"} <= set(
        re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    )


def test_yibao_commands_in_documents_exist() -> None:
    named = {name for p in DOCUMENTS for name in re.findall(r"\byibao ([a-z][a-z-]*)", code_of(p))}
    shown = subprocess.run(
        [sys.executable, "-m", "app", "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert len(named) >= 7
    assert named <= set(re.findall(r"^\W*([a-z][a-z-]*)(?:\s|$)", shown, re.MULTILINE))


def shell_lines(document: Path) -> list[str]:
    """Return the commands of a document's shell blocks; continued lines are joined."""
    blocks = re.findall(r"```(?:sh|bash)\n(.*?)```", document.read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line]


def yibao_calls() -> list[tuple[str, str]]:
    return [
        (str(p.relative_to(ROOT)), match[1])
        for p in DOCUMENTS
        for line in shell_lines(p)
        if (match := re.search(r"(?:^|[ /])yibao ((?:[a-z-]+|--help)(?: .*)?)$", line))
    ]


def problem_of(call: str) -> str:
    """Return what the program would not understand of a call; empty: nothing."""
    words = shlex.split(call, comments=True)
    known = typer.main.get_command(app)
    while isinstance(known, TyperGroup) and words and not words[0].startswith("-"):
        if words[0] not in known.commands:
            return f"no command {words[0]}"
        known, words = known.commands[words[0]], words[1:]
    try:
        known.make_context("yibao", list(words))
    except TyperException as error:
        return str(error) or type(error).__name__
    return ""


@pytest.mark.parametrize(("document", "call"), yibao_calls())
def test_calls_in_shell_blocks_are_understood(document: str, call: str) -> None:
    assert problem_of(call) == "", document


def test_calls_that_do_not_exist_are_found() -> None:
    assert problem_of("doctr")
    assert problem_of("doctor --link x")
    assert problem_of("operator add")
    assert problem_of("operator add 王芳 --role boss")
    assert not problem_of("operator add 王芳 --role approver")


def test_files_named_in_the_deployment_guide_exist() -> None:
    guide = code_of(ROOT / "docs" / "deploy.md")
    named = set(re.findall(r"(?<![\w/])(?:deploy|tests)/[\w./-]*\w", guide)) - {"deploy/k8s/mine"}
    named = {name for name in named if not name.startswith(("deploy/k8s/mine", "deploy/app"))}
    named -= {"deploy/console"}
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    silent = re.findall(r"^([a-z][a-z-]*):(?!=)(?!.*## ).*$", makefile, re.MULTILINE)
    assert silent == ["lock-check"]  # a part of `check`


def test_decisions_are_numbered_without_gaps() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [p.name[:5] for p in files] == [f"{n:04d}-" for n in range(len(files))]


@pytest.mark.parametrize(
    "decision", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda p: p.name[:4]
)
def test_decision_has_number_status_and_sections(decision: Path) -> None:
    text = decision.read_text("utf-8")
    assert text.startswith(f"# {decision.name[:4]} · ")
    assert re.search(r"^Status: (proposed|accepted|superseded by \d{4})", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ADR_SECTIONS


def test_changelog_begins_with_unreleased() -> None:
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert versions[0] == "Unreleased"


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs/images").glob("*.png"))
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > 150_000] == []
