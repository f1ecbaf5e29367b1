"""What differs between two texts of a content file, by field, as an operator reads it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.console.intent_form import label_of
from app.content.problems import ProblemList
from app.content.yaml_source import read_yaml

_MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field whose text differs."""

    label: str
    """E.g. `答案 北京`."""
    before: tuple[str, ...]
    """Texts that go: of a list the items, else the whole text."""
    after: tuple[str, ...]
    """Texts that come."""


def field_changes(
    path: str, before: str, after: str, places: Mapping[str, str] = MappingProxyType({})
) -> tuple[FieldChange, ...]:
    """Return the fields that differ; of what is no YAML, or breaks it, the lines.

    Never empty where the texts differ: of comments and layout the lines are shown. `places` names
    regions; those not in it keep their ids.
    """
    if before == after:
        return ()
    old, new = _data(path, before), _data(path, after)
    found: list[FieldChange] = []
    if old is not None and new is not None:
        changes = _changes("", old, new, 0)
        found = [replace(change, label=_named(change.label, places)) for change in changes]
    return tuple(found) or (_lines(before, after),)


def _data(path: str, text: str) -> object | None:
    if not path.endswith(".yml"):
        return None
    if not text.strip():
        return {}
    source = read_yaml(path, text, ProblemList())
    return None if source is None else source.data


def _changes(label: str, old: object, new: object, depth: int) -> Iterator[FieldChange]:
    if old == new:
        return
    if isinstance(old, dict | None) and isinstance(new, dict | None) and depth < _MAX_DEPTH:
        for key in dict.fromkeys((*(old or {}), *(new or {}))):
            name = f"{label}/{key}" if label else str(key)
            yield from _changes(name, (old or {}).get(key), (new or {}).get(key), depth + 1)
        return
    was, now = _items(old), _items(new)
    gone, come = _without(was, now), _without(now, was)
    if not gone and not come:  # only the order differs
        gone, come = was, now
    yield FieldChange(label, gone, come)


def _items(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(_plain(item) for item in value)
    return (_plain(value),)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "；".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "、".join(_plain(item) for item in value)
    return str(value)


def _without(items: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    left = list(others)
    found = []
    for item in items:
        if item in left:
            left.remove(item)
        else:
            found.append(item)
    return tuple(found)


def _named(label: str, places: Mapping[str, str]) -> str:
    parts = label.split("/")
    if parts[0] == "answers" and len(parts) == 3:
        return f"{label_of(label)} {places.get(parts[1], parts[1])}"
    return label_of(label) if len(parts) == 1 else " ".join(parts)


def _lines(before: str, after: str) -> FieldChange:
    diff = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    gone = tuple(line[2:] for line in diff if line.startswith("- "))
    come = tuple(line[2:] for line in diff if line.startswith("+ "))
    return FieldChange("文件里的行", gone, come)
