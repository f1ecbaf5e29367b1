"""Content files that are edited while two replicas answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.content_site import (
    Site,
    both,
    ready,
    replace_text,
    site,
    until_answered,
    until_ready,
)

pytestmark = pytest.mark.anyio

OLD = "学生每人435元/年。"
SETTLED_S = 20.0
"""For an edit to be noticed, checked in a process of its own and published."""


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
        await until_answered(two, "多少钱", "每位学生435", 3)
        await until_ready(two, "number", 2)
        said = await ready(one)
        assert said["status"] == "ok"
        assert said["problem"] == ""
        assert said["revision"] == (await ready(two))["revision"]
        label = {"revision": str(said["revision"])[:12], "number": "2"}
        assert await one.metric("yibao_content_revision_info", **label) == 1
        assert await one.metric("yibao_content_reload_total", result="loaded") >= 1
