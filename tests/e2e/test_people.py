"""The page 人工 as people at work use it: a real browser, a real process, a real Redis."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.handoff import Author, Handoff, Hold, Line, Step
from app.domain.names import IntentId
from app.publishing.drafts import Drafts
from app.settings import SHANGHAI
from app.state.handoffs import Handoffs
from app.state.keys import Keyspace
from tests.e2e.accounts import add_operators, session_of, with_store
from tests.e2e.chromium import open_page
from tests.e2e.conftest import ConsoleUnderTest
from tests.e2e.console_process import NOW, run_console
from tests.protocol.live_bot import new_var_dir
from tests.protocol.staffed_content import staffed_content

pytestmark = pytest.mark.browser

AT = datetime.fromisoformat(NOW).replace(tzinfo=SHANGHAI) - timedelta(minutes=3)
T = TypeVar("T")


class Office:
    """Address of the console, and the inbox behind it as the bot's processes use it."""

    def __init__(self, url: str, var_dir: Path, session: str) -> None:
        self.url = url
        self.var_dir = var_dir
        self.session = session

    def ask(self, user: str, *texts: str, step: Step = Step.OPEN, minute: int = 0) -> None:
        at = AT + timedelta(minutes=minute)
        lines = tuple(Line(Author.PARENT, text, at) for text in texts)
        handoff = Handoff(step, lines, (IntentId("payment_window"),), "家长要求")
        self._run(lambda inbox: inbox.note("beijing", user, handoff, at))

    def look(self, user: str) -> Hold:
        return self._run(lambda inbox: inbox.look("beijing", user))

    def _run(self, step: Callable[[Handoffs], Awaitable[T]]) -> T:
        keyspace = Keyspace("yibao")
        return with_store(self.var_dir, lambda store: step(Handoffs(store, keyspace, SHANGHAI)))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    var_dir = new_var_dir(folder)
    content = staffed_content(folder / "content")
    with run_console(content, folder / "log", var_dir) as url:
        add_operators(var_dir)
        yield Office(url, var_dir, session_of(url, "editor"))


@pytest.fixture
def page(browser: Browser, office: Office) -> Iterator[Page]:
    with open_page(
        browser, f"{office.url}/people", session=office.session, color_scheme="light"
    ) as page:
        expect(page.get_by_role("heading", name="转人工的会话")).to_be_visible()
        yield page


def test_people_answer_give_back_and_keep(page: Page, office: Office) -> None:
    expect(page.get_by_text("现在没有家长在等")).to_be_visible()
    office.ask("oNight", "孩子转学了医保怎么转", step=Step.TICKET)
    office.ask("oOne", "上个月交的钱怎么还查不到", "转人工", minute=1)
    office.ask("oOne", "在吗", step=Step.APPEND, minute=2)
    items = page.locator(".case-item")
    expect(items).to_have_count(2, timeout=10_000)
    expect(items.first).to_contain_text("等待回复")
    items.first.click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("上个月交的钱怎么还查不到")
    expect(log).to_contain_text("在吗")
    case = page.get_by_role("region", name="会话内容")
    expect(case).to_contain_text("之前聊到：每月几号能缴费")
    expect(case).to_contain_text("机器人不说话")
    field = page.get_by_label("回复家长")
    field.fill("税务渠道缴费成功后，2至3个工作日再查询。")
    page.get_by_role("button", name="发送", exact=True).click()
    expect(log).to_contain_text("2至3个工作日再查询")
    expect(field).to_have_value("")
    expect(case).to_contain_text("1 条回复等家长下次来消息时送出")
    assert office.look("oOne").answers == ("税务渠道缴费成功后，2至3个工作日再查询。",)
    page.get_by_role("button", name="存成草稿").click()
    expect(page.get_by_text("存进草稿了")).to_be_visible()
    (draft,) = with_store(office.var_dir, lambda store: Drafts(store).files()).values()
    assert "上个月交的钱怎么还查不到" in draft.text
    assert draft.by == "editor"
    assert not (office.var_dir / "drafts").exists()
    page.get_by_role("button", name="交还机器人").click()
    expect(case).to_contain_text("已交还机器人")
    assert office.look("oOne").state.value == "released"


def test_on_a_phone(browser: Browser, office: Office) -> None:
    office.ask("oPhone", "<b>急</b> <script>alert(1)</script>")
    phone = {"width": 375, "height": 812}
    with open_page(browser, f"{office.url}/people", session=office.session, viewport=phone) as page:
        page.locator(".case-item").first.click(timeout=10_000)
        expect(page.get_by_role("button", name="发送", exact=True)).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        expect(page.get_by_role("log")).to_contain_text("<b>急</b> <script>alert(1)</script>")


def test_where_nobody_is_the_page_says_how(browser: Browser, desk: ConsoleUnderTest) -> None:
    session = desk.sessions["viewer"]
    with open_page(browser, f"{desk.url}/people", session=session) as page:
        expect(page.get_by_text("没有开人工")).to_be_visible()
        expect(page.get_by_role("navigation").get_by_role("link", name="人工")).to_be_visible()
