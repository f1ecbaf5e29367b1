"""People read, answer, give back and keep; what cannot be sent waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from app.cli.inbox_drafting import InboxDrafting
from app.console.people import People, Sent
from app.domain.handoff import Author, CaseState, Handoff, Line, Step
from app.editing.intent_file import read_intent
from app.publishing.drafts import Drafts
from app.settings import SHANGHAI
from app.state.embedded import open_store
from app.state.handoffs import Handoffs
from app.state.keys import Keyspace
from tests.assistants import small_assistant
from tests.unit.dialogue.desks import CONSOLE, staffed
from tests.unit.dialogue.parent import NOW


class NoCustomerService:
    """No account may send: answers wait for the parent's next message."""

    def may_send(self, _account: str) -> bool:
        """Say no."""
        return False

    async def send_text(self, _account: str, _openid: str, _text: str) -> bool:
        """Send nothing."""
        return False


pytestmark = pytest.mark.anyio
CATALOG = staffed().catalog


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class Service:
    """Sends what it is told to, or is refused."""

    def __init__(self, *, works: bool = True) -> None:
        self.works = works
        self.sent: list[tuple[str, str, str]] = []

    def may_send(self, account: str) -> bool:
        return account == "beijing"

    async def send_text(self, account: str, openid: str, text: str) -> bool:
        self.sent.append((account, openid, text))
        return self.works


class Office:
    """The inbox on a real Redis and the people at it."""

    def __init__(self, inbox: Handoffs, people: People, service: Service) -> None:
        self.inbox, self.people, self.service = inbox, people, service
        self.now = NOW

    async def ask(
        self, user: str, *texts: str, account: str = "beijing", step: Step = Step.OPEN
    ) -> None:
        lines = tuple(Line(Author.PARENT, text, self.now) for text in texts)
        await self.inbox.note(account, user, Handoff(step, lines), self.now)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    store = await open_store(None, tmp_path / "var")
    service = Service()
    inbox = Handoffs(store, Keyspace("s"), SHANGHAI, keeps_openid=service.may_send)
    office: Office
    people = People(lambda: CATALOG, inbox, service, lambda: office.now, tmp_path / "drafts")
    office = Office(inbox, people, service)
    yield office
    await store.close()


async def test_who_waits_longest_is_first_then_the_latest(office: Office) -> None:
    for minute, (user, step) in enumerate(
        [("t1", Step.TICKET), ("w1", Step.OPEN), ("t2", Step.TICKET), ("w2", Step.OPEN)]
    ):
        office.now = NOW + timedelta(minutes=minute)
        await office.ask(user, user, step=step, account="beijing" if "1" in user else "liuzhou")
    cases = await office.people.cases()
    assert [case.lines[0].text for case in cases] == ["w1", "w2", "t2", "t1"]


async def test_an_answer_is_sent_where_the_account_may(office: Office) -> None:
    await office.ask("oUser", "转人工")
    (case,) = await office.people.cases()
    assert await office.people.answer(case, " 您好 ") is Sent.NOW
    assert office.service.sent == [("beijing", "oUser", "工作人员回复：您好")]
    hold = await office.inbox.look("beijing", "oUser")
    assert (hold.state, hold.answers) == (CaseState.ANSWERED, ())


async def test_else_it_waits_for_the_parent(office: Office) -> None:
    await office.ask("oUser", "转人工")
    await office.ask("oUser", "转人工", account="liuzhou")
    office.service.works = False
    outcomes = {
        case.account: await office.people.answer(case, "您好")
        for case in await office.people.cases()
    }
    assert outcomes == {"beijing": Sent.REFUSED, "liuzhou": Sent.LATER}
    for account in outcomes:
        assert (await office.inbox.look(account, "oUser")).answers == ("您好",)


async def test_an_answer_to_a_ticket_or_after_a_pause_does_not_silence_the_bot(
    office: Office,
) -> None:
    await office.ask("ticket", "急", step=Step.TICKET)
    await office.ask("paused", "急")
    office.now += CONSOLE.quiet
    for case in await office.people.cases():
        assert not office.people.is_silent(case)
        await office.people.answer(case, "好")
    for user in ("ticket", "paused"):
        assert (await office.inbox.look("beijing", user)).state is CaseState.TICKET


async def test_a_case_that_is_gone_gets_nothing(office: Office) -> None:
    await office.ask("oUser", "转人工")
    (case,) = await office.people.cases()
    await office.inbox._store.client.flushall()
    assert await office.people.answer(case, "您好") is Sent.GONE
    assert office.service.sent == []
    await office.people.release(case)
    assert await office.people.cases() == ()


async def test_a_draft_has_the_question_and_the_answer(office: Office) -> None:
    await office.ask("oUser", "材料丢了怎么补", "转人工", "〔图片〕")
    (case,) = await office.people.cases()
    assert "没有什么可存" in await office.people.draft(case, "王芳")
    await office.people.answer(case, "带户口本\n去社保所")
    full = await office.people.case("beijing", case.id)
    assert full is not None
    said = await office.people.draft(full, "王芳")
    text = Path(said.removeprefix("草稿：")).read_text("utf-8")  # noqa: ASYNC240
    assert '  - "材料丢了怎么补"\n' in text
    assert "转人工" not in text.partition("utterances")[2]
    assert "      带户口本\n      去社保所\n" in text
    assert await office.people.draft(full, "王芳") != said


async def test_where_content_can_be_changed_the_shared_draft_takes_it(tmp_path: Path) -> None:
    store = await open_store(None, tmp_path / "var")
    inbox, drafts, folder = Handoffs(store, Keyspace("s"), SHANGHAI), Drafts(store), tmp_path / "d"
    drafting = InboxDrafting(small_assistant, drafts, Mock(), Mock(), lambda: NOW)
    people = People(lambda: CATALOG, inbox, NoCustomerService(), lambda: NOW, folder, drafting)
    lines = (Line(Author.PARENT, "  材料丢了：\n怎么补，要跑哪些地方 # 急", NOW),)
    await inbox.note("beijing", "oUser", Handoff(Step.OPEN, lines), NOW)
    (case,) = await people.cases()
    await people.answer(case, "带户口本\n\n去社保所")
    full = await people.case("beijing", case.id)
    assert full is not None
    assert "存进草稿了" in await people.draft(full, "王芳")
    (draft,) = (await drafts.files()).values()
    intent = read_intent(draft.text)
    assert draft.by == "王芳"
    assert intent.utterances == ("材料丢了： 怎么补，要跑哪些地方 # 急",)
    assert intent.answers["beijing"] == {"source": "todo#TODO", "text": "带户口本\n去社保所"}
    assert not folder.exists()
    await store.close()


async def test_what_is_published_counts_at_once(office: Office) -> None:
    office.people._catalog = lambda: replace(CATALOG, accounts={})
    assert office.people.accounts == ()


async def test_nobody_to_send_to() -> None:
    nobody = NoCustomerService()
    assert not nobody.may_send("beijing")
    assert not await nobody.send_text("beijing", "u", "好")
