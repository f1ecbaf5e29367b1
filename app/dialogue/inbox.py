"""What handing over to a person needs from others."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from app.domain.handoff import Handoff, Hold


class Inbox(Protocol):
    """Where conversations wait for a person; shared by all processes."""

    async def look(self, account: str, user: str) -> Hold | None:
        """Return what is known of a conversation; None where it was never handed over.

        Raises:
            StateError: The store is away.
        """
        ...

    async def note(self, account: str, user: str, handoff: Handoff, now: datetime) -> None:
        """Do what a turn asks for.

        Raises:
            StateError: The store is away; nothing may be said to have been done.
        """
        ...


class CustomerService(Protocol):
    """Sends messages outside the callback (客服消息)."""

    def may_send(self, account: str) -> bool:
        """Say whether the account has the right to."""
        ...

    async def send_text(self, account: str, openid: str, text: str) -> bool:
        """Send a text; False where WeChat refuses it (window over, quota used, not a follower).

        Takes a few seconds at most; raises nothing for what the other side does.
        """
        ...


class NoInbox:
    """No inbox: nobody is ever handed over."""

    async def look(self, _account: str, _user: str) -> Hold | None:
        """Know nothing."""
        return None

    async def note(self, _account: str, _user: str, _handoff: Handoff, _now: datetime) -> None:
        """Do nothing; never called, since nothing is handed over without an inbox."""
