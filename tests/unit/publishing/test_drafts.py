"""The shared draft: nothing is overwritten unseen, and it does not grow without end."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from app.editing.intent_file import text_digest
from app.errors import ConsoleError, EditConflictError
from app.publishing.draft_file import DraftFile
from app.publishing.drafts import Drafts
from app.settings import SHANGHAI
from app.state import draft_scripts
from app.state.keys import DRAFT_BYTES, DRAFT_FILES, DRAFT_KEY, DRAFT_TTL_S
from app.state.store import Store

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
PATH = "intents/fee_standard.yml"


@pytest.fixture
def drafts(store: Store) -> Drafts:
    return Drafts(store)


async def test_what_is_put_is_there_for_all(drafts: Drafts, store: Store) -> None:
    kept = await drafts.put(PATH, "title: 新“标题”\n", "b" * 16, "", "王芳", NOW)
    assert await Drafts(store).files() == {PATH: kept}
    assert kept == DraftFile(
        PATH, "title: 新“标题”\n", "b" * 16, text_digest("title: 新“标题”\n"), "王芳", NOW
    )
    assert 0 < await store.client.ttl(DRAFT_KEY) <= DRAFT_TTL_S


async def test_the_second_of_two_operators_is_refused_and_told_who(drafts: Drafts) -> None:
    first = await drafts.put(PATH, "one", "base", "", "王芳", NOW)
    await drafts.put(PATH, "two", "base", first.digest, "李强", NOW + timedelta(minutes=3))
    for expected in ("", first.digest):
        with pytest.raises(EditConflictError, match=r"李强.*11-22 10:03.*没有覆盖"):
            await drafts.put(PATH, "three", "base", expected, "王芳", NOW)
    assert (await drafts.files())[PATH].text == "two"


async def test_of_many_at_once_one_wins(drafts: Drafts) -> None:
    results = await asyncio.gather(
        *(drafts.put(PATH, f"text {n}", "", "", f"operator {n}", NOW) for n in range(20)),
        return_exceptions=True,
    )
    winners = [r for r in results if isinstance(r, DraftFile)]
    assert len(winners) == 1
    assert (await drafts.files())[PATH] == winners[0]
    assert sum(isinstance(r, EditConflictError) for r in results) == 19


async def test_a_draft_that_was_published_meanwhile_does_not_come_back(drafts: Drafts) -> None:
    first = await drafts.put(PATH, "one", "base", "", "王芳", NOW)
    assert await drafts.clear([first]) == 1
    with pytest.raises(EditConflictError, match="已经被发布或丢弃"):
        await drafts.put(PATH, "two", "base", first.digest, "李强", NOW)
    assert await drafts.files() == {}


async def test_clearing_leaves_what_was_changed_after(drafts: Drafts) -> None:
    seen = await drafts.put(PATH, "one", "base", "", "王芳", NOW)
    other = await drafts.put("intents/other.yml", "x", "", "", "王芳", NOW)
    newer = await drafts.put(PATH, "two", "base", seen.digest, "李强", NOW)
    assert await drafts.clear([seen, other]) == 1
    assert await drafts.files() == {PATH: newer}
    with pytest.raises(EditConflictError, match="李强"):
        await drafts.discard(seen)
    await drafts.discard(newer)
    assert await drafts.files() == {}


async def test_a_script_that_is_sent_twice_is_no_conflict(drafts: Drafts, store: Store) -> None:
    await drafts.put(PATH, "one", "base", "", "王芳", NOW)
    value = (await store.client.hgetall(DRAFT_KEY))[PATH.encode()]
    arguments = [PATH, value, "", DRAFT_FILES, DRAFT_BYTES, DRAFT_TTL_S]
    assert await store.run(draft_scripts.PUT_DRAFT, [DRAFT_KEY], arguments) == [b"kept", b""]


async def test_it_is_capped_in_files_and_bytes(drafts: Drafts) -> None:
    with pytest.raises(ConsoleError, match="KB"):
        await drafts.put(PATH, "好" * (DRAFT_BYTES // 3 + 1), "", "", "王芳", NOW)
    for number in range(DRAFT_FILES):
        await drafts.put(f"intents/i{number}.yml", "x", "", "", "王芳", NOW)
    with pytest.raises(ConsoleError, match="草稿满了"):
        await drafts.put("intents/one_more.yml", "x", "", "", "王芳", NOW)
    kept = (await drafts.files())["intents/i0.yml"]
    await drafts.put("intents/i0.yml", "y", "", kept.digest, "王芳", NOW)
    assert len(await drafts.files()) == DRAFT_FILES


@pytest.mark.parametrize(
    "path",
    ["../x.yml", "/etc/passwd", "intents/../../x.yml", "intents/.hidden.yml", "app/x.yml",
     "intents/x.py", "intents/x.yml\n", "intents//x.yml", "intents/" + "x" * 300 + ".yml"],
)  # fmt: skip
async def test_only_content_files(drafts: Drafts, path: str) -> None:
    with pytest.raises(ConsoleError, match="不是内容文件"):
        await drafts.put(path, "x", "", "", "王芳", NOW)
    assert await drafts.files() == {}
