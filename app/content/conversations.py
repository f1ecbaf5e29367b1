"""The conversations that operators wrote as tests, read and checked for form."""

from __future__ import annotations

from pathlib import Path

from app.content.conversation_model import ConversationsFile
from app.content.parsing import Parsed, parse_model
from app.content.problems import Place, ProblemList
from app.content.yaml_source import decode, read_yaml
from app.errors import ContentError

CONVERSATIONS = Path("tests/conversations")
"""Relative to the content root."""


def load_conversations(root: Path) -> tuple[Parsed[ConversationsFile], ...]:
    """Return every file of conversations below the content root, by name; none is fine.

    Raises:
        ContentError: One of them cannot be read or does not fit; carries every problem.
    """
    problems = ProblemList()
    found = []
    for path in sorted((root / CONVERSATIONS).glob("*.yml")):
        name = f"{CONVERSATIONS}/{path.name}"
        try:
            raw = path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problems.add("Y015", Place(name), f"文件打不开：{reason}")
            continue
        text = decode(raw, name, problems)
        source = read_yaml(name, text, problems) if text is not None else None
        parsed = parse_model(ConversationsFile, source, problems) if source else None
        if parsed is not None:
            found.append(parsed)
    if problems.has_errors():
        raise ContentError(problems.ordered())
    return tuple(found)
