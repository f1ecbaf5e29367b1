"""The respondent around evidence that waits: in a thread and not for long."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import anyio
import pytest

from app.dialogue.advice import Advice
from app.dialogue.assistant import Assistant
from app.dialogue.service import Respondent
from app.domain.turn import Learned, Message, MessageKind, Session, Turn
from app.errors import StateUnavailableError
from app.wechat.rendering import render
from tests.assistants import small_assistant
from tests.unit.dialogue.parent import NOW, Parent

pytestmark = pytest.mark.anyio

QUESTION = Message("beijing", "parent", MessageKind.TEXT, "一年交多少钱")


class Conversation:
    """Keeps what was saved."""

    def __init__(self) -> None:
        self.session = Session()
        self.quarantined = False

    async def save(self, session: Session, *, delivery: tuple[str, str] | None = None) -> None:
        self.session = session


class Conversations:
    """One conversation, or a store that is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.conversation = Conversation()
        self._away = away

    @asynccontextmanager
    async def open(
        self, account: str, user: str, delivery: str = ""
    ) -> AsyncIterator[Conversation]:
        if self._away:
            raise StateUnavailableError
        yield self.conversation


class Ledger:
    """Counts nothing, remembers turns."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def turn(self, account: str, turn: Turn, *, stateless: bool, **_: object) -> None:
        self.turns.append(turn)

    async def note(self, account: str, learned: Learned) -> None:
        pytest.fail("nothing was chosen")


class Waiting(Assistant):
    """Waits for evidence as long as it is told to."""

    patience_s = 0.3

    def __init__(self, wait_s: float) -> None:
        small = small_assistant()
        super().__init__(small.catalog, small.matchers, render)
        self._wait_s = wait_s
        self.threads: list[int] = []

    def turn(
        self, session: Session, message: Message, now: datetime, advice: Advice | None = None
    ) -> Turn:
        self.threads.append(threading.get_ident())
        if advice is None:
            time.sleep(self._wait_s)
        return super().turn(session, message, now, advice)


def respondent(assistant: Assistant, conversations: Conversations, ledger: Ledger) -> Respondent:
    return Respondent(lambda: assistant, conversations, lambda: NOW, ledger, ledger)


async def test_without_evidence_no_thread_is_used() -> None:
    waiting = Waiting(0)
    waiting.patience_s = 0
    text = await respondent(waiting, Conversations(), Ledger()).respond(QUESTION)
    assert text == Parent().say(QUESTION.text).text
    assert waiting.threads == [threading.get_ident()]


async def test_evidence_is_waited_for_beside_the_event_loop() -> None:
    waiting, gaps = Waiting(0.6), [0.0]

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await anyio.sleep(0.01)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    ledger, conversations = Ledger(), Conversations()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tick)
        text = await respondent(waiting, conversations, ledger).respond(QUESTION)
        tasks.cancel_scope.cancel()
    assert text == Parent().say(QUESTION.text).text
    assert threading.get_ident() not in waiting.threads
    assert len(gaps) > 10
    assert max(gaps) < 0.5
    assert conversations.conversation.session.turns == 1


@pytest.mark.parametrize("away", [False, True])
async def test_what_takes_too_long_is_answered_without(away: bool) -> None:
    waiting, ledger = Waiting(3.0), Ledger()
    started = time.perf_counter()
    text = await respondent(waiting, Conversations(away=away), ledger).respond(QUESTION)
    assert time.perf_counter() - started < 2.5
    assert text == Parent().say(QUESTION.text).text
    assert len(ledger.turns) == 1


async def test_many_at_once_are_all_answered_in_time() -> None:
    waiting = Waiting(0.2)
    answered: list[str] = []

    async def ask() -> None:
        answered.append(await respondent(waiting, Conversations(), Ledger()).respond(QUESTION))

    started = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(ask)
    assert time.perf_counter() - started < 3
    assert set(answered) == {Parent().say(QUESTION.text).text}
    assert len(answered) == 100


async def test_a_session_that_could_not_be_read_is_told_once() -> None:
    conversations, ledger = Conversations(), Ledger()
    conversations.conversation.quarantined = True
    parent = Parent()
    respondent = Respondent(lambda: small_assistant(), conversations, lambda: NOW, ledger, ledger)
    first = await respondent.respond(QUESTION)
    assert first.startswith(parent.wording("lost")[0])
    assert "435元" in first
    conversations.conversation.quarantined = False
    assert not (await respondent.respond(QUESTION)).startswith(parent.wording("lost")[0])
