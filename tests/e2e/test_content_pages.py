"""The pages 问答, 发布 and 修订 in real browsers, with real drafts: search, edit, meet, publish."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.assistants import ROOT
from tests.e2e.chromium import open_page
from tests.e2e.console_process import STOP_TIMEOUT_S, free_port, wait_until_healthy
from tests.e2e.palette import with_palette
from tests.protocol.live_bot import new_var_dir

pytestmark = pytest.mark.browser

SLOW_MS = 20_000
_HUNG_UP = re.compile(
    r"ERROR: +Exception in ASGI application\n.*?No response returned\.\n", re.DOTALL
)
"""What NiceGUI's middleware says where a browser leaves a page that is still loading."""


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[str]:
    """Address of a process with an empty draft."""
    port, log, var_dir = free_port(), tmp_path / "log", new_var_dir(tmp_path)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTEST_CURRENT_TEST" and not name.startswith("YIBAO_")
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.content_console", str(port), str(var_dir)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)
    assert "Traceback" not in _HUNG_UP.sub("", log.read_text("utf-8"))


@contextmanager
def at_work(browser: Browser, url: str, who: str = "王芳.editor", **options: Any) -> Iterator[Page]:
    with open_page(browser, f"{url.rsplit('/', 1)[0]}/healthz", **options) as page:
        base = url.split("/", 3)
        origin = "/".join(base[:3])
        page.context.add_cookies([{"name": "operator", "value": quote(who), "url": origin}])
        page.goto(url)
        yield page


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS_DIR"):
        path = Path(folder) / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        with_palette(path)


def test_search_edit_check_and_see_what_it_steals(browser: Browser, pages: str) -> None:
    with at_work(browser, f"{pages}/intents") as page:
        rows = page.locator(".row")
        expect(page.get_by_role("heading", name="问答", level=1)).to_be_visible()
        page.get_by_label("搜索").fill("交多少")
        expect(rows.first).to_contain_text("多少")
        page.get_by_label("搜索").fill("绝没有这样的词")
        expect(page.get_by_text("没有找到")).to_be_visible()
        page.get_by_label("搜索").fill("fee_standard")
        expect(rows).to_have_count(1)
        rows.first.click()
        utterances = page.get_by_label("说法", exact=True)
        expect(utterances).to_have_value(re.compile("缴费标准"))
        expect(page.get_by_text("没有问题。")).to_be_visible(timeout=SLOW_MS)
        old = utterances.input_value()
        utterances.fill(f"{old}\n<img src=x onerror=alert(1)>柜台几号能缴费")
        expect(page.locator(".effect-text").first).to_contain_text(
            "<img src=x onerror=alert(1)>柜台几号能缴费", timeout=SLOW_MS
        )
        answer = page.get_by_label("答案 · 北京")
        answer.fill("学生每人999元/年。")
        expect(page.locator(".preview .bubble").first).to_contain_text(
            "学生每人999元", timeout=SLOW_MS
        )
        expect(page.get_by_text("不在依据").first).to_be_visible(timeout=SLOW_MS)
        expect(answer).to_have_attribute("aria-invalid", "true")
        assert "柜台几号能缴费" in utterances.input_value(), "what is typed stays"
        page.get_by_role("button", name="存进草稿").click()
        expect(page.get_by_text("草稿：王芳 在 11-22 10:00 改过")).to_be_visible()


def test_two_operators_on_one_intent(browser: Browser, pages: str) -> None:
    url = f"{pages}/intents/fee_standard"
    with at_work(browser, url) as first, at_work(browser, url, "李强.editor") as second:
        first.get_by_label("标题", exact=True).fill("一年要交多少")
        first.get_by_role("button", name="存进草稿").click()
        expect(first.get_by_text("草稿：王芳")).to_be_visible()
        mine = second.get_by_label("说法", exact=True)
        mine.fill(f"{mine.input_value()}\n今年得掏几张票子")
        second.get_by_role("button", name="存进草稿").click()
        panel = second.get_by_role("region", name="和别人的改动冲突")
        expect(panel).to_contain_text("王芳")
        expect(panel).to_contain_text("今年得掏几张票子")
        expect(mine).to_have_value(re.compile("今年得掏几张票子$"))
        shoot(second, "conflict")
        panel.get_by_role("button", name="看过了，把我改的加上去").click()
        expect(second.get_by_text("草稿：李强")).to_be_visible()
        expect(second.get_by_label("标题", exact=True)).to_have_value("一年要交多少")
        expect(second.get_by_label("说法", exact=True)).to_have_value(
            re.compile("今年得掏几张票子$")
        )


def test_publish_with_a_regression_and_go_back(browser: Browser, pages: str) -> None:
    with at_work(browser, f"{pages}/publish", "李强.approver") as page:
        expect(page.get_by_text("草稿是空的")).to_be_visible()
        page.goto(f"{pages}/intents/fee_standard")
        utterances = page.get_by_label("说法", exact=True)
        utterances.fill(f"{utterances.input_value()}\n抢走的话")
        page.get_by_role("button", name="存进草稿").click()
        expect(page.get_by_text("草稿：李强")).to_be_visible()
        page.goto(f"{pages}/publish")
        page.get_by_text("intents/fee_standard.yml").click()
        expect(page.locator("ins")).to_have_text("抢走的话")
        page.get_by_role("button", name="看影响").click()
        page.get_by_role("button", name="取消").click()
        expect(page.get_by_text("已取消")).to_be_visible()
        page.get_by_role("button", name="看影响").click()
        expect(page.get_by_text("变差 1 处")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_text("“<b>多少钱</b>”")).to_be_visible()
        page.get_by_role("button", name="发布", exact=True).click()
        expect(page.get_by_text("1 处变差 → 写明为什么")).to_be_visible()
        page.get_by_label("发布的理由").fill("文件改了，只能这样")
        page.get_by_role("button", name="发布", exact=True).click()
        expect(page.get_by_text("现在用的是第 1 版")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_text("草稿是空的")).to_be_visible()
        page.goto(f"{pages}/revisions")
        expect(page.get_by_text("理由：文件改了，只能这样")).to_be_visible()
        page.goto(f"{pages}/intents/fee_standard")
        page.get_by_label("标题", exact=True).fill("一年要交多少")
        page.get_by_role("button", name="存进草稿").click()
        expect(page.get_by_text("草稿：李强")).to_be_visible()
        page.goto(f"{pages}/publish")
        page.get_by_label("发布的理由").fill("标题更清楚")
        page.get_by_role("button", name="发布", exact=True).click()
        expect(page.get_by_text("现在用的是第 2 版")).to_be_visible(timeout=SLOW_MS)
        page.goto(f"{pages}/revisions")
        page.get_by_role("button", name="比较").click()
        files = page.get_by_role("region", name="两版的差别")
        files.get_by_text("intents/fee_standard.yml").click()
        expect(files.locator("del")).to_have_text("一年交多少钱")
        expect(files.locator("ins")).to_have_text("一年要交多少")
        page.get_by_text("回到第 1 版", exact=True).click()
        page.get_by_label("回到第 1 版的理由").fill("改错了")
        page.get_by_role("button", name="回退到第 1 版").click()
        expect(page.get_by_text("第 3 版", exact=True)).to_be_visible()
        expect(page.get_by_text("理由：改错了")).to_be_visible()
        expect(page.get_by_label("新的")).to_have_value("3")
        page.get_by_label("旧的").select_option("1")
        page.get_by_role("button", name="比较").click()
        expect(page.get_by_text("两版一样")).to_be_visible()


def test_a_viewer_only_looks(browser: Browser, pages: str) -> None:
    with at_work(browser, f"{pages}/intents/fee_standard", "路人.viewer") as page:
        expect(page.get_by_label("标题", exact=True)).to_have_attribute("readonly", "")
        expect(page.get_by_role("button", name="存进草稿")).to_have_count(0)
        page.goto(f"{pages}/publish")
        expect(page.get_by_role("button", name="发布", exact=True)).to_have_count(0)
        page.goto(f"{pages}/intents/no_such_thing")
        expect(page.get_by_text("没有这条问答")).to_be_visible()


def test_on_a_phone_and_by_keyboard(browser: Browser, pages: str) -> None:
    for scheme in ("light", "dark"):
        phone = {"viewport": {"width": 375, "height": 812}, "color_scheme": scheme}
        with at_work(browser, f"{pages}/intents", "李强.approver", **phone) as page:
            page.get_by_label("搜索").focus()
            page.keyboard.type("fee_standard")
            expect(page.locator(".row")).to_have_count(1)
            for path in ("/intents", "/intents/fee_standard", "/publish", "/revisions"):
                page.goto(f"{pages}{path}")
                expect(page.get_by_role("heading", level=1)).to_be_visible()
                assert page.evaluate("document.documentElement.scrollWidth") <= 375, path
