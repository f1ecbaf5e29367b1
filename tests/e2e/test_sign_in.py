"""Signing in with a real browser and over bare HTTP and sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from app.console.shell import NAVIGATION
from app.domain.operators import Role
from tests.assistants import SMALL_CONTENT
from tests.e2e.accounts import (
    COOKIE,
    PASSWORD,
    session_of,
    sign_in,
    with_operators,
    with_store,
)
from tests.e2e.chromium import open_page
from tests.e2e.conftest import ConsoleUnderTest
from tests.e2e.console_process import run_console
from tests.protocol.live_bot import new_var_dir

FAILED_LOGIN = re.compile(r"status of (401|429)")


def post(url: str, form: dict[str, str], **headers: str) -> httpx.Response:
    return httpx.post(url, data=form, headers=headers, timeout=30, trust_env=False)


@pytest.mark.browser
def test_sign_in_look_around_and_out(browser: Browser, desk: ConsoleUnderTest) -> None:
    with open_page(browser, f"{desk.url}/people", expected=FAILED_LOGIN) as page:
        expect(page).to_have_title(re.compile("^登录"))
        expect(page.get_by_label("账号名")).to_be_focused()
        page.keyboard.type("editor")
        page.keyboard.press("Tab")
        page.keyboard.type("not my password")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("账号名或密码不对。")
        expect(page.get_by_label("账号名")).to_have_value("editor")
        sign_in(page, "editor")
        expect(page).to_have_url(f"{desk.url}/people")
        expect(page.locator(".person-name")).to_have_text("editor")
        (cookie,) = (c for c in page.context.cookies() if c["name"] == COOKIE)
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Strict"
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="退出登录").click()
        expect(page.get_by_role("heading", name="登录运营后台")).to_be_visible()
        page.goto(f"{desk.url}/people")
        expect(page.get_by_role("heading", name="登录运营后台")).to_be_visible()


@pytest.mark.browser
def test_a_guest_of_the_sandbox_sees_the_playground_only(
    browser: Browser, desk: ConsoleUnderTest
) -> None:
    with open_page(browser, desk.url) as page:
        expect(page.get_by_role("log")).to_be_visible()
        links = page.get_by_role("navigation").get_by_role("link")
        expect(links).to_have_count(1)
        expect(links).to_contain_text("试聊")
        page.get_by_role("link", name="登录").click()
        expect(page.get_by_role("heading", name="登录运营后台")).to_be_visible()


@pytest.mark.browser
def test_a_role_taken_away_counts_at_once(browser: Browser, desk: ConsoleUnderTest) -> None:
    with_operators(desk.var_dir, lambda o: o.add("leaver", Role.EDITOR, password_hash(desk)))
    session = session_of(desk.url, "leaver")
    with open_page(browser, f"{desk.url}/playground", session=session) as page:
        expect(page.locator(".person-name")).to_have_attribute("title", "leaver（编辑）")
        with_operators(desk.var_dir, lambda o: o.change("leaver", role=Role.VIEWER))
        expect(page.locator(".person-name")).to_have_attribute("title", "leaver（查看）")
        with_operators(desk.var_dir, lambda o: o.remove("leaver"))
        expect(page.get_by_role("link", name="登录")).to_be_visible()


def password_hash(desk: ConsoleUnderTest) -> str:
    account = with_operators(desk.var_dir, lambda o: o.find("editor"))
    assert account is not None
    return account.password_hash


@pytest.mark.browser
def test_an_expired_session_leads_to_the_login_page(
    browser: Browser, desk: ConsoleUnderTest
) -> None:
    with_operators(desk.var_dir, lambda o: o.add("sleeper", Role.VIEWER, password_hash(desk)))
    session = session_of(desk.url, "sleeper")
    with open_page(browser, f"{desk.url}/people", session=session) as page:
        expect(page.locator(".person-name")).to_have_text("sleeper")
        with_store(desk.var_dir, expire_sleepers)
        expect(page.get_by_role("heading", name="登录运营后台")).to_be_visible()


async def expire_sleepers(store):
    async for key in store.client.scan_iter("yb:console-session:*"):
        if b"sleeper" in await store.client.get(key):
            await store.client.pexpire(key, 1)


def test_wrong_passwords_are_throttled_and_say_how_long(desk: ConsoleUnderTest) -> None:
    form = {"name": "nobody-of-this-name", "password": "wrong password"}
    codes = [post(f"{desk.url}/login", form) for _ in range(6)]
    assert [r.status_code for r in codes] == [401] * 5 + [429]
    assert "分钟再试" in codes[-1].text
    assert 0 < int(codes[-1].headers["retry-after"]) <= 900


def test_a_forged_origin_is_refused(desk: ConsoleUnderTest) -> None:
    form = {"name": "viewer", "password": PASSWORD}
    response = post(f"{desk.url}/login", form, Origin="https://evil.example")
    assert (response.status_code, response.cookies.get(COOKIE)) == (403, None)
    session = desk.sessions["viewer"]
    headers = {"Origin": "https://evil.example", "Cookie": f"{COOKIE}={session}"}
    assert post(f"{desk.url}/logout", {}, **headers).status_code == 403
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(socket_url(desk.url), additional_headers=headers),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_the_form_is_limited_and_forgiving(desk: ConsoleUnderTest) -> None:
    assert post(f"{desk.url}/login", {"name": "x" * 10_000}).status_code == 413
    for body in (b"", b"\xff\xfe=%ff", b"name=%00&password=%00"):
        response = httpx.post(f"{desk.url}/login", content=body, timeout=30, trust_env=False)
        assert response.status_code == 401


def socket_url(url: str, client_id: str = "x") -> str:
    query = f"client_id={client_id}&implicit_handshake=true&tab_id=t&document_id=d"
    query += "&next_message_id=0&EIO=4&transport=websocket"
    return f"{url.replace('http', 'ws')}/_nicegui_ws/socket.io/?{query}"


def page_of(url: str, path: str, session: str) -> str:
    """Load a page and return its client id."""
    headers = {"Cookie": f"{COOKIE}={session}"} if session else {}
    html = httpx.get(url + path, headers=headers, timeout=30, trust_env=False).text
    found = re.search(r"client_id[\"']?\s*:\s*[\"']([0-9a-f-]{36})", html)
    assert found, html[:2000]
    return found[1]


def shakes_hands(url: str, client_id: str, session: str) -> bool:
    """Open a page's socket as NiceGUI's script does; return whether the page accepts it."""
    headers = {"Cookie": f"{COOKIE}={session}"} if session else {}
    with connect(socket_url(url, client_id), additional_headers=headers) as socket:
        assert json.loads(str(socket.recv(10))[1:])["sid"]
        socket.send("40")
        return str(socket.recv(10)).startswith("40")


def test_a_page_answers_only_the_session_it_was_drawn_for(desk: ConsoleUnderTest) -> None:
    own = desk.sessions["editor"]
    for session, accepted in (("", False), (desk.sessions["approver"], False), (own, True)):
        client_id = page_of(desk.url, "/people", own)
        assert shakes_hands(desk.url, client_id, session) is accepted
    assert not shakes_hands(desk.url, "no-such-page", own)
    assert shakes_hands(desk.url, page_of(desk.url, "/playground", ""), "")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a console in production; nobody has an account yet."""
    folder = tmp_path_factory.mktemp("production")
    variables = {
        "YIBAO_ENV": "production",
        "YIBAO_NOW": "",
        "YIBAO_SALT": "a-salt-of-its-own",
        "YIBAO_ACCOUNTS__BEIJING__APP_ID": "wx0123456789abcdef",
        "YIBAO_ACCOUNTS__BEIJING__TOKEN": "a-token-of-its-own",
    }
    var_dir = new_var_dir(folder)
    with run_console(SMALL_CONTENT, folder / "log", var_dir, **variables) as url:
        first = httpx.get(f"{url}/login", timeout=30, trust_env=False)
        assert "yibao operator add 名字 --role approver" in first.text
        with_operators(var_dir, lambda o: o.add("editor", Role.EDITOR, hashed()))
        yield url


def hashed() -> str:
    from app.console.passwords import hash_password

    return hash_password(PASSWORD)


def test_production_shows_nothing_without_signing_in(production: str) -> None:
    for path in ("/", "/playground", "/people", "/nowhere"):
        response = httpx.get(production + path, timeout=30, trust_env=False)
        assert response.status_code == 303
        assert response.headers["location"].startswith("/login")
    with pytest.raises(InvalidStatus) as refused, connect(socket_url(production)):
        pass
    assert refused.value.response.status_code == 403


def test_production_keeps_its_cookie_to_https_and_itself(production: str) -> None:
    response = post(f"{production}/login", {"name": "editor", "password": PASSWORD})
    assert response.status_code == 303
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-yibao_session=")
    for flag in ("HttpOnly", "Path=/", "SameSite=strict", "Secure"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert PASSWORD not in response.text


@pytest.mark.browser
def test_production_behind_this_machine_lets_operators_in(
    browser: Browser, production: str
) -> None:
    with open_page(browser, f"{production}/playground") as page:
        sign_in(page, "editor")


def test_every_answer_carries_the_policy(desk: ConsoleUnderTest) -> None:
    """Pages, refusals, redirects, files and errors alike; a violation fails any browser test."""
    session = {"Cookie": f"{COOKIE}={desk.sessions['approver']}"}
    pages = {item.path: 200 for item in NAVIGATION} | {"/login": 303, "/nowhere": 404}
    answers = [
        httpx.get(desk.url + path, headers=session, timeout=30, trust_env=False) for path in pages
    ]
    assert [answer.status_code for answer in answers] == [*pages.values()]
    answers += [
        httpx.get(f"{desk.url}{path}", timeout=30, trust_env=False)
        for path in ("/people", "/login", "/console-static/console.css", "/favicon.ico")
    ]
    answers.append(post(f"{desk.url}/logout", {}, Origin="https://evil.example"))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "form-action 'self'" in policy
        assert not re.search(r"https?:|\*|ws:", policy)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_another_site_cannot_use_a_session(desk: ConsoleUnderTest) -> None:
    """By any of the methods and transports that a browser sends a cookie with."""
    session = {"Cookie": f"{COOKIE}={desk.sessions['approver']}"}
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        headers = {**session, **foreign}
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in ("/logout", "/people", "/_nicegui/client/x", "/nowhere"):
                answer = httpx.request(
                    method, desk.url + path, headers=headers, timeout=30, trust_env=False
                )
                assert answer.status_code == 403, (method, path)
        polling = f"{desk.url}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        for method in ("GET", "POST"):
            answer = httpx.request(method, polling, headers=headers, timeout=30, trust_env=False)
            assert answer.status_code == 403, method
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(socket_url(desk.url), additional_headers=headers),
        ):
            pass
        assert refused.value.response.status_code == 403
