"""What operators may do with a group of questions, on the server's side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pytest

from app.console.review_desk import PAGE_SIZE, NoDrafting, ReviewDesk
from app.domain.content import IntentKind
from app.domain.journal import JournalEntry, Reason
from app.domain.names import IntentId
from app.errors import ConsoleError, EditConflictError, NotPermittedError
from app.review.proposals import Kind
from app.state.journal import digest
from tests.assistants import small_assistant
from tests.unit.review.journals import asked

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Somebody:
    name: str = "小王"
    may_edit: bool = True
    may_approve: bool = False


class Questions:
    """A journal in memory."""

    def __init__(self, *entries: JournalEntry) -> None:
        self.entries = entries
        self.done: dict[str, set[str]] = {}

    async def recent(
        self, account: str, limit: int, reasons: Collection[Reason] | None = None
    ) -> tuple[JournalEntry, ...]:
        wanted = set(Reason) if reasons is None else set(reasons)
        return tuple(e for e in self.entries if e.account == account and e.reason in wanted)

    async def handle(self, account: str, wordings: Sequence[str]) -> None:
        self.done.setdefault(account, set()).update(map(digest, wordings))

    async def handled(self, account: str) -> frozenset[str]:
        return frozenset(self.done.get(account, set()))


class Desk:
    """The desk with everything around it; implements its `Drafting` and `Audit` ports."""

    def __init__(self, *entries: JournalEntry) -> None:
        self.questions = Questions(*entries)
        self.drafts: list[tuple[str, ...]] = []
        self.audit: list[tuple[str, ...]] = []
        self.desk = ReviewDesk(small_assistant, self.questions, self, self)

    async def adopt(self, intent_id: IntentId, sentences: Sequence[str], operator: str) -> str:
        self.drafts.append(("adopt", intent_id, *sentences, operator))
        return "草稿已写好。"

    async def new(self, account: str, title: str, sentences: Sequence[str], operator: str) -> str:
        self.drafts.append(("new", account, title, *sentences, operator))
        return "草稿已写好。"

    async def out_of_scope(
        self, intent_id: IntentId, sentences: Sequence[str], operator: str
    ) -> str:
        self.drafts.append(("beyond", intent_id, *sentences, operator))
        return "草稿已写好。"

    async def note(self, by: str, action: str, subject: str, detail: str = "") -> None:
        self.audit.append((by, action, subject, detail))


ME = Somebody()
TEXT = "一年的学生保费多少"


async def test_adopting_writes_a_draft_audits_and_clears_the_group() -> None:
    office = Desk(asked(TEXT), asked(TEXT, account="liuzhou"))
    page = await office.desk.page()
    (found,) = page.clusters
    assert (page.total, page.pages, found.count) == (1, 1, 2)
    proposal = await office.desk.proposal(found)
    assert (proposal.kind, proposal.intent) == (Kind.ADD, "fee_standard")
    assert await office.desk.adopt(found, "fee_standard", [TEXT], ME) == "草稿已写好。"
    assert office.drafts == [("adopt", "fee_standard", TEXT, "小王")]
    assert office.audit == [("小王", "inbox.adopt", "fee_standard", TEXT)]
    assert (await office.desk.page()).total == 0
    assert set(office.questions.done) == {"beijing", "liuzhou"}


async def test_the_second_of_two_operators_changes_nothing() -> None:
    office = Desk(asked(TEXT))
    (found,) = (await office.desk.page()).clusters
    await office.desk.ignore(found, Somebody("小李"))
    with pytest.raises(EditConflictError, match="别人刚刚处理过"):
        await office.desk.adopt(found, "fee_standard", [TEXT], ME)
    assert office.drafts == []


async def test_who_may_only_look_changes_nothing() -> None:
    office = Desk(asked(TEXT))
    (found,) = (await office.desk.page()).clusters
    viewer = Somebody(may_edit=False)
    desk = office.desk
    for step in (
        desk.adopt(found, "fee_standard", [TEXT], viewer),
        desk.new(found, "保费", [TEXT], viewer),
        desk.out_of_scope(found, str(desk.background(found)), [TEXT], viewer),
        desk.ignore(found, viewer),
    ):
        with pytest.raises(NotPermittedError):
            await step
    assert (office.drafts, office.audit, office.questions.done) == ([], [], {})


async def test_only_what_the_group_has_gets_into_a_draft() -> None:
    office = Desk(asked("喵喵喵〔手机号〕"), asked("喵喵喵"))
    (found,) = (await office.desk.page()).clusters
    with pytest.raises(ConsoleError, match="至少勾选一种"):
        await office.desk.adopt(found, "fee_standard", ["混进来的话"], ME)
    with pytest.raises(ConsoleError, match="遮住"):
        await office.desk.adopt(found, "fee_standard", found.wordings, ME)
    with pytest.raises(ConsoleError, match="先选一个"):
        await office.desk.adopt(found, "background_general", ["喵喵喵"], ME)
    with pytest.raises(ConsoleError, match="先选一个"):
        await office.desk.out_of_scope(found, "fee_standard", ["喵喵喵"], ME)
    for title in ("", " ", "长" * 31):
        with pytest.raises(ConsoleError, match="标题"):
            await office.desk.new(found, title, ["喵喵喵"], ME)
    assert office.drafts == []
    await office.desk.out_of_scope(found, "background_general", ["喵喵喵"], ME)
    assert office.drafts == [("beyond", "background_general", "喵喵喵", "小王")]


async def test_a_new_one_gets_its_title() -> None:
    office = Desk(asked("喵喵喵"))
    (found,) = (await office.desk.page()).clusters
    await office.desk.new(found, " 猫  医保 ", ["喵喵喵"], ME)
    assert office.drafts == [("new", "beijing", "猫 医保", "喵喵喵", "小王")]


async def test_a_draft_that_fails_leaves_the_group() -> None:
    office = Desk(asked(TEXT))
    desk = ReviewDesk(small_assistant, office.questions, NoDrafting(), office)
    (found,) = (await desk.page()).clusters
    with pytest.raises(ConsoleError, match="草稿功能"):
        await desk.adopt(found, "fee_standard", [TEXT], ME)
    with pytest.raises(ConsoleError):
        await desk.new(found, "保费", [TEXT], ME)
    assert (await desk.page()).total == 1
    assert office.audit == []


async def test_filters_and_pages() -> None:
    texts = [f"{chr(0x4E00 + 97 * n)}{chr(0x5E00 + 31 * n)}" for n in range(PAGE_SIZE + 3)]
    entries = [asked(text, Reason.UNSOLVED) for text in texts]
    desk = Desk(*entries, asked(TEXT, account="liuzhou"), asked("好的", Reason.ANSWERED)).desk
    assert (await desk.page()).total == PAGE_SIZE + 4
    assert (await desk.page("liuzhou")).total == 1
    assert (await desk.page("", Reason.UNSOLVED)).total == PAGE_SIZE + 3
    assert (await desk.page("", Reason.ANSWERED)).total == 0
    last = await desk.page("beijing", number=99)
    assert (last.number, last.pages, len(last.clusters)) == (2, 2, 3)
    assert (await desk.page("nanning")).total == PAGE_SIZE + 4


def test_where_questions_can_go() -> None:
    desk = Desk().desk
    ours, others = desk.targets(background=False), desk.targets(background=True)
    assert {i.kind for i in ours} == {IntentKind.FAQ, IntentKind.GAP}
    assert {i.kind for i in others} == {IntentKind.BACKGROUND}
