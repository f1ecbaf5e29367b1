"""One message to the assistant, as WeChat would deliver it, and what a reply looks like."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import datetime

from app.dialogue.assistant import Assistant
from app.domain.content import Intent, IntentKind
from app.domain.names import IntentId
from app.domain.turn import Decision, Message, MessageKind, Session, Turn
from app.wechat.inbound import is_unsupported_text

ANSWERED = frozenset({Decision.ANSWER, Decision.FLOW})
"""Decisions that give a parent a topic's answer, or begin to."""

_LINK = re.compile(r"<a [^<>]*>([^<>]*)</a>")


def typed(account: str, user: str, text: str) -> Message:
    """Return the message that WeChat would deliver for this text."""
    kind = MessageKind.UNSUPPORTED if is_unsupported_text(text) else MessageKind.TEXT
    return Message(account, user, kind, text)


def ask(assistant: Assistant, account: str, sentence: str, now: datetime) -> Turn:
    """Return what a new parent is told who begins with this sentence.

    Raises:
        KeyError: No such account.
    """
    return assistant.turn(Session(), typed(account, "test", sentence), now)


def accounts_of(assistant: Assistant, intent: Intent) -> tuple[str, ...]:
    """Return the accounts that answer an intent, when it is a topic."""
    if intent.kind is not IntentKind.FAQ:
        return ()
    accounts = assistant.catalog.accounts.values()
    return tuple(a.id for a in accounts if a.region in intent.answers)


def takes(turn: Turn, intent: IntentId) -> bool:
    """Tell whether a turn answers an intent before all others."""
    return turn.decision in ANSWERED and turn.topics[:1] == (intent,)


def contains(reply: str, wanted: str) -> bool:
    """Tell whether the reply has one of the `|`-separated texts; width and spacing are free."""
    plain = _plain(reply)
    return any(_plain(option) in plain for option in wanted.split("|"))


def readable(text: str) -> str:
    """Show tappable links by their labels, as a phone does."""
    return html.unescape(_LINK.sub(r"\1", text))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()
