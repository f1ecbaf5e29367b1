"""The console's own pages with content and numbers, as operators use them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.settings import SHANGHAI
from app.state.audit import AuditLog
from app.state.store import Store
from tests.e2e.accounts import with_store
from tests.e2e.chromium import open_page
from tests.e2e.conftest import ConsoleUnderTest
from tests.e2e.console_process import now
from tests.e2e.console_with_numbers import WEIRD_TOPIC

pytestmark = pytest.mark.browser

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def page(browser: Browser, busy_desk: ConsoleUnderTest) -> Iterator[Page]:
    session = busy_desk.sessions["approver"]
    with open_page(browser, f"{busy_desk.url}/help", session=session) as page:
        yield page


def test_overview_has_numbers_charts_and_what_expires(page: Page, busy_desk) -> None:
    page.goto(f"{busy_desk.url}/overview")
    tile = page.locator(".tile", has_text="消息").locator(".tile-number")
    week = int(tile.inner_text())
    assert week > 100
    expect(page.locator(".chart svg")).to_have_count(2)
    expect(page.get_by_role("region", name="表格：问得最多的")).to_contain_text(WEIRD_TOPIC)
    expect(page.get_by_role("heading", name="快到期的内容")).to_be_visible()
    page.get_by_role("button", name="30 天").click()
    expect(tile).not_to_have_text(str(week))
    month = int(tile.inner_text())
    page.get_by_role("button", name="北京").click()
    expect(tile).not_to_have_text(str(month))
    page.get_by_text("看数字").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="表格：每天的消息")).to_be_visible()


def test_overview_without_numbers_says_what_to_do(browser: Browser, desk: ConsoleUnderTest) -> None:
    with open_page(browser, f"{desk.url}/overview", session=desk.sessions["viewer"]) as page:
        expect(page.get_by_role("heading", name="这几天还没有消息")).to_be_visible()


def test_flows_are_drawn_and_told(page: Page, busy_desk: ConsoleUnderTest) -> None:
    page.goto(f"{busy_desk.url}/flows")
    drawing = page.get_by_role("img", name="的流程图")
    expect(drawing.locator("svg .node").first).to_be_visible()
    expect(drawing.locator("foreignObject")).to_have_count(0)
    expect(page.get_by_role("heading", name="会问的问题")).to_be_visible()
    expect(page.get_by_text("个分支").first).to_be_visible()
    second = page.locator(".choice").nth(1)
    second.focus()
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(drawing.locator("svg .node").first).to_be_visible()


def test_calendar_shows_months_and_what_the_bot_says(page: Page, busy_desk) -> None:
    page.goto(f"{busy_desk.url}/calendar")
    month = page.locator(".month-title")
    expect(month).to_have_text("2026年11月")
    for _ in range(11):
        page.get_by_role("button", name="上个月").click()
    expect(month).to_have_text("2025年12月")
    day = page.get_by_role("button", name="12月10日").first
    day.focus()
    page.keyboard.press("Enter")
    expect(day).to_have_attribute("aria-pressed", "true")
    expect(day).to_be_focused()
    said = page.get_by_role("region", name="机器人这天怎么说")
    expect(said).to_contain_text("12月10日 星期三")
    expect(said.locator("h3").first).to_be_visible()
    page.get_by_role("button", name="今天", exact=True).click()
    expect(month).to_have_text("2026年11月")
    expect(page.locator("[aria-current=date]")).to_contain_text("22")


def test_calendar_without_any_says_where_it_is_written(
    browser: Browser, desk: ConsoleUnderTest
) -> None:
    with open_page(browser, f"{desk.url}/calendar", session=desk.sessions["viewer"]) as page:
        expect(page.get_by_text("knowledge/calendar/<地区>.yml")).to_be_visible()


def test_audit_is_paged_filtered_and_inert(page: Page, busy_desk: ConsoleUnderTest) -> None:
    async def fill(store: Store) -> None:
        log = AuditLog(store, lambda: now(SHANGHAI))
        for number in range(60):
            await log.note("王芳", "改问答", f"fee_{number}", EVIL if number == 59 else "")

    with_store(busy_desk.var_dir, fill)
    page.goto(f"{busy_desk.url}/audit")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text(EVIL)
    page.get_by_role("button", name="更早的").click()
    expect(rows.first).to_contain_text("fee_9")
    page.get_by_role("button", name="更新的").click()
    expect(rows.first).to_contain_text("fee_59")
    page.get_by_label("什么").fill("fee_1")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(11)
    page.get_by_label("谁").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有符合的记录")).to_be_visible()


def test_the_audit_is_for_approvers_only(browser: Browser, desk: ConsoleUnderTest) -> None:
    refused = re.compile("status of 403")
    session = desk.sessions["editor"]
    with open_page(browser, f"{desk.url}/audit", session=session, expected=refused) as page:
        expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
        expect(page.get_by_text("只有“审核”可以做这一步")).to_be_visible()


def test_help_explains_every_decision_and_links_pages(page: Page) -> None:
    expect(page.get_by_text("您是“审核”")).to_be_visible()
    for word in ("反问", "没答上", "转人工", "安全提醒"):
        expect(page.get_by_role("rowheader", name=word, exact=True)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="日历").click()
    expect(page.get_by_role("heading", name="日历")).to_be_visible()


def test_a_viewer_reads_conversations_but_does_not_answer(
    browser: Browser, busy_desk: ConsoleUnderTest
) -> None:
    session = busy_desk.sessions["viewer"]
    with open_page(browser, f"{busy_desk.url}/people", session=session) as page:
        expect(page.get_by_role("button", name="发送")).to_have_count(0)
