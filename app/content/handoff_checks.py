"""What `handoff:` of an account must mean: times in order, one person only where one can be."""

from __future__ import annotations

from app.content.handoff_model import HandoffPart, ShiftPart, span_of
from app.content.scope import Scope
from app.content.yaml_source import NodePath, YamlSource


def check_handoffs(scope: Scope) -> None:
    """Report times that end before they begin or overlap, and a person named for the console."""
    accounts = scope.files.accounts
    if accounts is None:
        return
    for name, account in accounts.value.accounts.items():
        if account.handoff is not None:
            path: NodePath = ("accounts", name, "handoff")
            _check_person(scope, accounts.source, path, account.handoff)
            for i, shift in enumerate(account.handoff.hours):
                _check_times(scope, accounts.source, (*path, "hours", i, "times"), shift)


def _check_person(scope: Scope, source: YamlSource, path: NodePath, part: HandoffPart) -> None:
    if part.kf_account and part.to != "wechat":
        place = source.place((*path, "kf_account"))
        scope.files.problems.add("R032", place, f"to: {part.to} 用不到 {part.kf_account}")


def _check_times(scope: Scope, source: YamlSource, path: NodePath, shift: ShiftPart) -> None:
    ended = None
    for i, written in enumerate(shift.times):
        begin, end = span_of(written)
        place = source.place((*path, i))
        if end <= begin:
            scope.files.problems.add("R031", place, f"{written} 结束不晚于开始")
        elif ended is not None and begin < ended:
            scope.files.problems.add("R031", place, f"{written} 和前一段重叠或颠倒")
        ended = end
