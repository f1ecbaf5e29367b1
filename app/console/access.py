"""Who is looking at a page and what they may do; the gate finds out, pages and handlers ask here.

    operator = operator_of(request)        in a page function, once
    enforce(operator, Action.APPROVE)      before a handler does what not everyone may

Every event of a page is let through only while its operator is signed in with the role that the
page was drawn for (`app.console.page_guard`), so an `Operator` that a page holds is never stale.
"""

from __future__ import annotations

from typing import Protocol

from starlette.requests import HTTPConnection

from app.domain.operators import Action, Operator, Role
from app.errors import NotAuthenticatedError, NotPermittedError

__all__ = ["Action", "Audit", "Operator", "Role", "enforce", "operator_of", "signed_in"]

STATE_KEY = "yibao_operator"
"""Where the gate leaves the operator in the ASGI scope's state."""

_NEEDS = {
    Action.VIEW: "请先登录。",
    Action.EDIT: "您的角色是“查看”，不能改动；需要“编辑”或“审核”。",
    Action.APPROVE: "只有“审核”可以做这一步；请找审核的同事。",
}


class Audit(Protocol):
    """Keeps what was done; see `app.state.audit`."""

    async def note(self, by: str, action: str, subject: str, detail: str = "") -> None:
        """Add an entry."""


def signed_in(connection: HTTPConnection) -> Operator | None:
    """Return who sent a request; None: nobody who is signed in."""
    found = getattr(connection.state, STATE_KEY, None)
    return found if isinstance(found, Operator) else None


def operator_of(connection: HTTPConnection) -> Operator:
    """Return who sent a request.

    Raises:
        NotAuthenticatedError: Nobody is signed in.
    """
    operator = signed_in(connection)
    if operator is None:
        raise NotAuthenticatedError(_NEEDS[Action.VIEW])
    return operator


def enforce(operator: Operator | None, action: Action) -> Operator:
    """Return the operator where the role allows the action.

    Raises:
        NotAuthenticatedError: There is none.
        NotPermittedError: The role does not allow it; the message is for the operator.
    """
    if operator is None:
        raise NotAuthenticatedError(_NEEDS[Action.VIEW])
    if not operator.role.may(action):
        raise NotPermittedError(_NEEDS[action])
    return operator
