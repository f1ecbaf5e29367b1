"""A parent who talks to one account: types, taps, and keeps what the bot remembers of it."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from html import unescape
from urllib.parse import parse_qs, urlsplit

from app.dialogue.assistant import Assistant
from app.domain.turn import Message, MessageKind, Session, Turn
from app.settings import SHANGHAI
from tests.assistants import shipped_assistant, small_assistant

NOW = datetime(2025, 12, 10, 10, 0, tzinfo=SHANGHAI)
LIMIT_BYTES = 2048
_LINK = re.compile(r'<a href="([^"<>]*)">([^<>]*)</a>')


def links(text: str) -> list[tuple[str, str, str]]:
    """Return label, text to send and menu id of every tappable line, as WeChat reads them."""
    found = []
    for address, label in _LINK.findall(text):
        query = parse_qs(urlsplit(address).query, strict_parsing=True)
        found.append((unescape(label), query["msgmenucontent"][0], query["msgmenuid"][0]))
    return found


def shown(text: str) -> str:
    """Return what stands on the phone's screen."""
    return unescape(_LINK.sub(r"\2", text))


class Parent:
    """One conversation; the session lives here as it would in the store."""

    def __init__(
        self,
        account: str = "beijing",
        assistant: Assistant | None = None,
        now: datetime = NOW,
    ) -> None:
        self.assistant = assistant or small_assistant()
        self.account = account
        self.now = now
        self.session = Session()
        self.turns: list[Turn] = []

    def send(self, kind: MessageKind, text: str = "", menu_id: str = "") -> Turn:
        """Send a message of any kind."""
        message = Message(self.account, "parent", kind, text, menu_id)
        turn = self.assistant.turn(self.session, message, self.now)
        self.session = turn.session
        self.turns.append(turn)
        return turn

    def say(self, text: str) -> Turn:
        """Type a text."""
        return self.send(MessageKind.TEXT, text)

    def tap(self, position: int) -> Turn:
        """Tap a link of the last reply that had any; 1 is the first."""
        last = next(links(t.text) for t in reversed(self.turns) if links(t.text))
        _, say, menu_id = last[position - 1]
        return self.send(MessageKind.TEXT, say, menu_id)

    def wording(self, key: str, **values: str) -> list[str]:
        """Return the variants of one of the bot's own texts, as this account says them."""
        account = self.assistant.catalog.accounts[self.account]
        names = {"name": account.name, "confirm": account.confirm, **values}
        return [v.format(**names) for v in self.assistant.catalog.texts.entries[key]]


@cache
def nonsense(account: str = "beijing") -> tuple[str, ...]:
    """Return four texts that the assistant on the shipped content makes nothing of."""
    texts = (
        *(
            "呜啦啦啦",
            "叽里咕噜",
            "嘟嘟囔囔",
            "噼里啪啦",
            "咕咚咕咚",
            "哔哔哔",
            "乌拉乌拉",
            "喵喵喵",
        ),
        *("啊这", "嘎嘎嘎", "咚咚锵", "嘤嘤嘤", "唧唧复唧唧", "哒哒哒", "咩咩咩", "轰隆隆"),
    )
    found = [t for t in texts if Parent(account, shipped_assistant()).say(t).session.misses == 1]
    assert len(found) > 4, "nonsense is taken for something nearly always"
    return tuple(found[:4])


def says(turn: Turn, wordings: list[str]) -> bool:
    """Tell whether the reply has one of the wordings."""
    return any(wording in shown(turn.text) for wording in wordings)
