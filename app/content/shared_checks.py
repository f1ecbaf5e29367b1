"""The shared files: one word, one command."""

from __future__ import annotations

from app.content.scope import Scope
from app.content.sentences import same_form


def check_commands(scope: Scope) -> None:
    """Report words that would be two commands at once."""
    commands = scope.files.commands
    if commands is None:
        return
    seen: dict[str, str] = {}
    for name, words in commands.value.commands.items():
        for i, word in enumerate(words):
            first = seen.setdefault(same_form(word), name)
            if first != name:
                place = commands.source.place(("commands", name, i))
                scope.files.problems.add("C018", place, f"“{word}”既是 {first} 又是 {name}")
