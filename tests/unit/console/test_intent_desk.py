"""Opening, checking and keeping intents: roles, conflicts, what new utterances steal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.console.intent_desk import IntentDesk
from app.editing.intent_file import text_digest
from app.errors import ConsoleError, EditConflictError, NotPermittedError
from tests.e2e.content_console import open_ports
from tests.unit.publishing.publications import APPROVER, EDITOR, Notes, Worker

pytestmark = pytest.mark.anyio
VIEWER = Worker("路人", may_edit=False)
FEE = "intents/fee_standard.yml"


class Office:
    """A desk on the small content, with its ports."""

    def __init__(self, ports: object) -> None:
        self.ports = ports
        self.desk = IntentDesk(ports)  # type: ignore[arg-type]
        self.drafts = ports.drafts  # type: ignore[attr-defined]
        self.notes: Notes = ports.audit  # type: ignore[attr-defined]
        self.publisher = ports.publisher  # type: ignore[attr-defined]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_ports(tmp_path / "var") as ports:
        yield Office(ports)


async def test_viewers_change_nothing(office: Office) -> None:
    desk = office.desk
    opened = await desk.open("fee_standard")
    steps = (
        desk.save(VIEWER, opened, opened.form | {"title": "新"}),
        desk.create(VIEWER, "new_one", "新", "beijing"),
        desk.stand_on_published(VIEWER, opened),
    )
    for step in steps:
        with pytest.raises(NotPermittedError, match="编辑"):
            await step
    saved = await desk.save(EDITOR, opened, opened.form | {"title": "新"})
    assert saved.draft is not None
    with pytest.raises(NotPermittedError):
        await desk.discard(VIEWER, saved.draft)
    assert [line[0] for line in office.notes.lines] == ["王芳"]


async def test_a_draft_is_opened_before_what_is_published(office: Office) -> None:
    opened = await office.desk.open("fee_standard")
    assert (opened.draft, opened.base_digest) == (None, text_digest(opened.published))
    assert await office.desk.save(EDITOR, opened, opened.form) is opened, "nothing changed"
    saved = await office.desk.save(EDITOR, opened, opened.form | {"title": "新标题"})
    assert (saved.intent.title, saved.base_digest) == ("新标题", opened.base_digest)
    assert office.notes.lines == [("王芳", "改草稿", FEE, "")]
    row = (await office.desk.rows())[0]
    assert (row.id, row.title, row.drafted_by) == ("fee_standard", "新标题", "王芳")
    assert saved.draft is not None
    await office.desk.discard(APPROVER, saved.draft)
    assert (await office.desk.open("fee_standard")).text == opened.text


async def test_the_second_of_two_is_told_and_nothing_is_overwritten(office: Office) -> None:
    desk = office.desk
    first, second = await desk.open("fee_standard"), await desk.open("fee_standard")
    await desk.save(EDITOR, first, first.form | {"title": "甲"})
    with pytest.raises(EditConflictError, match="王芳"):
        await desk.save(APPROVER, second, second.form | {"title": "乙"})
    theirs = await desk.open("fee_standard")
    assert theirs.intent.title == "甲"
    merged = desk.text_of(theirs, second.form | {"tests": "新测试"}, before=second.form)
    assert "title: 甲" in merged, "what I did not touch is theirs"
    assert "新测试" in merged


async def test_a_publication_after_opening_is_a_conflict_too(office: Office) -> None:
    desk = office.desk
    opened = await desk.open("fee_standard")
    await desk.save(EDITOR, opened, opened.form | {"title": "甲"})
    await office.publisher.publish(APPROVER, "")
    with pytest.raises(EditConflictError, match="李强 在 11-22 10:00 发布"):
        await desk.save(EDITOR, opened, opened.form | {"title": "乙"})
    assert await office.drafts.files() == {}


async def test_a_draft_on_an_older_text_is_looked_at_and_kept(office: Office) -> None:
    desk = office.desk
    opened = await desk.open("fee_standard")
    await desk.save(EDITOR, opened, opened.form | {"title": "甲"})
    await office.publisher.publish(APPROVER, "")
    await office.drafts.put(FEE, opened.text, opened.base_digest, "", "王芳", opened_at(office))
    stale = await desk.open("fee_standard")
    assert stale.is_stale
    await desk.stand_on_published(EDITOR, stale)
    fresh = await desk.open("fee_standard")
    assert (fresh.is_stale, fresh.text) == (False, opened.text)
    with pytest.raises(EditConflictError):
        await desk.stand_on_published(EDITOR, replace(stale, published="another"))


def opened_at(office: Office) -> object:
    return office.ports.clock()  # type: ignore[attr-defined]


async def test_new_intents(office: Office) -> None:
    desk = office.desk
    await desk.create(EDITOR, "new_one", "新问题", "beijing")
    opened = await desk.open("new_one")
    assert (opened.intent.title, opened.published, opened.base_digest) == ("新问题", "", "")
    assert "new_one" in {row.id for row in await desk.rows()}
    problems = await desk.problems(opened, opened.text)
    assert problems
    assert {problem.file for problem in problems} == {"intents/new_one.yml"}
    with pytest.raises(EditConflictError):
        await desk.create(APPROVER, "new_one", "又一个", "beijing")
    with pytest.raises(ConsoleError, match="已经有叫"):
        await desk.create(EDITOR, "fee_standard", "又一个", "beijing")
    with pytest.raises(ConsoleError, match="地区"):
        await desk.create(EDITOR, "other", "又一个", "atlantis")


@pytest.mark.parametrize("name", ["no_such", "../intents/fee_standard", "a/b", ".x", "x" * 400])
async def test_what_is_not_there_cannot_be_opened(office: Office, name: str) -> None:
    with pytest.raises(ConsoleError, match="→"):
        await office.desk.open(name)


async def test_a_draft_that_cannot_be_read_is_listed(office: Office) -> None:
    await office.drafts.put(FEE, "{{{", "x", "", "王芳", opened_at(office))
    with pytest.raises(ConsoleError, match="读不懂"):
        await office.desk.open("fee_standard")
    (row,) = [row for row in await office.desk.rows() if row.id == "fee_standard"]
    assert "读不懂" in row.title


async def test_what_new_utterances_do(office: Office) -> None:
    opened = await office.desk.open("fee_standard")
    assert await office.desk.effects(opened, opened.form) == ()
    typed = opened.form["utterances"] + "\n每月几号能缴费\n学生医保一年多少钱"
    own, thief = await office.desk.effects(opened, opened.form | {"utterances": typed})
    assert (own.text, own.is_own, own.place) == ("学生医保一年多少钱", True, "北京")
    assert (thief.is_own, thief.is_sure, thief.goes_to) == (False, True, "每月几号能缴费")
    assert thief.near[0].is_at_risk
    assert {near.title for near in thief.near if near.is_at_risk} == {"每月几号能缴费"}


async def test_a_test_sentence_of_another_intent_is_found(office: Office) -> None:
    opened = await office.desk.open("fee_standard")
    catalog = office.ports.assistant().catalog  # type: ignore[attr-defined]
    sentence = catalog.intents["payment_window"].tests[0]
    typed = {**opened.form, "utterances": f"{opened.form['utterances']}\n{sentence}"}
    (effect,) = await office.desk.effects(opened, typed)
    assert any(n.is_test and n.is_at_risk and n.text == sentence for n in effect.near)


async def test_the_answer_is_shown_as_on_the_phone(office: Office) -> None:
    opened = await office.desk.open("fee_standard")
    (preview,) = office.desk.previews(opened.form)
    assert preview.place == "北京"
    assert "435" in preview.text
    assert "{fact" not in preview.text
    assert preview.sources
