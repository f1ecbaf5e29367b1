"""A swap between two messages: a turn ends with the content it began with, the next has the new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.dialogue.assistant import Assistant
from app.dialogue.service import Respondent
from app.domain.turn import Learned, Message, MessageKind, Session, Turn
from app.runtime import Wording
from app.settings import SHANGHAI
from app.wechat.rendering import render
from tests.assistants import small_assistant

pytestmark = pytest.mark.anyio
NEW = "f" * 64


def renewed() -> Assistant:
    """The small content as another revision, with another apology."""
    old = small_assistant()
    entries = {**old.catalog.texts.entries, "error": ("新的道歉",)}
    texts = replace(old.catalog.texts, entries=entries)
    catalog = replace(old.catalog, revision=NEW, texts=texts)
    return Assistant(catalog, old.matchers, render, timedelta(minutes=30))


class Served:
    """What the process serves."""

    def __init__(self) -> None:
        self.assistant = small_assistant()
        self.turns: list[Turn] = []

    def turn(self, account: str, turn: Turn, *, stateless: bool, **_: object) -> None:
        self.turns.append(turn)

    async def note(self, account: str, learned: Learned) -> None:
        raise AssertionError


class Conversation:
    session = Session()
    quarantined = False

    async def save(self, session: Session, *, delivery: tuple[str, str] | None = None) -> None:
        return


class Slow:
    """Conversations that open only after the content was swapped."""

    def __init__(self, served: Served) -> None:
        self._served = served

    @asynccontextmanager
    async def open(
        self, account: str, user: str, delivery: str = ""
    ) -> AsyncIterator[Conversation]:
        self._served.assistant = renewed()
        yield Conversation()


async def test_a_turn_in_flight_ends_with_its_own_content() -> None:
    served = Served()
    now = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)
    respondent = Respondent(
        lambda: served.assistant, Slow(served), lambda: now, served, lessons=served
    )
    message = Message("beijing", "o1", MessageKind.TEXT, "多少钱")
    assert "435元" in await respondent.respond(message)
    assert "435元" in await respondent.respond(message)
    old = small_assistant().catalog.revision
    assert [turn.trace.revision for turn in served.turns] == [old, NEW]


def test_the_bots_own_texts_follow() -> None:
    served = Served()
    wording = Wording(lambda: served.assistant)
    assert wording.text("beijing", "error") != "新的道歉"
    served.assistant = renewed()
    assert wording.text("beijing", "error") == "新的道歉"
