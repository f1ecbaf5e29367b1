"""The page 待处理 as operators use it: a real browser, a real process, a real Redis."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.journal import JournalEntry, Reason
from app.state.embedded import open_store
from app.state.journal import Journal
from tests.assistants import ROOT
from tests.e2e.chromium import open_page
from tests.e2e.console_process import STOP_TIMEOUT_S, free_port, wait_until_healthy
from tests.e2e.inbox_console import TAKEN
from tests.protocol.live_bot import new_var_dir
from tests.unit.review.journals import asked

pytestmark = pytest.mark.browser
EVIL = '<img src=x onerror="alert(1)"><b>急</b>'
ENTRIES = (
    *(
        asked(text, minute=n)
        for n, text in enumerate(("一年的学生保费多少", "一年学生保费多少", "一年的学生保费多少"))
    ),
    asked("帮我写首诗", Reason.CLARIFY),
    asked(EVIL, Reason.UNSOLVED, account="liuzhou"),
    asked("怎么没有猫的医保 〔手机号〕", Reason.HANDOFF),
)


class Desk:
    """Address of a console, and what was drafted there."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    @property
    def written(self) -> list[list[object]]:
        path = self._folder / "drafts"
        return (
            [json.loads(line) for line in path.read_text("utf-8").splitlines()]
            if path.exists()
            else []
        )


@contextmanager
def desk(folder: Path, role: str, *entries: JournalEntry) -> Iterator[Desk]:
    """Run a console on a Redis of its own with these questions."""
    var_dir = new_var_dir(folder)

    async def fill() -> None:
        store = await open_store(None, var_dir)
        for entry in entries:
            await Journal(store).record(entry)
        await store.close()

    # Playwright's event loop runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(fill())).result(60)
    port, log = free_port(), folder / "log"
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTEST_CURRENT_TEST" and not name.startswith("YIBAO_")
    }
    arguments = [str(port), str(var_dir), str(folder / "drafts"), role]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.inbox_console", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(url, process, log)
        yield Desk(f"{url}/inbox", folder)
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)
    assert "Traceback" not in log.read_text("utf-8")


def said(page: Page, words: str) -> None:
    expect(page.locator(".q-notification").filter(has_text=words).first).to_be_visible()


def test_operators_find_adopt_and_put_aside(browser: Browser, tmp_path: Path) -> None:
    with desk(tmp_path, "editor", *ENTRIES) as office, open_page(browser, office.url) as page:
        items = page.locator(".case-item")
        expect(items).to_have_count(4)
        expect(items.first).to_contain_text("3 次")
        expect(page.get_by_text("第 1/1 页，共 4 类")).to_be_visible()
        items.first.click()
        region = page.get_by_role("region", name="处理")
        expect(region).to_contain_text("建议：加到“一年交多少钱”")
        expect(region.get_by_role("checkbox")).to_have_count(2)
        expect(page.get_by_label("加到哪个问答")).to_have_value("fee_standard")
        region.get_by_role("checkbox", name="一年学生保费多少").uncheck()
        page.get_by_role("button", name="加进去").click()
        said(page, "草稿已写好")
        expect(items).to_have_count(3)
        assert office.written[0] == ["adopt", "fee_standard", ["一年的学生保费多少"], "小王"]
        assert office.written[1][:3] == ["audit", "小王", "inbox.adopt"]
        page.get_by_label("原因").select_option("clarify")
        expect(items).to_have_count(1)
        items.first.click()
        expect(region).to_contain_text("不归我们管")
        page.get_by_role("button", name="归过去").click()
        said(page, "草稿已写好")
        expect(page.get_by_role("heading", name="没有待处理的问题")).to_be_visible()
        assert office.written[2][0] == "beyond"
        page.get_by_label("原因").select_option("")
        begin_a_new_one(page, office)
        # Still open after the conflict: a click on it would draw it anew under the next click.
        expect(region).to_contain_text("onerror")
        page.get_by_role("button", name="忽略这一类").click()
        expect(items).to_have_count(0)


def begin_a_new_one(page: Page, office: Desk) -> None:
    """A masked wording is not ticked; a conflict leaves everything as it was."""
    item = page.locator(".case-item").filter(has_text="猫的医保")
    item.click()
    box = page.get_by_role("checkbox")
    expect(box).not_to_be_checked()
    box.check()
    page.get_by_label("新问答").fill("猫的医保")
    page.get_by_role("button", name="新建").click()
    said(page, "遮住的个人信息")
    item.click()  # it is open: what was typed and ticked stays
    expect(page.get_by_label("新问答")).to_have_value("猫的医保")
    expect(box).to_be_checked()
    page.get_by_role("button", name="忽略这一类").click()
    expect(page.locator(".case-item")).to_have_count(1)
    page.locator(".case-item").first.click()
    page.get_by_label("新问答").fill(TAKEN)
    page.get_by_role("button", name="新建").click()
    said(page, "刚被小李改过")
    expect(page.locator(".case-item")).to_have_count(1)
    assert not any(line[0] == "new" for line in office.written)


def test_what_parents_wrote_is_text_and_a_phone_is_wide_enough(
    browser: Browser, tmp_path: Path
) -> None:
    size = {"width": 375, "height": 812}
    with (
        desk(tmp_path, "editor", *ENTRIES) as office,
        open_page(browser, office.url, viewport=size, color_scheme="dark") as page,
    ):
        item = page.locator(".case-item").filter(has_text="急")
        expect(item).to_contain_text(EVIL)
        item.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("region", name="处理")).to_contain_text(EVIL)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_who_may_only_look_sees_no_buttons(browser: Browser, tmp_path: Path) -> None:
    with desk(tmp_path, "viewer", *ENTRIES) as office, open_page(browser, office.url) as page:
        page.locator(".case-item").first.click()
        expect(page.get_by_text("您的账号只能看")).to_be_visible()
        expect(page.get_by_role("button", name="加进去")).to_have_count(0)
