"""What the documents say exists: links, pictures, commands, decisions in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

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
