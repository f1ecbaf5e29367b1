"""Words that have no place on the public account of a bureau, as operators list them."""

from __future__ import annotations

from collections.abc import Iterator

from app.content.scope import Scope
from app.content.wording import shown_texts
from app.content.yaml_source import NodePath, YamlSource


def check_sensitive(scope: Scope) -> None:
    """Report words of `intents/_sensitive.yml` in texts that parents read."""
    listed = scope.files.sensitive
    if listed is None:
        return
    for source, path, text in _texts(scope):
        for kind, words in listed.value.sensitive.items():
            for word in words:
                if word in text:
                    place = source.find(path, word)
                    scope.files.problems.add("C027", place, f"“{word}”：{kind}")


def _texts(scope: Scope) -> Iterator[tuple[YamlSource, NodePath, str]]:
    yield from shown_texts(scope)
    if scope.files.accounts:
        for name, account in scope.files.accounts.value.accounts.items():
            for scene, part in account.scenes.items():
                path: NodePath = ("accounts", name, "scenes", scene, "greeting")
                yield scope.files.accounts.source, path, part.greeting
