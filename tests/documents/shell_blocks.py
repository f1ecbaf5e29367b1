"""The commands of a document: its shell blocks, and spans of text that are whole commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.project import ROOT, project_files

DOCUMENTS = [
    p
    for p in project_files()
    if p.suffix == ".md" and p.is_relative_to(ROOT / "docs") and p.parent.name != "adr"
] + [ROOT / "README.md"]
SHELL = {"sh", "bash", "console", "shell"}
_FENCE = re.compile(r"^([ ]*)```([\w-]*)[ ]*\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_TOOL = re.compile(
    r"(?:\.venv/bin/)?(?:yibao|make|docker|kubectl|curl|openssl|systemctl|apt|apt-get|python|pip"
    r"|git|sudo|redis-cli|ssh|scp|tar)(?: |$)"
)


@dataclass(frozen=True)
class Block:
    """Commands that a reader types one after the other."""

    document: str
    line: int
    commands: tuple[str, ...]


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


def blocks_of(document: Path) -> list[Block]:
    """Return what is to be typed, in the document's order; examples of output are left out."""
    text = document.read_text("utf-8")
    found = []
    for match in _FENCE.finditer(text):
        indent, language, body = match.groups()
        commands = tuple(_commands(body, len(indent), language))
        if commands:
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(name_of(document), line, commands))
    return found


def _commands(body: str, indent: int, language: str) -> list[str]:
    lines = [line[indent:] for line in body.replace("\\\n", " ").splitlines()]
    if language == "console":
        return [line[2:] for line in lines if line.startswith("$ ")]
    # Blocks without a language, or of text, hold commands where the program is called.
    if language in SHELL or (language in {"", "text"} and any(map(_TOOL.match, lines))):
        return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return []


def spans_of(document: Path) -> list[str]:
    """Return the commands inside sentences and tables, as written."""
    text = _FENCE.sub("", document.read_text("utf-8"))
    return [s for s in _SPAN.findall(text) if _TOOL.match(s)]
