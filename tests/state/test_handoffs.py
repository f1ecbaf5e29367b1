"""The inbox on a real Redis: what one process writes, every other sees at once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import pytest

from app.domain.handoff import Author, CaseState, Handoff, Line, Step
from app.domain.names import IntentId
from app.settings import SHANGHAI
from app.state import handoffs
from app.state.handoffs import Handoffs
from app.state.keys import HANDOFF_TTL_S, handoffs_key

pytestmark = pytest.mark.anyio

NOW = datetime(2025, 12, 10, 10, 0, 30, 125000, tzinfo=SHANGHAI)
USER = "oParent"


def line(text: str, at: datetime = NOW) -> Line:
    return Line(Author.PARENT, text, at)


OPEN = Handoff(Step.OPEN, (line("喵喵"), line("转人工")), (IntentId("fee_standard"),), "家长要求")


@pytest.fixture
def account() -> str:
    return f"a{secrets.token_hex(4)}"


@pytest.fixture
def inbox(store, keyspace) -> Handoffs:
    return Handoffs(store, keyspace, SHANGHAI)


async def test_nothing_is_known_of_strangers(inbox, account):
    hold = await inbox.look(account, USER)
    assert (hold.state, hold.answers) == (CaseState.RELEASED, ())
    await inbox.note(account, USER, Handoff(Step.APPEND, (line("好"),)), NOW)
    await inbox.note(account, USER, Handoff(Step.DELIVERED), NOW)
    assert await inbox.cases(account) == ()


async def test_a_case_from_question_to_release(inbox, account):
    await inbox.note(account, USER, OPEN, NOW)
    assert (await inbox.look(account, USER)).state is CaseState.WAITING
    (case,) = await inbox.cases(account)
    assert case.topics == ("fee_standard",)
    assert (case.reason, case.opened_at, case.openid) == ("家长要求", NOW, "")
    later = NOW + timedelta(minutes=5)
    await inbox.note(account, USER, Handoff(Step.APPEND, (line("在吗", later),)), later)
    assert await inbox.answer(account, case.id, "在的", later, sent=False, silent=True)
    hold = await inbox.look(account, USER)
    assert (hold.state, hold.active_at, hold.answers) == (CaseState.ANSWERED, later, ("在的",))
    full = await inbox.case(account, case.id)
    assert full is not None
    assert [(entry.author, entry.text) for entry in full.lines] == [
        (Author.PARENT, "喵喵"),
        (Author.PARENT, "转人工"),
        (Author.PARENT, "在吗"),
        (Author.STAFF, "在的"),
    ]
    assert (full.undelivered, full.opened_at, full.active_at) == (1, NOW, later)
    await inbox.note(account, USER, Handoff(Step.APPEND, (), delivered=1), later)
    assert (await inbox.look(account, USER)).answers == ()
    await inbox.release(account, case.id, later)
    assert (await inbox.look(account, USER)).state is CaseState.RELEASED


async def test_two_replicas_and_the_console_see_the_same_hold(open_another, keyspace, account):
    one, other = [Handoffs(await open_another(), keyspace, SHANGHAI) for _ in range(2)]
    await one.note(account, USER, OPEN, NOW)
    assert (await other.look(account, USER)).state is CaseState.WAITING
    (case,) = await other.cases(account)
    await other.release(account, case.id, NOW)
    assert (await one.look(account, USER)).state is CaseState.RELEASED


async def test_an_answer_that_was_sent_does_not_wait(inbox, account):
    await inbox.note(account, USER, Handoff(Step.TICKET, (line("急"),)), NOW)
    (case,) = await inbox.cases(account)
    assert await inbox.answer(account, case.id, "好", NOW, sent=True, silent=False)
    hold = await inbox.look(account, USER)
    assert (hold.state, hold.answers) == (CaseState.TICKET, ())


async def test_answers_that_came_meanwhile_are_kept(inbox, account):
    await inbox.note(account, USER, OPEN, NOW)
    (case,) = await inbox.cases(account)
    for text in ("一", "二", "三"):
        await inbox.answer(account, case.id, text, NOW, sent=False, silent=True)
    await inbox.note(account, USER, Handoff(Step.APPEND, (), delivered=2), NOW)
    assert (await inbox.look(account, USER)).answers == ("三",)


async def test_a_step_sent_twice_counts_once(store, keyspace, account):
    inbox = Handoffs(store, keyspace, SHANGHAI, new_token=lambda: "same")
    await inbox.note(account, USER, OPEN, NOW)
    await inbox.note(account, USER, OPEN, NOW)
    (case,) = await inbox.cases(account)
    assert len(case.lines) == 2


async def test_openids_are_kept_only_where_they_can_be_used(store, keyspace, account):
    inbox = Handoffs(store, keyspace, SHANGHAI, keeps_openid=lambda name: name == account)
    await inbox.note(account, USER, OPEN, NOW)
    await inbox.note("other", USER, OPEN, NOW)
    assert [case.openid for case in await inbox.cases(account)] == [USER]
    assert {case.openid for case in await inbox.cases("other")} == {""}


async def test_everything_is_capped_and_expires(inbox, store, keyspace, account, monkeypatch):
    monkeypatch.setattr(handoffs, "HANDOFF_LINES", 3)
    monkeypatch.setattr(handoffs, "HANDOFF_ANSWERS", 2)
    monkeypatch.setattr(handoffs, "HANDOFF_CASES", 2)
    for number in range(3):
        at = NOW + timedelta(seconds=number)
        await inbox.note(account, f"{USER}{number}", OPEN, at)
    newest, older = await inbox.cases(account)
    assert newest.opened_at > older.opened_at > NOW
    for text in "abc":
        await inbox.answer(account, newest.id, text, NOW, sent=False, silent=True)
    full = await inbox.case(account, newest.id)
    assert full is not None
    assert [entry.text for entry in full.lines] == ["a", "b", "c"]
    keys = keyspace.conversation(account, f"{USER}2")
    assert (await inbox.look(account, f"{USER}2")).answers == ("b", "c")
    names = (keys.handoff, keys.handoff_lines, keys.handoff_answers, handoffs_key(account))
    for name in names:
        assert 0 < await store.client.ttl(name) <= HANDOFF_TTL_S


async def test_who_leaves_is_forgotten(inbox, conversations, account):
    await inbox.note(account, USER, OPEN, NOW)
    (case,) = await inbox.cases(account)
    await conversations.forget(account, USER)
    assert await inbox.cases(account) == ()
    assert await inbox.case(account, case.id) is None
    assert not await inbox.answer(account, case.id, "好", NOW, sent=False, silent=True)
    await inbox.release(account, case.id, NOW)
    assert (await inbox.look(account, USER)).state is CaseState.RELEASED


@pytest.mark.parametrize("case", ["", "x", "../" + "0" * 29, "0" * 31, "0" * 32 + "}:lock"])
async def test_no_other_key_can_be_named(inbox, account, case):
    with pytest.raises(ValueError, match="not an account"):
        await inbox.case(account, case)
