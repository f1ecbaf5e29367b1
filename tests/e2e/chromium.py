"""A real Chromium that talks to this machine only, and pages that notice what goes wrong."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
LOOPBACK = {"127.0.0.1", "localhost"}
ACTION_TIMEOUT_MS = 15_000


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium; without one the test is skipped, or failed where CI promises one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        reason = "没有 Chromium（Debian：apt-get install chromium fonts-noto-cjk）"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(
    browser: Browser,
    url: str,
    *,
    session: str = "",
    expected: re.Pattern[str] | None = None,
    **context_options: Any,
) -> Iterator[Page]:
    """Open a page in a context of its own; afterwards nothing may have gone wrong in it.

    Nothing wrong: no request beyond this machine, no console error, no uncaught exception, no
    dialog (which only a script in a message could have opened).

    Args:
        browser: Where to open it.
        url: Address of the page.
        session: Token of a sign-in that the browser has already.
        expected: Console messages that a test provokes.
        context_options: Playwright's, e.g. `color_scheme`.
    """
    wrong: list[str] = []
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", **context_options}
    context = browser.new_context(**options)
    context.set_default_timeout(ACTION_TIMEOUT_MS)
    if session:
        cookie: Any = {"name": "yibao_session", "value": session, "url": url, "httpOnly": True}
        context.add_cookies([cookie])
    page = context.new_page()
    page.on("request", lambda r: None if is_local(r.url) else wrong.append(f"request {r.url}"))
    page.on("websocket", lambda w: None if is_local(w.url) else wrong.append(f"socket {w.url}"))
    page.on(
        "console",
        lambda m: wrong.append(f"console {m.text}") if m.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda e: wrong.append(f"exception {e}"))

    def on_dialog(dialog: Any) -> None:
        wrong.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", on_dialog)
    try:
        page.goto(url)
        yield page
        assert [w for w in wrong if expected is None or not expected.search(w)] == []
    finally:
        context.close()


def is_local(url: str) -> bool:
    """Tell whether an address stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob"} or parts.hostname in LOOPBACK
