"""Fixtures of the command line's tests."""

from __future__ import annotations

import os

import pytest

from app import bootstrap
from tests.assistants import SMALL_CONTENT, VAR_DIR, small_assistant
from tests.unit.cli.terminal import Terminal


@pytest.fixture(autouse=True)
def _small_content(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("YIBAO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("YIBAO_CONTENT_DIR", str(SMALL_CONTENT))
    monkeypatch.setenv("YIBAO_VAR_DIR", str(VAR_DIR))


@pytest.fixture
def new_terminal() -> Terminal:
    """A terminal whose commands load everything themselves."""
    return Terminal()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal whose commands share one loaded assistant: loading takes a second each."""
    monkeypatch.setattr(bootstrap, "build_assistant", lambda *_: small_assistant())
    return Terminal()
