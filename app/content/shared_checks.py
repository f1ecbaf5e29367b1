"""The shared files: one word, one command; one phrase, one side of a pair of opposites."""

from __future__ import annotations

from app.content.scope import Scope
from app.content.sentences import same_form

_SHORTEST_PHRASE = 2


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


def check_opposites(scope: Scope) -> None:
    """Report phrases that stand on two sides of a pair of opposites, or say nothing."""
    opposites = scope.files.opposites
    if opposites is None:
        return
    names = {"one": "一边", "other": "另一边", "neither": "两边都不是"}
    for i, part in enumerate(opposites.value.opposites):
        seen: dict[str, str] = {}
        for side, phrases in (("one", part.one), ("other", part.other), ("neither", part.neither)):
            for k, phrase in enumerate(phrases):
                place = opposites.source.place(("opposites", i, side, k))
                first = seen.setdefault(same_form(phrase), side)
                if first != side:
                    message = (
                        f"“{phrase}”既在 {first}（{names[first]}）又在 {side}（{names[side]}）"
                    )
                    scope.files.problems.add("C023", place, message)
                elif len(same_form(phrase)) < _SHORTEST_PHRASE:
                    message = f"“{phrase}”太短，许多句子里都会碰巧有"
                    scope.files.problems.add("C023", place, message, "写成至少两个字的说法")
