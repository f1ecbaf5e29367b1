"""Reminders over replicas, restarts and failures: sent once, or brought by the next visit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from app.dialogue.assistant import Assistant
from app.dialogue.reminder_turn import Errand
from app.dialogue.reminding import Pushed, Reminding
from app.dialogue.service import Respondent
from app.domain.content import Notice
from app.domain.turn import Message, MessageKind
from app.settings import SHANGHAI
from app.state.keys import REMINDED_TTL_S, SESSION_TTL_S, reminders_key
from app.state.lessons import Lessons
from app.state.reminders import LEASE, ReminderIndex
from app.state.sessions import Conversations
from app.wechat.rendering import render
from tests.assistants import shipped_assistant

pytestmark = pytest.mark.anyio

START = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)
DUE = datetime(2025, 12, 17, 9, tzinfo=SHANGHAI)


class Pushing:
    """Remembers what it was given; answers as told."""

    def __init__(self, outcome: Pushed = Pushed.SENT) -> None:
        self.outcome = outcome
        self.sent: list[tuple[str, str, str]] = []

    async def push(self, account: str, user: str, errand: Errand) -> Pushed:
        self.sent.append((account, user, errand.text))
        await asyncio.sleep(0)
        return self.outcome


def writing_first(*, can_push: bool) -> Assistant:
    """Return the shipped assistant with an account that may write first, or may not."""
    shipped = shipped_assistant()
    notice = Notice("t", {"thing1": "{title}"}) if can_push else None
    beijing = replace(shipped.account("beijing"), notice=notice)
    accounts = {**shipped.catalog.accounts, "beijing": beijing}
    return Assistant(replace(shipped.catalog, accounts=accounts), shipped.matchers, render)


class Replica:
    """One process, with an account that may write first."""

    def __init__(self, store, keyspace, push: Pushing) -> None:
        self.now = START
        self.index = ReminderIndex(store)
        self.conversations = Conversations(store, keyspace)
        self.assistant = writing_first(can_push=True)
        self.respondent = Respondent(
            lambda: self.assistant,
            self.conversations,
            lambda: self.now,
            SimpleNamespace(turn=lambda *_, **__: None),
            Lessons(store),
            self.index,
        )
        self.reminding = Reminding(
            lambda: self.assistant, self.conversations, self.index, push, lambda: self.now
        )

    async def say(self, user: str, text: str, account: str = "beijing") -> str:
        return await self.respondent.respond(Message(account, user, MessageKind.TEXT, text))

    async def agree(self, user: str) -> None:
        for text in ("缴费截止前提醒我", "同意提醒"):
            await self.say(user, text)


@pytest.fixture
async def push(store) -> Pushing:
    await store.client.delete(reminders_key("beijing"))
    return Pushing()


@pytest.fixture
async def replicas(open_another, keyspace, push) -> list[Replica]:
    return [Replica(await open_another(), keyspace, push) for _ in range(2)]


async def test_each_is_sent_once_by_one_of_two_replicas(replicas, push) -> None:
    users = [f"user-{i}" for i in range(60)]
    for user in users:
        await replicas[0].agree(user)
    for replica in replicas:
        replica.now = DUE - timedelta(seconds=1)
        assert sum((await replica.reminding.round()).values()) == 0
    for moment in (DUE, DUE + timedelta(seconds=30), DUE + LEASE * 2, DUE + timedelta(hours=1)):
        for replica in replicas:
            replica.now = moment
        await asyncio.gather(*(replica.reminding.round() for replica in replicas * 2))
    assert sorted(user for _, user, _ in push.sent) == sorted(users)
    assert all(text.startswith("⏰") and "12月20日" in text for _, _, text in push.sent)
    assert "⏰" not in await replicas[1].say("user-1", "你好")


async def test_a_refused_one_comes_with_the_next_visit(replicas, push) -> None:
    push.outcome = Pushed.REFUSED
    await replicas[0].agree("refused")
    replicas[1].now = replicas[0].now = DUE
    assert (await replicas[1].reminding.round())[Pushed.REFUSED] == 1
    assert (await replicas[1].say("refused", "你好")).startswith(
        "⏰ 您让我提醒的“每月几号能缴费”："
    )
    assert "⏰" not in await replicas[0].say("refused", "你好")


async def test_an_unsure_one_is_not_sent_again_but_said_at_the_next_visit(replicas, push) -> None:
    push.outcome = Pushed.UNSURE
    await replicas[0].agree("unsure")
    for moment in (DUE, DUE + LEASE * 2):
        replicas[1].now = replicas[0].now = moment
        await replicas[1].reminding.round()
    assert len(push.sent) == 1
    assert "可能已经给您发过" in await replicas[0].say("unsure", "你好")


async def test_a_replica_that_dies_while_sending_neither_loses_nor_doubles(replicas, push) -> None:
    await replicas[0].agree("crashed")

    async def die(*_: str) -> Pushed:
        push.sent.append(("beijing", "crashed", "?"))
        raise KeyboardInterrupt

    dying = replicas[0]
    dying.now = replicas[1].now = DUE
    dying.reminding._push = SimpleNamespace(push=die)
    with pytest.raises(KeyboardInterrupt):
        await dying.reminding.round()
    replicas[1].now = DUE + LEASE * 2
    await replicas[1].reminding.round()
    assert len(push.sent) == 1
    assert "⏰" in await replicas[1].say("crashed", "你好")


async def test_cancelled_or_visited_ones_are_not_sent(replicas, push) -> None:
    await replicas[0].agree("cancelled")
    await replicas[0].agree("visited")
    await replicas[1].say("cancelled", "取消提醒")
    replicas[1].now = DUE
    assert "⏰" in await replicas[1].say("visited", "你好")
    await replicas[1].reminding.round()
    assert push.sent == []
    assert await replicas[0].index.claim("beijing", DUE + timedelta(days=9)) == ()


async def test_who_may_not_write_first_is_in_no_index(replicas, store) -> None:
    replicas[0].assistant = writing_first(can_push=False)
    await replicas[0].agree("silent")
    assert await store.client.exists(reminders_key("beijing")) == 0


async def test_the_session_lives_until_the_reminder(replicas, keyspace, store) -> None:
    await replicas[0].say("short", "你好")
    await replicas[0].agree("long")
    short, long = (keyspace.conversation("beijing", user).session for user in ("short", "long"))
    assert await store.client.ttl(short) <= SESSION_TTL_S
    assert SESSION_TTL_S < await store.client.ttl(long) <= REMINDED_TTL_S
    # 20 December is the last day; until then 11 days.
    assert await store.client.ttl(long) > 10 * SESSION_TTL_S
