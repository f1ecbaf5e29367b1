"""An operator's day: a parent asks in vain; sign in, adopt the question, publish; all answer it.

Two replicas and the console share nothing but Redis: each has a disk of its own.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.console.passwords import hash_password
from app.domain.operators import Role
from app.settings import SANDBOX_TOKEN, SHANGHAI
from app.state.embedded import open_store
from app.state.operators import Operators
from tests.assistants import SMALL_CONTENT
from tests.e2e.accounts import PASSWORD, sign_in
from tests.e2e.chromium import open_page
from tests.e2e.console_process import now, run_console
from tests.protocol.callback_peer import sha1, text_xml
from tests.protocol.live_bot import BotProcess, RedisServer, new_var_dir, unix_now

pytestmark = pytest.mark.browser

ASKED = "收几块钱啊"
ANSWER = "学生每人"
AT_MOST_S = 3.0
"""From the click on 发布 being told as done to the new answer at every replica."""
_SLOW_MS = 120_000
_FAILED_LOGIN = re.compile(r"status of (401|429)")


@dataclass(frozen=True, slots=True)
class Office:
    """Two replicas and a console."""

    bots: tuple[BotProcess, BotProcess]
    url: str
    redis: RedisServer


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    folders = {name: tmp_path / name for name in ("one", "two", "console", "redis")}
    for folder in folders.values():
        folder.mkdir()
    redis = RedisServer(folders["redis"])
    redis.start()
    given = {"YIBAO_REDIS_URL": redis.url, "YIBAO_CONTENT_SOURCE": "published"}
    given["YIBAO_NOW"] = "2025-12-10T10:00"
    with ExitStack() as stack:
        stack.callback(redis.kill)
        bots = [
            BotProcess(new_var_dir(folders[name]), tmp_path / f"{name}.log", **given)
            for name in ("one", "two")
        ]
        for bot in bots:
            stack.enter_context(bot.running())
        log, var_dir = tmp_path / "console.log", new_var_dir(folders["console"])
        url = stack.enter_context(run_console(SMALL_CONTENT, log, var_dir, **given))
        running = Office((bots[0], bots[1]), url, redis)
        add_operators(running)
        yield running


def say(bot: BotProcess, text: str, user: str) -> str:
    """Push a message as WeChat does and return what comes back."""
    stamp = str(unix_now())
    query = {"signature": sha1(SANDBOX_TOKEN, stamp, "n"), "timestamp": stamp, "nonce": "n"}
    url = f"http://127.0.0.1:{bot.port}/wechat/beijing"
    xml = text_xml(text, f"{time.time_ns()}", user)
    return httpx.post(url, params=query, content=xml.encode(), timeout=10, trust_env=False).text


def test_a_question_asked_in_vain_is_answered_everywhere(browser: Browser, office: Office) -> None:
    assert ANSWER not in say(office.bots[0], ASKED, "parent-1")
    with open_page(browser, f"{office.url}/inbox", expected=_FAILED_LOGIN) as page:
        refuse_wrong_passwords(page)
        sign_in(page, "王芳")
        ask_in_the_playground(page, office.url)
        adopt(page, office.url)
        published_at = publish(page, office.url)
        for number, bot in enumerate(office.bots):
            await_answer(bot, f"parent-{number + 2}", published_at + AT_MOST_S)


def refuse_wrong_passwords(page: Page) -> None:
    """Six wrong ones for one name, and that name has to wait; others may come in."""
    for number in range(6):
        page.get_by_label("账号名").fill("李强")
        page.get_by_label("密码").fill(f"wrong password {number}")
        page.get_by_role("button", name="登录").click()
        words = "账号名或密码不对。" if number < 5 else re.compile("试的次数太多")
        expect(page.get_by_role("alert")).to_have_text(words)


def ask_in_the_playground(page: Page, url: str) -> None:
    page.goto(f"{url}/playground")
    page.get_by_label("家长说的话").fill(ASKED)
    page.get_by_role("button", name="发送").click()
    log = page.get_by_role("log")
    expect(log).to_contain_text(ASKED)
    expect(log).not_to_contain_text(ANSWER)


def adopt(page: Page, url: str) -> None:
    page.goto(f"{url}/inbox")
    item = page.locator(".case-item").filter(has_text=ASKED)
    item.click()
    page.get_by_label("加到哪个问答").select_option("fee_standard")
    page.get_by_role("button", name="加进去").click()
    expect(page.locator(".q-notification").filter(has_text="已写进草稿")).to_be_visible()
    expect(item).to_have_count(0)


def publish(page: Page, url: str) -> float:
    """Look at the impact, publish and return when that was told as done, `time.monotonic()`."""
    page.goto(f"{url}/publish")
    page.get_by_text("intents/fee_standard.yml").click()
    expect(page.locator("ins")).to_have_text(ASKED)
    page.get_by_role("button", name="看影响").click()
    expect(page.get_by_text(re.compile("没有变差|变差 0 处"))).to_be_visible(timeout=_SLOW_MS)
    page.get_by_label("发布的理由").fill("家长这样问")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_text("草稿是空的")).to_be_visible(timeout=_SLOW_MS)
    return time.monotonic()


def await_answer(bot: BotProcess, user: str, until: float) -> None:
    """Ask until the new answer comes; each time as a new parent, so nothing is remembered."""
    number = 0
    while ANSWER not in (said := say(bot, ASKED, f"{user}-{number}")):
        assert time.monotonic() < until, f"{said}\n{bot.output[-2000:]}"
        number += 1
        time.sleep(0.1)


def add_operators(office: Office) -> None:
    """Create an editor and an approver."""

    async def add() -> None:
        store = await open_store(office.redis.url, Path())
        operators = Operators(store, lambda: now(SHANGHAI))
        for name, role in (("李强", Role.EDITOR), ("王芳", Role.APPROVER)):
            await operators.add(name, role, hash_password(PASSWORD))
        await store.close()

    # Playwright's event loop runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(add())).result(30)
