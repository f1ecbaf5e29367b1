"""Signing in: passwords, tries that run out, nobody told apart by time, sessions and roles."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.console import passwords
from app.console.access import enforce
from app.console.login_page import LoginView, login_html
from app.console.login_routes import HOME, local_path
from app.console.passwords import checked_name, checked_password, hash_password, is_password
from app.console.signing_in import NAME_TRIES, ConsoleState, SigningIn
from app.domain.operators import Action, Operator, Role
from app.errors import ConsoleError, NotAuthenticatedError, NotPermittedError
from app.state.audit import AuditEntry, AuditLog
from app.state.embedded import open_store
from app.state.operators import Operators, SignIns, Tries
from tests.unit.dialogue.parent import NOW

GOOD = "correct horse 12"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[ConsoleState]:
    store = await open_store(None, tmp_path / "var")
    operators = Operators(store, lambda: NOW)
    sign_ins = SignIns(store, operators, lambda: NOW, 600)
    yield ConsoleState(operators, sign_ins, Tries(store), AuditLog(store, lambda: NOW))
    await store.close()


async def logged(state: ConsoleState) -> tuple[AuditEntry, ...]:
    return await state.audit.recent(9)


@pytest.mark.anyio
async def test_the_right_password_begins_a_session(state: ConsoleState) -> None:
    await state.operators.add("王芳", Role.EDITOR, hash_password(GOOD))
    signing_in = SigningIn(state)
    attempt = await signing_in.sign_in(" 王芳 ", GOOD, "::1")
    assert attempt.problem == ""
    assert await signing_in.who(attempt.token) == Operator("王芳", Role.EDITOR)
    await signing_in.sign_out(attempt.token)
    assert await signing_in.who(attempt.token) is None
    assert [e.action for e in await logged(state)] == ["退出", "登录"]


@pytest.mark.anyio
async def test_wrong_tries_run_out_for_a_name_wherever_they_come_from(state: ConsoleState) -> None:
    await state.operators.add("a", Role.EDITOR, hash_password(GOOD))
    signing_in = SigningIn(state)
    for number in range(NAME_TRIES):
        attempt = await signing_in.sign_in("a", "wrong password", f"10.0.0.{number}")
        assert attempt.problem == "账号名或密码不对。"
    attempt = await signing_in.sign_in("a", GOOD, "10.0.0.99")
    assert "15 分钟" in attempt.problem
    assert 0 < attempt.wait_s <= 900
    assert attempt.token == ""


@pytest.mark.anyio
async def test_wrong_tries_run_out_for_an_address_whatever_the_name(
    state: ConsoleState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.console.signing_in.ADDRESS_TRIES", 3)
    signing_in = SigningIn(state)
    problems = [
        (await signing_in.sign_in(f"n{number}", "x", "10.0.0.1")).problem for number in range(4)
    ]
    assert ["分钟" in p for p in problems] == [False, False, False, True]


@pytest.mark.anyio
async def test_an_unknown_name_is_answered_alike(state: ConsoleState) -> None:
    await state.operators.add("a", Role.EDITOR, hash_password(GOOD))
    signing_in = SigningIn(state)
    attempts = [await signing_in.sign_in(name, "wrong password", "::1") for name in ("a", "b")]
    assert attempts[0] == attempts[1]
    actions = [(e.by, e.action) for e in await logged(state)]
    assert actions == [("a", "登录失败")], "what is no account's name may be a password"


def test_an_unknown_name_takes_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = hash_password(GOOD)
    is_password(None, GOOD)
    seconds = []
    for stored in (hashed, None):
        runs = []
        for _ in range(5):
            began = time.perf_counter()
            assert not is_password(stored, "wrong password")
            runs.append(time.perf_counter() - began)
        seconds.append(min(runs))
    assert 0.3 < seconds[0] / seconds[1] < 3


def test_hashes_are_argon2id_and_differ() -> None:
    first, second = hash_password(GOOD), hash_password(GOOD)
    assert first.startswith("$argon2id$")
    assert first != second
    assert is_password(first, GOOD)
    assert not is_password("not a hash", GOOD)
    assert not passwords.is_outdated(first)
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$YWJjZGVmZ2g$AAAAAAAAAAAAAAAAAAAAAA")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "太短"),
        ("王芳王芳王芳王芳王芳王芳", "太少"),
        ("1111111111111", "太少"),
        ("x" * 201, "太长"),
        ("operator-one", "账号名"),
    ],
)
def test_bad_passwords_are_refused(password: str, reason: str) -> None:
    with pytest.raises(ConsoleError, match=reason):
        checked_password("Operator-One", password)


@pytest.mark.parametrize("name", ["", "a b", "x" * 33, "<b>", "a/b", "a\nb"])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(ConsoleError):
        checked_name(name)
    assert checked_name("　王芳１") == "王芳1"


def test_roles_include_those_before_them() -> None:
    may = {role: [a for a in Action if role.may(a)] for role in Role}
    assert may == {
        Role.VIEWER: [Action.VIEW],
        Role.EDITOR: [Action.VIEW, Action.EDIT],
        Role.APPROVER: [Action.VIEW, Action.EDIT, Action.APPROVE],
    }
    assert Operator("a", Role.EDITOR).may_edit
    assert not Operator("a", Role.EDITOR).may_approve


def test_what_a_role_does_not_allow_is_refused() -> None:
    with pytest.raises(NotAuthenticatedError):
        enforce(None, Action.VIEW)
    with pytest.raises(NotPermittedError, match="审核"):
        enforce(Operator("a", Role.EDITOR), Action.APPROVE)
    assert enforce(Operator("a", Role.EDITOR), Action.EDIT).name == "a"


@pytest.mark.parametrize(
    "wanted",
    ["", "/", "//evil.example", "https://evil.example", "/\\evil.example", "/a?b", "/a/../b\n"],
)
def test_signing_in_leads_nowhere_else(wanted: str) -> None:
    assert local_path(wanted) == HOME


def test_signing_in_leads_back() -> None:
    assert local_path("/intents/fee_standard") == "/intents/fee_standard"


def test_the_login_page_escapes_what_was_typed() -> None:
    evil = '"><script>alert(1)</script>'
    html = login_html(LoginView(evil, evil, "auto", evil, evil, evil))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 6


def test_the_login_page_says_how_to_make_the_first_account() -> None:
    html = login_html(LoginView("x", "y", "auto", has_operators=False))
    assert "yibao operator add 名字 --role approver" in html
    assert "<form" not in html
