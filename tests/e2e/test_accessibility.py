"""axe-core finds nothing serious on any page: light, dark, on a phone, with and without data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.console.shell import NAVIGATION
from tests.e2e.accounts import COOKIE
from tests.e2e.chromium import open_page
from tests.e2e.conftest import ConsoleUnderTest
from tests.npm_packages import installed_packages

pytestmark = pytest.mark.browser

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 812}, "color_scheme": "light"},
}
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html)]);
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script that looks at a page."""
    packages = installed_packages(Path(__file__).parent, "e2e")
    return (packages / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def problems(page: Page, axe: str) -> list[Any]:
    page.evaluate(axe)
    found: list[Any] = page.evaluate(RUN)
    return [problem for problem in found if problem[0] in {"serious", "critical"}]


def registered(desk: ConsoleUnderTest) -> Iterator[str]:
    """Yield every page of the navigation that somebody registered."""
    cookies = {COOKIE: desk.sessions["approver"]}
    for item in NAVIGATION:
        page = httpx.get(desk.url + item.path, cookies=cookies, timeout=30, trust_env=False)
        if page.status_code == 200:
            yield item.path


@pytest.mark.parametrize(
    ("fixture", "look"), [("desk", "phone"), *(("busy_desk", look) for look in LOOKS)]
)
def test_nothing_serious_on_any_page(
    browser: Browser, axe: str, fixture: str, look: str, request: pytest.FixtureRequest
) -> None:
    desk: ConsoleUnderTest = request.getfixturevalue(fixture)
    paths = list(registered(desk))
    assert len(paths) >= 7
    session = desk.sessions["approver"]
    wrong: dict[str, Any] = {}
    with open_page(browser, f"{desk.url}/help", session=session, **LOOKS[look]) as page:
        for path in paths:
            page.goto(desk.url + path)
            expect(page.locator(".main *").first).to_be_visible()
            page.wait_for_function("window.did_handshake")
            page.wait_for_timeout(300)
            if found := problems(page, axe):
                wrong[path] = found
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong[f"{path} is wider than the window"] = True
    assert wrong == {}


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_serious_where_nobody_is_signed_in(
    browser: Browser, axe: str, desk: ConsoleUnderTest, look: str
) -> None:
    with open_page(browser, f"{desk.url}/login", **LOOKS[look]) as page:
        assert problems(page, axe) == []
        page.goto(desk.url)
        expect(page.get_by_role("log")).to_be_visible()
        assert problems(page, axe) == []


def test_axe_would_find_something(browser: Browser, axe: str, desk: ConsoleUnderTest) -> None:
    with open_page(browser, f"{desk.url}/login") as page:
        page.evaluate("document.querySelector('label').remove()")
        assert [found[1] for found in problems(page, axe)] == ["label"]


def test_the_menu_on_a_phone_leads_on(browser: Browser, desk: ConsoleUnderTest) -> None:
    session = desk.sessions["approver"]
    with open_page(browser, f"{desk.url}/help", session=session, **LOOKS["phone"]) as page:
        menu = page.get_by_role("button", name="菜单")
        expect(page.get_by_role("navigation")).to_be_hidden()
        menu.focus()
        page.keyboard.press("Enter")
        expect(menu).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.get_by_role("navigation")).to_be_hidden()
        expect(menu).to_be_focused()
        menu.click()
        page.get_by_role("navigation").get_by_role("link", name="流程").click()
        expect(page).to_have_url(f"{desk.url}/flows")
