"""An impact as Chinese lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.impact.findings import AnswerChange, Change, ChangeKind, Edit, Impact
from app.impact.wording import (
    KIND_NAMES,
    change_lines,
    diff_lines,
    group_members,
    group_title,
    grouped,
    score_lines,
    verdict_line,
)

_SHOWN = 40
"""Changes that are told of each kind that is no regression; the JSON and the page have all."""
_SHOWN_LINES = 12


def lines_of(impact: Impact) -> Iterator[str]:
    """Yield the report: conclusion, numbers, what is worse, answers, other changes, edits."""
    yield verdict_line(impact)
    revisions = f"{impact.old_revision[:12]} → {impact.new_revision[:12]}"
    yield f"按 {impact.at:%Y-%m-%d %H:%M} 比较，{revisions}"
    yield from score_lines(impact)
    worse = impact.regressions
    if worse:
        yield ""
        yield f"■ 比原来差的（{len(worse)}）"
        for change in worse:
            yield from change_lines(change, impact.titles)
    yield from answer_lines(impact.answers)
    told = set(map(id, worse))
    yield from _others([c for c in impact.changes if id(c) not in told], impact)
    yield from _edit_lines(impact.edits)


def answer_lines(changes: Iterable[AnswerChange]) -> Iterator[str]:
    """Yield the texts that differ, those that differ alike together."""
    groups = grouped(changes)
    if not groups:
        return
    yield ""
    yield f"■ 变了的文字（{len(groups)}）"
    for first, group in groups:
        yield f"· {group_title(group)}"
        if len(group) > 1:
            yield f"    {group_members(group)}"
        for line in diff_lines(first.before, first.after):
            yield f"    {line}"


def _others(changes: list[Change], impact: Impact) -> Iterator[str]:
    for kind in ChangeKind:
        found = [c for c in changes if c.kind is kind]
        if not found:
            continue
        yield ""
        yield f"■ {KIND_NAMES[kind]}（{len(found)}）"
        for change in found[:_SHOWN]:
            yield from change_lines(change, impact.titles)
        if len(found) > _SHOWN:
            yield f"    另有 {len(found) - _SHOWN} 处，见 --format html 或 json"


def _edit_lines(edits: Iterable[Edit]) -> Iterator[str]:
    told = list(edits)
    if not told:
        return
    yield ""
    yield f"■ 内容改动（{len(told)}）"
    for edit in told:
        yield f"· {edit.file} {edit.what}：加 {len(edit.added)}，删 {len(edit.removed)}"
        lines = [f"+ {text}" for text in edit.added] + [f"- {text}" for text in edit.removed]
        for line in lines[:_SHOWN_LINES]:
            yield f"    {line}"
        if len(lines) > _SHOWN_LINES:
            yield f"    另有 {len(lines) - _SHOWN_LINES} 条"
