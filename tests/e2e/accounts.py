"""Accounts of a console under test, and signing in with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import httpx
from playwright.sync_api import Page, expect

from app.console.passwords import hash_password
from app.domain.operators import Role
from app.settings import SHANGHAI
from app.state.embedded import open_store
from app.state.operators import Operators
from app.state.store import Store
from tests.e2e.console_process import now

PASSWORD = "缴费 is open till 12"
COOKIE = "yibao_session"
T = TypeVar("T")


def with_store(var_dir: Path, step: Callable[[Store], Awaitable[T]]) -> T:
    """Take a step with the Redis that a console on `var_dir` uses."""

    async def run() -> T:
        store = await open_store(None, var_dir)
        try:
            return await step(store)
        finally:
            await store.close()

    # Playwright's event loop runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(run())).result(30)


def with_operators(var_dir: Path, step: Callable[[Operators], Awaitable[T]]) -> T:
    """Take a step with the accounts of a console on `var_dir`."""
    return with_store(var_dir, lambda store: step(Operators(store, lambda: now(SHANGHAI))))


def add_operators(var_dir: Path) -> None:
    """Create one account for every role, named as the role."""
    hashed = hash_password(PASSWORD)

    async def add(operators: Operators) -> None:
        for role in Role:
            await operators.add(str(role), role, hashed)

    with_operators(var_dir, add)


def session_of(url: str, name: str) -> str:
    """Sign in over HTTP and return the session's token."""
    form = {"name": name, "password": PASSWORD, "next": "/playground"}
    response = httpx.post(f"{url}/login", data=form, timeout=30, trust_env=False)
    assert response.status_code == 303, response.text
    return response.cookies[COOKIE]


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the login page that is shown."""
    page.get_by_label("账号名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()
