"""Conversations of the playground: each its own session, bounded, restartable."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.console.conversation import KEPT_EXCHANGES, Conversation
from app.domain.turn import Decision, MessageKind
from tests.assistants import small_assistant

NOW = datetime(2025, 12, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def conversation(account: str = "beijing") -> Conversation:
    assistant = small_assistant()
    return Conversation(assistant, assistant.account(account), "playground-test")


def test_remembers_what_was_offered():
    talk = conversation()
    first = talk.send(NOW, "怎么缴费")
    choice = first.turn.session.offered[0]
    second = talk.send(NOW, choice.say, menu_id=choice.key)
    assert second.turn.topics == (choice.key,)
    assert second.message.menu_id == choice.key
    assert [e.number for e in talk.exchanges] == [1, 2]
    assert talk.find(2) is second
    assert talk.last is second


def test_two_conversations_share_nothing():
    one, other = conversation(), conversation()
    offered = one.send(NOW, "怎么缴费").turn.session.offered
    assert other.send(NOW, "2").turn.topics != (offered[1].key,)
    assert one.send(NOW, "2").turn.topics == (offered[1].key,)


def test_restart_forgets_but_never_counts_again():
    talk = conversation()
    offered = talk.send(NOW, "怎么缴费").turn.session.offered
    talk.restart()
    assert talk.last is None
    again = talk.send(NOW, "2")
    assert again.turn.topics != (offered[1].key,)
    assert again.number == 2
    assert again.turn.session.turns == 1


def test_old_exchanges_are_forgotten():
    talk = conversation()
    for _ in range(KEPT_EXCHANGES + 3):
        talk.send(NOW, "你好")
    assert len(talk.exchanges) == KEPT_EXCHANGES
    assert talk.find(3) is None
    assert talk.find(4) is talk.exchanges[0]


def test_time_stands_at_the_start_and_after_a_jump():
    talk = conversation()
    moments = [NOW, NOW + timedelta(minutes=1), NOW + timedelta(days=200), NOW]
    assert [talk.send(at, "你好").stamped for at in moments] == [True, False, True, True]


def test_other_kinds_of_message():
    talk = conversation("liuzhou")
    assert talk.send(NOW, kind=MessageKind.IMAGE).turn.decision is Decision.FALLBACK
    assert "柳州" in talk.send(NOW, kind=MessageKind.SUBSCRIBE).turn.text
    assert talk.send(NOW, kind=MessageKind.SILENT).turn.text == ""
