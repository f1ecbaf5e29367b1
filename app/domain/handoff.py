"""A person takes over (转人工): what the inbox knows, and what a turn asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.names import IntentId


class CaseState(StrEnum):
    """Where a conversation in the inbox stands."""

    WAITING = "waiting"
    """Handed over in service hours; nobody has answered yet."""
    ANSWERED = "answered"
    """A person has answered; the bot stays silent as before."""
    TRANSFERRED = "transferred"
    """WeChat's customer service has it; nothing of it is kept here."""
    TICKET = "ticket"
    """Left outside service hours, or answered later: the bot goes on answering."""
    RELEASED = "released"
    """Closed: the bot answers."""


HOLDING = frozenset({CaseState.WAITING, CaseState.ANSWERED, CaseState.TRANSFERRED})
"""States in which the bot is silent, until it has been quiet for long enough."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What the inbox says about a conversation before a message is answered."""

    state: CaseState
    active_at: datetime
    """When either side wrote last."""
    answers: tuple[str, ...] = ()
    """What people wrote and the parent has not been sent yet, in order."""


class Author(StrEnum):
    """Who wrote a line of a case."""

    PARENT = "parent"
    BOT = "bot"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a case; masked, cut to `LINE_CHARS`."""

    author: Author
    text: str
    at: datetime


LINE_CHARS = 500


class Step(StrEnum):
    """What a turn asks of the inbox."""

    OPEN = "open"
    TICKET = "ticket"
    TRANSFER = "transfer"
    """Pass the message on to WeChat's customer service and note that it was."""
    APPEND = "append"
    """Keep the parent's message for the person who answers."""
    RELEASE = "release"
    DELIVERED = "delivered"
    """Nothing but that the waiting answers were sent."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """What a turn asks of the inbox, beside its reply."""

    step: Step
    lines: tuple[Line, ...] = ()
    """To keep, oldest first."""
    topics: tuple[IntentId, ...] = ()
    """What was talked about before; only for a new case."""
    reason: str = ""
    """Why a person is wanted, Chinese; only for a new case."""
    delivered: int = 0
    """So many of `Hold.answers` are in the reply."""
    kf_account: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation in the inbox, as the console shows it."""

    id: str
    """Name of the conversation within its account; no OpenID."""
    account: str
    state: CaseState
    opened_at: datetime
    active_at: datetime
    reason: str
    topics: tuple[IntentId, ...]
    lines: tuple[Line, ...]
    undelivered: int = 0
    """Answers that the parent will get with the next message."""
    openid: str = ""
    """Only where the account may send customer-service messages."""


_TRANSFER_MARK = "\0transfer_customer_service\0"
"""Begins a reply that is no text. XML cannot carry U+0000, so no parent can send it, and no
content file may hold it: no text is taken for one."""


def transfer_reply(kf_account: str = "") -> str:
    """Return the reply that passes a message on, in the form in which texts are recorded."""
    return _TRANSFER_MARK + kf_account


def transfer_target(reply: str) -> str | None:
    """Return the `KfAccount` of a reply that passes a message on (may be empty); None for texts."""
    return reply.removeprefix(_TRANSFER_MARK) if reply.startswith(_TRANSFER_MARK) else None


def is_holding(hold: Hold | None, quiet: timedelta, now: datetime) -> bool:
    """Say whether the bot must be silent at `now`."""
    return hold is not None and hold.state in HOLDING and now - hold.active_at < quiet


def summary(lines: Sequence[Line]) -> str:
    """Return the parent's last line, for lists."""
    return next((line.text for line in reversed(lines) if line.author is Author.PARENT), "")
