"""Field by field, what goes and what comes; told apart by words and signs, not by colour alone."""

from __future__ import annotations

from collections.abc import Iterable

from app.console.elements import box, text
from app.console.field_diff import FieldChange

_MOST_ITEMS = 60


def draw_diff(changes: Iterable[FieldChange], before: str = "原来", after: str = "改成") -> None:
    """Draw the changes of one file; `before` and `after` say whose texts they are."""
    for change in changes:
        with box("div", "diff-field"):
            text(change.label, "p", "diff-label")
            with box("div", "diff-sides"):
                _draw_side(before, change.before, "del")
                _draw_side(after, change.after, "ins")


def _draw_side(name: str, items: tuple[str, ...], tag: str) -> None:
    with box("div", f"diff-side {tag}"):
        text(name, "p", "muted small")
        if not items:
            text("（没有）", "p", "muted")
        for item in items[:_MOST_ITEMS]:
            text(item, tag, "diff-text")
        if len(items) > _MOST_ITEMS:
            text(f"……还有 {len(items) - _MOST_ITEMS} 项", "p", "muted")
