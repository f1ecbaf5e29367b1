"""The respondent records the reply with the session, and answers without memory where it must."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.dialogue.service import OpenConversation, Respondent
from app.domain.names import FlowId
from app.domain.turn import FlowState, Learned, Message, MessageKind, Session, Turn
from tests.assistants import small_assistant
from tests.unit.dialogue.parent import NOW

pytestmark = pytest.mark.anyio
QUESTION = Message("beijing", "parent", MessageKind.TEXT, "一年交多少钱", delivery_key="k")
FEE = "学生每人435元/年。"


class Conversation:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.quarantined = False
        self.saved: list[tuple[str, str] | None] = []

    async def save(self, session: Session, *, delivery: tuple[str, str] | None = None) -> None:
        self.session = session
        self.saved.append(delivery)


class Conversations:
    def __init__(self, session: Session | None = None) -> None:
        self.conversation = Conversation(session or Session())

    @asynccontextmanager
    async def open(
        self, account: str, user: str, delivery: str = ""
    ) -> AsyncIterator[OpenConversation]:
        yield self.conversation


class Ledger:
    def __init__(self) -> None:
        self.stateless: list[bool] = []

    def turn(self, account: str, turn: Turn, *, stateless: bool, **_: object) -> None:
        self.stateless.append(stateless)

    async def note(self, account: str, learned: Learned) -> None:
        pytest.fail("nothing was chosen")


def respondent(conversations: Conversations, ledger: Ledger) -> Respondent:
    return Respondent(small_assistant, conversations, lambda: NOW, ledger, ledger)


async def test_the_reply_is_recorded_with_the_session() -> None:
    conversations = Conversations()
    text = await respondent(conversations, Ledger()).respond(QUESTION)
    assert FEE in text
    assert conversations.conversation.saved == [("k", text)]


async def test_a_message_without_a_delivery_records_none() -> None:
    conversations = Conversations()
    asked = Message("beijing", "parent", MessageKind.TEXT, "一年交多少钱")
    await respondent(conversations, Ledger()).respond(asked)
    assert conversations.conversation.saved == [None]


async def test_recovering_leaves_the_memory_alone() -> None:
    before = Session(turns=7, flow=FlowState(FlowId("gone"), {}, "x"))
    conversations, ledger = Conversations(before), Ledger()
    assert FEE in await respondent(conversations, ledger).recover(QUESTION)
    assert conversations.conversation.session is before
    assert not conversations.conversation.saved
    assert ledger.stateless == [True]
