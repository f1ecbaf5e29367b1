"""Content files that are edited while two replicas answer."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator

import pytest

from tests.assistants import SMALL_CONTENT
from tests.faults.content_site import (
    FEE,
    SETTLED_S,
    Site,
    both,
    live_within_s,
    published,
    ready,
    replace_text,
    site,
    until_answered,
    until_ready,
    yibao,
)

pytestmark = pytest.mark.anyio

OLD = "学生每人435元/年。"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("files"), "files") as running:
        yield running


async def test_an_edit_reaches_both(watched: Site) -> None:
    async with both(watched) as (one, two):
        assert OLD in await one.say("多少钱")
        await until_ready(one, "number", 1)
        replace_text(watched.content, "学生每人", "每位学生")
        await until_answered(one, "多少钱", "每位学生435", SETTLED_S)
        await until_answered(two, "多少钱", "每位学生435", live_within_s())
        await until_ready(two, "number", 2)
        said = await ready(one)
        assert said["status"] == "ok"
        assert said["problem"] == ""
        assert said["revision"] == (await ready(two))["revision"]
        label = {"revision": str(said["revision"])[:12], "number": "2"}
        assert await one.metric("yibao_content_revision_info", **label) == 1
        assert await one.metric("yibao_content_reload_total", result="loaded") >= 1


async def test_a_broken_edit_keeps_the_last_good_one_and_is_told(watched: Site) -> None:
    async with both(watched) as (one, two):
        before = await published(one)
        good = (watched.content / FEE).read_bytes()
        (watched.content / FEE).write_bytes(good + "坏了：\n  - [\n".encode())
        await until_ready(one, "problem", "intents/fee_standard.yml:")
        said = await ready(one)
        assert said["status"] == "ok"
        assert "错误" in said["problem"]
        assert said["revision"] == before["revision"]
        assert "435元/年" in await one.say("多少钱")
        assert "435元/年" in await two.say("多少钱")
        assert "intents/fee_standard.yml:" in watched.one.output
        assert await one.metric("yibao_content_reload_total", result="rejected") >= 1
        (watched.content / FEE).write_bytes(good)
        await until_ready(one, "problem", "")
        assert (await ready(one))["number"] == before["number"]


async def test_a_file_that_is_written_in_pieces_is_read_whole(watched: Site) -> None:
    """Each piece is a broken file; none of them is ever served, and the end is."""
    async with both(watched) as (one, _):
        before = await published(one)
        text = (watched.content / FEE).read_text("utf-8")
        changed = text.replace("文件没有再分学段", "文件没有再分年级")
        assert changed != text
        raw = changed.encode()
        with (watched.content / FEE).open("wb") as file:
            file.write(b"[[[[")  # the beginning comes last: whatever is read before is broken
            for start in range(4, len(raw), 200):
                file.write(raw[start : start + 200])
                file.flush()
                await asyncio.sleep(0.05)
            file.seek(0)
            file.write(raw[:4])
        await until_answered(one, "多少钱", "再分年级", SETTLED_S)
        assert (await ready(one))["number"] == before["number"] + 1, "nothing was served between"


async def test_a_deleted_file_and_folder_keep_the_last_good_one(watched: Site) -> None:
    async with both(watched) as (one, _):
        before = await published(one)
        await asyncio.to_thread(shutil.move, watched.content / "intents", watched.content / "away")
        await until_ready(one, "problem", "intents/_texts.yml")
        assert "435元/年" in await one.say("多少钱")
        await asyncio.to_thread(shutil.move, watched.content / "away", watched.content / "intents")
        await until_ready(one, "problem", "")
        assert (await ready(one))["revision"] == before["revision"]
        # The folder is another one now; edits in it are seen as before.
        replace_text(watched.content, "多存10元", "另存10元")
        await until_answered(one, "多少钱", "另存10元", SETTLED_S)


async def test_a_rollback_is_answered_by_both_and_written_into_the_folder(watched: Site) -> None:
    async with both(watched) as (one, two):
        number = (await published(one))["number"]
        yibao(watched.one, "rollback", "1", "--reason", "试")
        began, limit_s = time.monotonic(), live_within_s()
        for wechat in (one, two):
            await until_answered(wechat, "多少钱", OLD, limit_s)
        assert time.monotonic() - began < limit_s
        await asyncio.sleep(5)  # longer than the watcher needs to look twice
        assert (await ready(one))["number"] == number + 1, "the watcher published nothing"
        assert "学生每人" in (watched.content / FEE).read_text("utf-8")


async def test_what_others_publish_spares_an_edit_that_is_not_good_yet(watched: Site) -> None:
    async with both(watched) as (one, _):
        here = watched.content / "intents/payment_window.yml"
        edited = here.read_bytes() + "坏了：\n  - [\n".encode()
        here.write_bytes(edited)
        await until_ready(one, "problem", "payment_window.yml:")
        number = (await published(one))["number"]
        other = watched.content.parent / "other"
        shutil.copytree(watched.content, other)
        (other / "intents/payment_window.yml").write_bytes(good_window())
        replace_text(other, "学生每人", "学生一人")
        elsewhere = {"YIBAO_CONTENT_DIR": str(other)}
        yibao(watched.one, "publish", "--reason", "后台改的", environment=elsewhere)
        await until_answered(one, "多少钱", "学生一人435", live_within_s())
        began = time.monotonic()
        while "学生一人" not in (watched.content / FEE).read_text("utf-8"):
            assert time.monotonic() - began < SETTLED_S
            await asyncio.sleep(0.1)
        assert here.read_bytes() == edited
        await until_ready(one, "number", number + 1)
        here.write_bytes(good_window())
        await until_ready(one, "problem", "")


def good_window() -> bytes:
    return (SMALL_CONTENT / "intents/payment_window.yml").read_bytes()
