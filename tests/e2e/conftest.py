"""What browser tests share: one console for all, one browser a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.domain.operators import Role
from tests.assistants import ROOT, SMALL_CONTENT
from tests.e2e.accounts import add_operators, session_of
from tests.e2e.chromium import open_browser
from tests.e2e.console_process import run_console
from tests.protocol.live_bot import new_var_dir


# Not for the whole session: Playwright keeps an event loop running that others could not start.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with open_browser() as running:
        yield running


@dataclass(frozen=True, slots=True)
class ConsoleUnderTest:
    """A running console with an account for every role."""

    url: str
    var_dir: Path
    sessions: Mapping[str, str]
    """Role → token of a sign-in that no test ends."""


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleUnderTest]:
    """The console on the small content that most tests share."""
    folder = tmp_path_factory.mktemp("console")
    var_dir = new_var_dir(folder)
    with run_console(SMALL_CONTENT, folder / "log", var_dir) as url:
        add_operators(var_dir)
        sessions = {str(role): session_of(url, str(role)) for role in Role}
        yield ConsoleUnderTest(url, var_dir, sessions)


@pytest.fixture(scope="session")
def console(desk: ConsoleUnderTest) -> str:
    """Address of a console on the small content."""
    return desk.url


@pytest.fixture(scope="session")
def busy_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleUnderTest]:
    """The console on the content that ships, with made-up numbers: every page has something."""
    folder = tmp_path_factory.mktemp("busy")
    var_dir = new_var_dir(folder)
    module = "tests.e2e.console_with_numbers"
    with run_console(ROOT, folder / "log", var_dir, module=module) as url:
        add_operators(var_dir)
        sessions = {str(role): session_of(url, str(role)) for role in Role}
        yield ConsoleUnderTest(url, var_dir, sessions)
