"""The playground as an operator uses it, in a real browser against a real process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.chromium import open_page
from tests.e2e.palette import with_palette

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
OpenTab = Callable[..., Page]


@pytest.fixture
def tab(browser: Browser, console: str) -> Iterator[OpenTab]:
    """Open the playground in a new tab, as often as wanted."""
    with ExitStack() as stack:

        def open_tab(**options: Any) -> Page:
            page = stack.enter_context(open_page(browser, f"{console}/playground", **options))
            expect(page.get_by_role("log")).to_be_visible()
            return page

        yield open_tab


def ask(page: Page, words: str) -> None:
    """Type and send, and wait for the reply."""
    before = replies(page).count()
    field = page.get_by_label("家长说的话")
    field.fill(words)
    field.press("Enter")
    expect(replies(page)).to_have_count(before + 1)


def replies(page: Page) -> Locator:
    return page.locator(".line.bot .bubble")


def messages(page: Page) -> Locator:
    return page.locator(".line.parent .bubble")


def trace(page: Page) -> Locator:
    return page.get_by_role("complementary", name="为什么这样答")


def pick(page: Page, group: str, name: str) -> None:
    page.get_by_role("group", name=group).get_by_role("button", name=name).click()


def switch(page: Page, account: str) -> None:
    pick(page, "公众号", account)
    expect(page.get_by_role("heading", name=f"医保小助手（{account}）")).to_be_attached()


def test_says_what_to_do_first(tab):
    page = tab()
    expect(page).to_have_title("试聊 · 医保小助手")
    expect(page.get_by_role("log")).to_contain_text("像家长一样问一句")
    expect(trace(page)).to_contain_text("发一句话")
    pick(page, "举例问题", "有哪些缴费方式")
    expect(messages(page)).to_have_text(["家长：有哪些缴费方式"])
    expect(replies(page)).to_have_count(1)
    expect(page.get_by_role("log")).not_to_contain_text("像家长一样问一句")


def test_question_answer_and_trace(tab):
    page = tab()
    switch(page, "北京")
    pick(page, "时间", "指定")
    pick(page, "常用时间", "文件有效期内")
    ask(page, "周末能交吗")
    reply = replies(page).last.inner_text()
    assert "京通和电子税务局" in reply
    assert "\n1. " in reply  # the line breaks of the text are kept
    assert reply.endswith("依据：北京市城乡医保学生问答（2025–2026 年度）")
    assert "<a" not in reply
    assert "weixin" not in reply
    panel = trace(page)
    for part in (
        "周末能交吗",
        "2025年12月10日 星期三 10:00",
        "回答",
        "每月几号能缴费",
        "payment_window",
        "规范化",
        "与一条说法相同",
        "最像的说法",
        "依据：北京市城乡医保学生问答",
        "/ 2048 字节",
        "没有进行中的流程",
        "毫秒",
    ):
        expect(panel).to_contain_text(part)
    expect(panel.locator(".token")).not_to_have_count(0)
    expect(panel.locator(".ranking tbody")).to_have_count(5)
    revision = httpx.get(page.url.replace("playground", "healthz"), trust_env=False).json()
    expect(panel).to_contain_text(revision["revision"][:12])
    panel.get_by_text("发给微信的原文").click()
    expect(panel.locator("pre")).to_contain_text('<a href="weixin://bizmsgmenu?msgmenucontent=')


def test_tapping_a_choice_sends_its_words(tab):
    page = tab()
    switch(page, "北京")
    ask(page, "周末能交吗")
    page.get_by_role("log").get_by_role("button", name="一年交多少钱").click()
    expect(messages(page)).to_have_text(["家长：周末能交吗", "家长：一年交多少钱"])
    expect(replies(page).last).to_contain_text("435元")
    expect(trace(page)).to_contain_text("点选 fee_standard")


def test_trace_of_an_earlier_reply(tab):
    page = tab()
    switch(page, "北京")
    ask(page, "周末能交吗")
    ask(page, "你好")
    expect(trace(page).locator(".asked-text")).to_have_text("你好")
    first = page.get_by_role("button", name="为什么").first
    first.click()
    expect(trace(page).locator(".asked-text")).to_have_text("周末能交吗")
    expect(first).to_have_attribute("aria-pressed", "true")


def test_open_flow_and_its_slots(tab):
    page = tab()
    switch(page, "北京")
    ask(page, "外省学生可参吗")
    ask(page, "外地户口")
    panel = trace(page)
    expect(panel).to_contain_text("（check_coverage）")
    expect(panel).to_contain_text("外地户口（hukou = other）")
    expect(panel).to_contain_text("（stage）")


def test_accounts_keep_conversations_of_their_own(tab):
    page = tab()
    expect(page.get_by_role("group", name="公众号").get_by_role("button")).to_have_text(
        ["柳州", "北京"]
    )
    ask(page, "支付宝能交不")
    switch(page, "北京")
    expect(messages(page)).to_have_count(0)
    expect(page.get_by_role("group", name="举例问题")).to_contain_text("每月几号能缴费")
    expect(page.get_by_text("北京市城乡医保学生问答", exact=True)).to_be_visible()
    ask(page, "周末能交吗")
    switch(page, "柳州")
    expect(messages(page)).to_have_text(["家长：支付宝能交不"])
    expect(trace(page).locator(".asked-text")).to_have_text("支付宝能交不")


def test_answers_for_the_chosen_time(tab):
    page = tab()
    switch(page, "北京")
    pick(page, "时间", "指定")
    pick(page, "常用时间", "文件有效期内")
    expect(page.get_by_label("指定的时间")).to_have_value("2025-12-10 10:00")
    ask(page, "周末能交吗")
    expect(replies(page).last).not_to_contain_text("现已过期")
    pick(page, "常用时间", "文件过期后")
    ask(page, "要交几百")
    expect(replies(page).last).to_contain_text("现已过期")
    field = page.get_by_label("指定的时间")
    field.fill("明天")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("没看懂")
    field.fill("2026年1月5日 8:30")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    ask(page, "周末能交吗")
    expect(page.locator(".stamp").last).to_have_text("2026年1月5日 星期一 08:30")
    expect(replies(page).last).not_to_contain_text("现已过期")
    pick(page, "时间", "现在")
    ask(page, "要交几百")
    expect(page.locator(".stamp").last).to_have_text("2026年11月22日 星期日 10:00")
    expect(replies(page).last).to_contain_text("现已过期")


def test_restart_forgets(tab):
    page = tab()
    ask(page, "你好")
    page.get_by_role("button", name="重新开始").click()
    expect(page.get_by_role("log")).to_contain_text("像家长一样问一句")
    expect(trace(page)).to_contain_text("发一句话")
    ask(page, "你好")
    expect(trace(page)).to_contain_text("1，连续没答上 0 次")


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("图片", "图片"), ("语音", "语音"), ("位置", "位置"), ("表情", "表情")],
)
def test_messages_of_other_kinds(tab, kind, shown):
    page = tab()
    more = page.get_by_role("button", name="发别的消息")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    pick(page, "发别的消息", kind)
    expect(messages(page).last).to_contain_text(shown)
    expect(replies(page)).to_have_count(1)
    expect(more).to_have_attribute("aria-expanded", "false")


def test_following_the_account(tab):
    page = tab()
    page.get_by_role("button", name="发别的消息").click()
    pick(page, "发别的消息", "关注")
    expect(page.get_by_role("log")).to_contain_text("家长关注了公众号")
    expect(replies(page)).to_contain_text("柳州学生医保小助手")


@pytest.mark.parametrize(
    "words",
    [
        "<script>window.hacked = 1; alert(1)</script>",
        '<img src=x onerror="window.hacked = 1; alert(1)">',
        '<a href="javascript:alert(1)">怎么缴费</a>',
        "{{ 7*7 }} {% if x %} ${window.hacked = 1} `alert(1)`",
        "**粗体** [链接](javascript:alert(1)) # 标题",
        "</textarea></script><svg onload=alert(1)>",
        "'); DROP TABLE users; --",
    ],
)
def test_markup_in_a_message_is_only_text(tab, words):
    page = tab()
    ask(page, words)
    expect(messages(page)).to_have_text([f"家长：{words}"])
    expect(trace(page).locator(".asked-text")).to_have_text(words)
    inside = "script, img, svg, iframe, strong, a[href^='javascript']"
    expect(page.get_by_role("log").locator(inside)).to_have_count(0)
    expect(trace(page).locator(inside)).to_have_count(0)
    assert page.evaluate("window.hacked") is None


def test_two_tabs_share_nothing(tab):
    one, other = tab(), tab()
    for page in (one, other):
        switch(page, "北京")
    ask(one, "周末能交吗")
    pick(one, "时间", "指定")
    expect(messages(other)).to_have_count(0)
    expect(other.get_by_role("log")).to_contain_text("像家长一样问一句")
    expect(other.get_by_label("指定的时间")).to_be_hidden()
    ask(other, "2")
    expect(replies(other)).not_to_contain_text("435元")
    ask(one, "2")
    expect(replies(one).last).to_contain_text("435元")
    other.get_by_role("button", name="重新开始").click()
    expect(messages(one)).to_have_text(["家长：周末能交吗", "家长：2"])


def test_two_tabs_of_one_browser_share_nothing(tab, console):
    one = tab()
    ask(one, "你好")
    other = one.context.new_page()
    other.goto(f"{console}/playground")
    expect(other.get_by_role("log")).to_contain_text("像家长一样问一句")
    ask(other, "支付宝能交不")
    expect(messages(one)).to_have_text(["家长：你好"])
    expect(messages(other)).to_have_text(["家长：支付宝能交不"])


def test_keyboard_alone_is_enough(tab):
    page = tab()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到主要内容")).to_be_focused()
    field = page.get_by_label("家长说的话")
    field.focus()
    page.keyboard.type("你好")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("怎么缴费")
    expect(field).to_have_value("你好\n怎么缴费")
    page.keyboard.press("Enter")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    expect(messages(page)).to_have_count(1)
    choice = page.get_by_role("log").locator(".tap").first
    choice.focus()
    page.keyboard.press("Enter")
    expect(messages(page)).to_have_count(2)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_enter_of_an_input_method_does_not_send(tab):
    page = tab()
    field = page.get_by_label("家长说的话")
    field.fill("zenme")
    press = """(e, isComposing) =>
        e.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", isComposing}))"""
    field.evaluate(press, True)
    expect(field).to_have_value("zenme")
    field.evaluate(press, False)
    expect(messages(page)).to_have_text(["家长：zenme"])


def test_blank_text_is_not_sent(tab):
    page = tab()
    field = page.get_by_label("家长说的话")
    field.fill("  \n ")
    field.press("Enter")
    page.get_by_role("button", name="发送", exact=True).click()
    field.fill("你好")
    page.get_by_role("button", name="发送", exact=True).click()
    expect(messages(page)).to_have_text(["家长：你好"])


def test_on_a_phone(tab):
    page = tab(viewport=PHONE, has_touch=True)
    ask(page, "支付宝能交不")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(trace(page)).to_be_hidden()
    why = page.get_by_role("button", name="为什么")
    why.click()
    expect(trace(page)).to_be_visible()
    expect(trace(page).get_by_role("button", name="关闭")).to_be_focused()
    expect(trace(page)).to_contain_text("pay_by_alipay")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.keyboard.press("Escape")
    expect(trace(page)).to_be_hidden()
    expect(why).to_be_focused()


def test_theme_is_remembered_by_the_browser(tab):
    page = tab(color_scheme="light")
    body = page.locator("body")
    expect(body).not_to_have_class("body--dark")
    button = page.get_by_role("button", name="外观：跟随系统")
    button.click()
    page.get_by_role("button", name="外观：浅色").click()
    expect(page.get_by_role("button", name="外观：深色")).to_be_visible()
    assert "body--dark" in (body.get_attribute("class") or "")
    page.reload()
    expect(page.get_by_role("button", name="外观：深色")).to_be_visible()
    page.wait_for_function("document.body.classList.contains('body--dark')")


def test_pages_are_forgotten_when_their_tabs_are_closed(tab, console):
    page = tab()
    ask(page, "你好")
    assert open_tabs(console) >= 1
    page.context.close()
    # Ten seconds for a page that was open, a minute for one that never came to be.
    deadline = time.monotonic() + 90
    while open_tabs(console) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert open_tabs(console) == 0


def open_tabs(console: str) -> int:
    tabs: int = httpx.get(f"{console}/healthz", timeout=10, trust_env=False).json()["tabs"]
    return tabs


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("playground", {"color_scheme": "light"}),
        ("playground-dark", {"color_scheme": "dark"}),
        ("playground-phone", {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True}),
    ],
)
def test_picture_of_the_shipped_content(browser, busy_desk, name, options):
    """Ask a question about paying; with SCREENSHOTS_DIR set, take the documents' pictures."""
    with open_page(browser, f"{busy_desk.url}/playground", **options) as page:
        expect(page.get_by_role("log")).to_be_visible()
        switch(page, "北京")
        pick(page, "时间", "指定")
        pick(page, "常用时间", "文件有效期内")
        ask(page, "孩子的医保费周末在手机上能交吗")
        expect(replies(page).last).to_contain_text("依据：北京市城乡医保学生问答")
        expect(page.locator(".trace .topics")).to_contain_text("缴费")
        if folder := os.environ.get("SCREENSHOTS_DIR"):
            page.mouse.move(0, 0)
            page.evaluate("() => { document.activeElement.blur(); return document.fonts.ready; }")
            page.wait_for_timeout(300)
            path = Path(folder) / f"{name}.png"
            page.screenshot(path=path)
            with_palette(path)
