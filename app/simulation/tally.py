"""Counts what users see: every message answered once, none lost, none doubled, no fault shown."""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from html import unescape
from math import inf
from urllib.parse import parse_qs, urlsplit

from app.simulation.delivery import Delivered
from app.simulation.pushes import Push

_LINK = re.compile(r'<a href="(weixin://bizmsgmenu\?[^"]*)">(.*?)</a>')
_RECENT = 6
_STORE_SETTLES_S = 3.0
"""After the store is back: until all replicas have noticed and what they had begun is over."""
VIEW_KEY = "late-"
"""How the id of a link begins that fetches the reply to its question."""


@dataclass(frozen=True)
class Tap:
    """A tappable line."""

    say: str
    key: str


def taps(text: str) -> list[Tap]:
    """Return the lines of a text that a user may tap."""
    found = []
    for address, _ in _LINK.findall(text):
        query = parse_qs(urlsplit(unescape(address)).query)
        found.append(Tap(query["msgmenucontent"][0], query["msgmenuid"][0]))
    return found


@dataclass
class Asked:
    """One message of a user that wants an answer."""

    push: Push
    answers: int = 0
    way: str = ""
    """How the first answer came: passive, tap, next, custom."""


@dataclass
class Tally:
    """All that is counted. One per run."""

    asked: list[Asked] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    """Faults that users saw, by cause."""
    wrong: Counter[str] = field(default_factory=Counter)
    """Other broken promises, by kind."""
    seconds: list[float] = field(default_factory=list)
    """Of passive replies."""
    injected: Counter[str] = field(default_factory=Counter)
    apart: int = 0
    """Messages that replicas answered differently while there was no store to agree in."""
    _store_away: bool = False
    _store_settled_at: float = 0.0
    _recent: dict[str, deque[Asked]] = field(default_factory=dict)

    def sent(self, push: Push) -> Asked | None:
        """Note a message before it is pushed."""
        self.kinds[push.kind] += 1
        if not push.answered:
            return None
        asked = Asked(push)
        self.asked.append(asked)
        self._recent.setdefault(push.user, deque(maxlen=_RECENT)).append(asked)
        return asked

    def store_goes(self) -> None:
        """Note that the replicas' store is about to be killed."""
        self._store_away = True

    def store_is_back(self, now: float) -> None:
        """Note that the store takes requests again; `now` in seconds of any steady clock."""
        self._store_away, self._store_settled_at = False, now + _STORE_SETTLES_S

    def delivered(
        self, push: Push, asked: Asked | None, outcome: Delivered, began: float = inf
    ) -> Tap | None:
        """Note what a push brought; return the line that fetches the answer, if it is late.

        Args:
            push: The message.
            asked: What it was noted as.
            outcome: What came back.
            began: When the first request was made, by the clock of `store_is_back`.
        """
        self.attempts[outcome.attempts] += 1
        if outcome.fault:
            self.faults[outcome.fault] += 1
            return None
        if len(set(outcome.texts)) > 1:
            self._differ(push, outcome, began)
        text = outcome.shown
        if text is None:
            return None
        self.seconds.append(outcome.seconds)
        if asked is None:
            self.wrong["不该回复的事件得到了回复"] += 1
            return None
        late = next((tap for tap in taps(text) if tap.key.startswith(VIEW_KEY)), None)
        if late is not None and len(taps(text)) == 1:
            return late
        self._read(text, asked, "passive")
        return None

    def _differ(self, push: Push, outcome: Delivered, began: float) -> None:
        """Replicas agree through the store; without it each gives the answer that it knows."""
        if not self._store_away and began >= self._store_settled_at:
            self.wrong["同一条消息的几次请求得到不同的回复"] += 1
            return
        self.apart += 1
        if not all(push.expect in text for text in outcome.texts):
            self.wrong["答非所问"] += 1

    def fetched(self, asked: Asked, text: str) -> None:
        """Note what a tap on 查看回复 brought."""
        self._read(text, asked, "tap")

    def recovered(self, asked: Asked, text: str) -> None:
        """Note what 查看回复 brought to a user who still waits at the end."""
        if asked.push.expect and asked.push.expect in text:
            self._credit(asked, "tap")

    def pushed(self, user: str, text: str) -> None:
        """Note a customer-service message: it answers the oldest open question it fits."""
        waiting = [a for a in self._recent.get(user, ()) if not a.answers]
        fitting = [a for a in waiting if a.push.expect in text] or waiting
        if fitting:
            self._credit(fitting[0], "custom")
        else:
            self.wrong["多发了客服消息"] += 1

    def _read(self, text: str, asked: Asked, way: str) -> None:
        """Credit the question, and earlier ones whose answer stands in the text as well."""
        if asked.push.expect and asked.push.expect not in text:
            self.wrong["答非所问"] += 1
        else:
            self._credit(asked, way)
        for other in self._recent[asked.push.user]:
            expect = other.push.expect
            if other is asked or not expect or expect == asked.push.expect:
                continue
            if not asked.push.expect and other.answers:
                continue  # a tap asks for the same again
            if expect in text:
                self._credit(other, "next")

    def _credit(self, asked: Asked, way: str) -> None:
        asked.answers += 1
        asked.way = asked.way or way

    def open_questions(self) -> list[Asked]:
        """Return what is not answered yet."""
        return [asked for asked in self.asked if not asked.answers]
