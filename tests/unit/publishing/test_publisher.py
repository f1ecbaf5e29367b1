"""From a draft to a publication: what stops it, and that nothing is lost."""

from __future__ import annotations

import asyncio
import errno
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.editing.intent_file import text_digest
from app.errors import ConsoleError, EditConflictError, NotPermittedError, StateUnavailableError
from app.publishing.drafts import Drafts
from app.publishing.publisher import Publisher
from app.publishing.workspace import Workspace, materialise
from app.state.store import Store
from tests.unit.publishing.publications import (
    APPROVER,
    CALM,
    EDITOR,
    FACTS,
    FEE,
    NOW,
    TEXTS,
    TOOLS,
    Impact,
    MemoryRevisions,
    Notes,
    read_tree,
    unpack,
    write_content,
)

pytestmark = pytest.mark.anyio


class Office:
    """Everything that publishing works with."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.folder = folder
        self.root = write_content(folder / "content")
        self.drafts = Drafts(store)
        self.revisions = MemoryRevisions()
        self.notes = Notes()
        self.impact = Impact()
        self.tools = TOOLS
        self.work = folder / "work"

    @property
    def publisher(self) -> Publisher:
        workspace = Workspace(self.revisions, self.root, self.tools.unpack, self.work)
        return Publisher(
            *(self.drafts, self.revisions, workspace, self.tools, self.impact, self.notes),
            clock=lambda: NOW,
        )

    async def change(self, text: str, path: str = FEE, seen: str = "") -> None:
        base = text_digest(TEXTS[path]) if path in TEXTS else ""
        await self.drafts.put(path, text, base, seen, EDITOR.name, NOW)

    def live(self) -> dict[str, bytes]:
        folder = self.folder / f"look-{len(list(self.folder.iterdir()))}"
        unpack(self.revisions.archives[self.revisions.published[-1].revision], folder)
        return read_tree(folder)


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    return Office(store, tmp_path)


async def test_a_draft_goes_live_and_is_cleared(office: Office) -> None:
    await office.change("title: 新\r\n")
    await office.change("title: 全新\n", "intents/brand_new.yml")
    steps: list[tuple[int, int]] = []
    published = await office.publisher.publish(
        APPROVER, "", progress=lambda d, t: steps.append((d, t))
    )
    assert (published.number, published.by, published.origin) == (1, "李强", "console")
    wanted = {path: text.encode() for path, text in TEXTS.items()}
    wanted |= {FEE: b"title: \xe6\x96\xb0\r\n", "intents/brand_new.yml": "title: 全新\n".encode()}
    assert office.live() == wanted
    assert steps == [(1, 2), (2, 2)]
    assert await office.drafts.files() == {}
    (line,) = office.notes.lines
    assert line[:3] == ("李强", "发布", published.revision[:8])
    assert FEE in line[3]
    assert read_tree(office.root)[FEE] == TEXTS[FEE].encode(), "the deployment's files stay"
    assert not list(office.work.glob("candidate-*"))


async def test_the_next_draft_stands_on_what_was_published(office: Office) -> None:
    await office.change("title: 二\n")
    publisher = office.publisher
    first = await publisher.publish(APPROVER, "")
    base = text_digest("title: 二\n")
    await office.drafts.put(FEE, "", base, "", EDITOR.name, NOW)
    (change,) = await publisher.changes()
    assert (change.published, change.is_stale) == ("title: 二\n", False)
    second = await publisher.publish(APPROVER, "")
    assert FEE not in office.live(), "an empty text deletes the file"
    back = await publisher.roll_back(APPROVER, first.revision, "删错了")
    assert (back.number, back.revision, back.origin) == (3, first.revision, "rollback")
    assert office.live()[FEE] == "title: 二\n".encode()
    assert [line[1] for line in office.notes.lines] == ["发布", "发布", "回退"]
    assert second.revision in office.revisions.archives


async def test_only_approvers_publish_and_roll_back(office: Office) -> None:
    await office.change("title: 新\n")
    with pytest.raises(NotPermittedError, match="审核"):
        await office.publisher.publish(EDITOR, "")
    with pytest.raises(NotPermittedError, match="审核"):
        await office.publisher.roll_back(EDITOR, "x", "y")
    assert (office.revisions.published, office.notes.lines) == ([], [])


async def test_errors_forbid_publishing_and_spare_the_impact(office: Office) -> None:
    await office.change("title: WRONG\n")
    publisher = office.publisher
    with pytest.raises(ConsoleError, match=r"1 处错误.*intents/fee.yml:1:1 T001"):
        await publisher.publish(APPROVER, "我知道")
    assert office.impact.asked == []
    found = await publisher.examine()
    assert found.has_errors
    assert found.impact is None
    assert len(await office.drafts.files()) == 1


async def test_warnings_do_not(office: Office) -> None:
    await office.change("title: ODD\n")
    assert (await office.publisher.publish(APPROVER, "")).number == 1


async def test_getting_worse_needs_a_reason_that_is_kept(office: Office) -> None:
    office.impact.report = replace(CALM, regressions=2)
    await office.change("title: 新\n")
    publisher = office.publisher
    for blank in ("", "  \n"):
        with pytest.raises(ConsoleError, match="2 处变差"):
            await publisher.publish(APPROVER, blank)
    published = await publisher.publish(APPROVER, " 文件改了 ")
    assert published.reason == "文件改了"
    assert "变差 2 处；理由：文件改了" in office.notes.lines[-1][3]


async def test_one_examination_serves_until_the_draft_changes(office: Office) -> None:
    publisher = office.publisher
    await office.change("title: 一\n")
    assert await publisher.examination() is None
    checked = await publisher.examine(with_impact=False)
    assert (checked.impact, office.impact.asked) == (None, [])
    found = await publisher.examine()
    assert found.impact == CALM
    assert await publisher.examination() == found
    assert await publisher.examine() == found
    assert len(office.impact.asked) == 1
    old, new = office.impact.asked[0]
    assert (old[FEE], new[FEE]) == (TEXTS[FEE].encode(), "title: 一\n".encode())
    await office.change("title: 二\n", seen=text_digest("title: 一\n"))
    assert await publisher.examination() is None
    await publisher.publish(APPROVER, "")
    assert len(office.impact.asked) == 2


async def test_an_empty_draft_says_what_to_do(office: Office) -> None:
    for step in (office.publisher.examine(), office.publisher.publish(APPROVER, "")):
        with pytest.raises(ConsoleError, match="没有改动"):
            await step
    await office.change(TEXTS[FEE])
    with pytest.raises(ConsoleError, match="没有改动"):
        await office.publisher.publish(APPROVER, "")


async def test_what_stands_on_an_older_text_is_not_published(office: Office) -> None:
    await office.change("title: 甲\n")
    await office.change("fee: 500\n", FACTS)
    await office.publisher.publish(APPROVER, "")
    await office.change("title: 乙\n")
    publisher = office.publisher
    (change,) = await publisher.changes()
    assert change.is_stale
    with pytest.raises(EditConflictError, match=r"fee.yml.*李强 在 11-22 10:00.*没有覆盖"):
        await publisher.publish(APPROVER, "")
    assert (await office.drafts.files())[FEE].text == "title: 乙\n"
    assert office.live()[FEE] == "title: 甲\n".encode()


async def test_a_publication_in_mid_impact_is_not_overwritten(office: Office) -> None:
    other = Publisher(
        office.drafts,
        office.revisions,
        Workspace(office.revisions, office.root, TOOLS.unpack, office.folder / "replica"),
        TOOLS,
        Impact(),
        office.notes,
        lambda: NOW,
    )
    await office.change("title: 甲\n")
    asked = asyncio.Event()
    go_on = asyncio.Event()

    async def slow(_old: Path, _new: Path, _progress: object) -> object:
        asked.set()
        await go_on.wait()
        return CALM

    office.impact = slow  # type: ignore[assignment]
    late = asyncio.create_task(office.publisher.publish(APPROVER, ""))
    await asked.wait()
    first = await other.publish(APPROVER, "先")
    go_on.set()
    with pytest.raises(EditConflictError):
        await late
    assert office.revisions.published == [first]
    assert office.notes.lines[-1][1] == "发布没有成功"


async def test_an_edit_in_mid_publication_stays_in_the_draft(office: Office) -> None:
    await office.change("title: 甲\n")
    office.impact.meanwhile = lambda: office.change("title: 乙\n", seen=text_digest("title: 甲\n"))
    publisher = office.publisher
    await publisher.publish(APPROVER, "")
    assert office.live()[FEE] == "title: 甲\n".encode()
    (change,) = await publisher.changes()
    assert (change.draft.text, change.is_stale) == ("title: 乙\n", True)


async def test_a_full_disk_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.change("title: 新\n")

    def full(_root: Path) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    office.tools = replace(TOOLS, pack=full)
    with pytest.raises(ConsoleError, match=r"磁盘写不进去.*草稿还在"):
        await office.publisher.publish(APPROVER, "")
    shutil.rmtree(office.work)
    office.work.write_text("a file where the folder should be")
    with pytest.raises(ConsoleError, match="磁盘写不进去"):
        await office.publisher.examine()
    assert (await office.drafts.files())[FEE].text == "title: 新\n"
    assert (office.revisions.published, office.notes.lines) == ([], [])


async def test_redis_away_loses_nothing(office: Office) -> None:
    await office.change("title: 新\n")
    office.notes.is_away = True
    with pytest.raises(StateUnavailableError):
        await office.publisher.publish(APPROVER, "")
    assert office.revisions.published == [], "nothing goes live without a line in the audit trail"
    office.notes.is_away, office.revisions.is_away = False, True
    with pytest.raises(StateUnavailableError):
        await office.publisher.publish(APPROVER, "")
    assert [line[1] for line in office.notes.lines] == ["发布", "发布没有成功"]
    assert len(await office.drafts.files()) == 1
    office.revisions.is_away = False
    assert (await office.publisher.publish(APPROVER, "")).number == 1


async def test_a_draft_that_could_not_be_cleared_is_cleared_later(office: Office) -> None:
    await office.change("title: 新\n")
    await office.publisher.publish(APPROVER, "")
    await office.change("title: 新\n")  # as if clearing had failed
    publisher = office.publisher
    (change,) = await publisher.changes()
    assert not change.is_stale
    with pytest.raises(ConsoleError, match="没有改动"):
        await publisher.publish(APPROVER, "")
    assert await office.drafts.files() == {}


async def test_cancelling_stops_the_impact_and_leaves_no_folder(office: Office) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def endless(_old: Path, _new: Path, _progress: object) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await office.change("title: 新\n")
    office.impact = endless  # type: ignore[assignment]
    publisher = office.publisher
    task = asyncio.create_task(publisher.examine())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    assert not list(office.work.glob("candidate-*"))
    assert (await publisher.examine(with_impact=False)).impact is None, "the next one may begin"


@pytest.mark.parametrize(
    ("revision", "reason", "message"),
    [("live", "理由", "正是现在用的"), ("gone", "理由", "已经不在了"), ("gone", " ", "写明理由")],
)
async def test_what_cannot_be_rolled_back(
    office: Office, revision: str, reason: str, message: str
) -> None:
    await office.change("title: 新\n")
    publisher = office.publisher
    live = await publisher.publish(APPROVER, "")
    with pytest.raises(ConsoleError, match=message):
        await publisher.roll_back(APPROVER, live.revision if revision == "live" else "0", reason)
    assert len(office.revisions.published) == 1


async def test_few_unpacked_revisions_are_kept(office: Office) -> None:
    publisher = office.publisher
    for number in range(7):
        await office.change(f"title: {number}\n", f"intents/new_{number}.yml")
        await publisher.publish(APPROVER, "")
        await publisher.changes()
    assert len(list(office.work.glob("revision-*"))) <= 5


def test_a_tree_with_the_draft_on_top(tmp_path: Path) -> None:
    root = write_content(tmp_path / "content")
    (root / "var").mkdir()
    (root / "var" / "secret").write_text("x")
    folder = tmp_path / "new"
    folder.mkdir()
    assert read_tree(materialise(root, [], folder)) == {
        path: text.encode() for path, text in TEXTS.items()
    }
