"""Every page with something on it, in the order of an operator's day; the documents' pictures."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.chromium import open_page
from tests.e2e.palette import with_palette
from tests.e2e.pictured_console import PicturedConsole, pictured_console

pytestmark = pytest.mark.browser

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 812}
SLOW_MS = 300_000
"""The impact replays all tests."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PicturedConsole]:
    with pictured_console(tmp_path_factory.mktemp("pictures")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, office: PicturedConsole) -> Iterator[Page]:
    with open_page(
        browser, f"{office.url}/help", session=office.session, color_scheme="light"
    ) as page:
        yield page


def shoot(page: Page, name: str, *, tall: int = 0) -> None:
    """Take a picture for the documents, where asked to; `tall` makes the window so high."""
    if folder := os.environ.get("SCREENSHOTS_DIR"):
        expect(page.locator(".q-notification")).to_have_count(0, timeout=15_000)
        before = page.viewport_size or DESKTOP
        if tall:
            page.set_viewport_size({"width": before["width"], "height": tall})
        page.mouse.move(0, 0)
        page.evaluate("() => { document.activeElement.blur(); return document.fonts.ready; }")
        page.wait_for_timeout(500)
        path = Path(folder) / f"{name}.png"
        page.screenshot(path=path)
        with_palette(path)
        page.set_viewport_size(before)


def test_the_way_in(browser: Browser, office: PicturedConsole) -> None:
    with open_page(browser, f"{office.url}/login", color_scheme="light") as page:
        page.get_by_label("账号名").fill("王芳")
        shoot(page, "login")


def test_a_day_in_pictures(page: Page, office: PicturedConsole) -> None:
    shoot(page, "help")
    page.goto(f"{office.url}/overview")
    expect(page.locator(".chart svg")).to_have_count(2)
    shoot(page, "overview", tall=1000)
    page.goto(f"{office.url}/people")
    page.locator(".case-item").first.click()
    page.get_by_label("回复家长").fill("税务渠道缴费成功后，2至3个工作日再查询。")
    page.get_by_role("button", name="发送", exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("2至3个工作日再查询")
    shoot(page, "people")
    look_at_the_inbox(page, office)
    edit(page, office)
    publish(page, office)
    page.goto(f"{office.url}/flows")
    expect(page.get_by_role("img", name="的流程图").locator("svg .node").first).to_be_visible()
    shoot(page, "flows")
    page.goto(f"{office.url}/calendar")
    page.get_by_role("button", name="12月10日").first.click()
    expect(page.get_by_role("region", name="机器人这天怎么说")).to_contain_text("12月10日")
    shoot(page, "calendar", tall=640)
    page.goto(f"{office.url}/audit")
    expect(page.locator("tbody tr").first).to_be_visible()
    shoot(page, "audit")


def look_at_the_inbox(page: Page, office: PicturedConsole) -> None:
    page.goto(f"{office.url}/inbox")
    item = page.locator(".case-item").filter(has_text="收几块钱啊")
    item.click()
    expect(page.get_by_role("region", name="处理")).to_contain_text("收几块钱啊")
    shoot(page, "inbox")


def edit(page: Page, office: PicturedConsole) -> None:
    page.goto(f"{office.url}/intents")
    expect(page.locator(".row").nth(10)).to_be_visible()
    shoot(page, "intents")
    page.goto(f"{office.url}/intents/fee_standard")
    answer = page.get_by_label("答案 · 北京")
    answer.fill(f"{answer.input_value().strip()}\n别的地区不一定是这个数。")
    expect(page.locator(".preview .bubble").first).to_contain_text("不一定", timeout=20_000)
    expect(page.get_by_text(re.compile("没有问题。|没有错误|处错误")).first).to_be_visible(
        timeout=60_000
    )
    shoot(page, "intent", tall=720)
    page.get_by_role("button", name="存进草稿").click()
    expect(page.get_by_text("草稿：王芳")).to_be_visible()


def publish(page: Page, office: PicturedConsole) -> None:
    page.goto(f"{office.url}/publish")
    page.get_by_text("intents/fee_standard.yml").click()
    page.get_by_role("button", name="看影响").click()
    expect(page.get_by_text("认对")).to_be_visible(timeout=SLOW_MS)
    shoot(page, "publish", tall=1200)
    page.get_by_label("发布的理由").fill("家长常拿老家的数来比")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_text("草稿是空的")).to_be_visible(timeout=SLOW_MS)
    page.goto(f"{office.url}/revisions")
    expect(page.get_by_text("家长常拿老家")).to_be_visible()
    shoot(page, "revisions")


@pytest.mark.parametrize(
    ("look", "options"),
    [("phone", {"viewport": PHONE, "has_touch": True}), ("dark", {"color_scheme": "dark"})],
)
def test_pages_on_a_phone_and_in_the_dark(
    browser: Browser, office: PicturedConsole, look: str, options: dict[str, Any]
) -> None:
    with open_page(browser, f"{office.url}/inbox", session=office.session, **options) as page:
        page.locator(".case-item").first.click()
        expect(page.get_by_role("button", name="加进去")).to_be_visible()
        shoot(page, f"inbox-{look}")
        page.goto(f"{office.url}/overview")
        expect(page.locator(".chart svg")).to_have_count(2)
        shoot(page, f"overview-{look}")
        page.goto(f"{office.url}/intents/fee_standard")
        expect(page.get_by_text("没有问题。")).to_be_visible(timeout=60_000)
        shoot(page, f"intent-{look}")
