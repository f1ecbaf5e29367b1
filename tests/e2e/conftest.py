"""What browser tests share: one console for all, one browser a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.assistants import SMALL_CONTENT
from tests.e2e.chromium import open_browser
from tests.e2e.console_process import run_console


# Not for the whole session: Playwright keeps an event loop running that others could not start.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with open_browser() as running:
        yield running


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a console on the small content."""
    with run_console(SMALL_CONTENT, tmp_path_factory.mktemp("console") / "log") as url:
        yield url
