"""Who may do what in the console (运营后台): people with a name and one of three roles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a role may allow."""

    VIEW = "view"
    EDIT = "edit"
    """Drafts, answers to parents, the review inbox."""
    APPROVE = "approve"
    """Publishing, rolling back, the audit log."""


class Role(StrEnum):
    """A role includes those before it."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"

    @property
    def label(self) -> str:
        """What the role is called in Chinese."""
        return _TITLES[self]

    def may(self, action: Action) -> bool:
        """Return whether whoever has this role may do that."""
        return list(Role).index(self) >= list(Action).index(action)


_TITLES = {Role.VIEWER: "查看", Role.EDITOR: "编辑", Role.APPROVER: "审核"}


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who works in the console."""

    name: str
    role: Role

    @property
    def may_edit(self) -> bool:
        """Whether drafts and answers to parents are theirs to write."""
        return self.role.may(Action.EDIT)

    @property
    def may_approve(self) -> bool:
        """Whether publishing is theirs to decide."""
        return self.role.may(Action.APPROVE)
