"""One browser tab's conversation with one account, kept in memory and nowhere else."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.dialogue.assistant import Assistant
from app.domain.content import Account
from app.domain.turn import Message, MessageKind, Session, Turn

KEPT_EXCHANGES = 60
"""Older ones are forgotten: a tab left open must not grow without end."""
_STAMP_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message and what became of it."""

    number: int
    """From 1, never used twice in a tab."""
    message: Message
    at: datetime
    """The moment answered for: the playground's clock, not the wall's."""
    turn: Turn
    stamped: bool
    """Whether the time stands above it: at the start and after a jump of the clock."""


class Conversation:
    """A parent talking to one account. Not shared between tabs."""

    def __init__(self, assistant: Assistant, account: Account, user: str) -> None:
        self.account = account
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)
        self._assistant = assistant
        self._user = user
        self._session = Session()
        self._count = 0

    @property
    def last(self) -> Exchange | None:
        """The newest exchange, None before the first."""
        return self.exchanges[-1] if self.exchanges else None

    def send(
        self,
        now: datetime,
        text: str = "",
        *,
        menu_id: str = "",
        kind: MessageKind = MessageKind.TEXT,
    ) -> Exchange:
        """Send a message and return it with the turn that answers it.

        Args:
            now: The moment to answer for, Asia/Shanghai.
            text: What was typed or tapped; empty for other kinds.
            menu_id: `bizmsgmenuid` of a tapped choice.
            kind: Kind of message.
        """
        message = Message(self.account.id, self._user, kind, text, menu_id)
        turn = self._assistant.turn(self._session, message, now)
        before = self.last
        stamped = before is None or abs(now - before.at) >= _STAMP_AFTER
        self._session = turn.session
        self._count += 1
        exchange = Exchange(self._count, message, now, turn, stamped)
        self.exchanges.append(exchange)
        return exchange

    def find(self, number: int) -> Exchange | None:
        """Return an exchange that is still kept."""
        return next((e for e in self.exchanges if e.number == number), None)

    def restart(self) -> None:
        """Forget everything, like a parent who has never written before."""
        self.exchanges.clear()
        self._session = Session()
