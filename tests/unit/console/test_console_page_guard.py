"""Events reach a page only from its own browser, while the session and the role still hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from nicegui import core

from app.console import page_guard
from app.console.gate import Doorkeeper
from app.console.page_guard import PageGuard
from app.domain.operators import Operator, Role
from app.errors import StateUnavailableError

pytestmark = pytest.mark.anyio
EDITOR = Operator("a", Role.EDITOR)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Page:
    """Stands in for NiceGUI's client."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.forget: Callable[[], object] = lambda: None

    def on_delete(self, forget: Callable[[], object]) -> None:
        self.forget = forget


class Stage:
    """A guard, who is signed in, and the events that got through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.operator: Operator | None = EDITOR
        self.is_away = False
        self.passed: list[object] = []
        self.cookies = {"own": "yibao_session=t1", "other": "yibao_session=t2", "none": ""}
        signing_in: Any = self
        self.guard = PageGuard(Doorkeeper(False, 600, signing_in))
        monkeypatch.setattr(core.sio, "get_environ", lambda sid: {"HTTP_COOKIE": self.cookies[sid]})
        monkeypatch.setitem(
            page_guard._ORIGINALS, "event", lambda _sid, data: self.passed.append(data["n"])
        )
        self.send = self.guard._guarded("event")

    async def who(self, token: str, *, renew: bool = True) -> Operator | None:
        if self.is_away:
            raise StateUnavailableError("away")
        await asyncio.sleep(0.01 if renew and len(self.passed) % 2 == 0 else 0)
        return self.operator if token == "t1" else None

    def seat(self, operator: Operator | None = EDITOR) -> Page:
        page = Page("p1")
        client: Any = page
        self.guard.take_seat(client, "t1", operator)
        return page


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


async def test_events_arrive_in_order(stage: Stage) -> None:
    stage.seat()
    await asyncio.gather(*(stage.send("own", {"client_id": "p1", "n": n}) for n in range(9)))
    assert stage.passed == list(range(9))


@pytest.mark.parametrize("socket", ["other", "none"])
async def test_another_browser_is_not_heard(stage: Stage, socket: str) -> None:
    stage.seat()
    await stage.send(socket, {"client_id": "p1", "n": 1})
    assert stage.passed == []


@pytest.mark.parametrize("data", [{"client_id": "p2", "n": 1}, {"n": 1}, None, "p1", []])
async def test_unknown_pages_are_not_heard(stage: Stage, data: object) -> None:
    stage.seat()
    await stage.send("own", data)
    assert stage.passed == []


@pytest.mark.parametrize("now", [None, Operator("a", Role.VIEWER), Operator("b", Role.EDITOR)])
async def test_once_the_role_is_gone_nothing_passes_any_more(
    stage: Stage, now: Operator | None
) -> None:
    stage.seat()
    stage.operator = now
    await stage.send("own", {"client_id": "p1", "n": 1})
    stage.operator = EDITOR
    await stage.send("own", {"client_id": "p1", "n": 2})
    assert stage.passed == [], "the page has lost its seat"


async def test_without_redis_nothing_passes_but_the_seat_stays(stage: Stage) -> None:
    stage.seat()
    stage.is_away = True
    await stage.send("own", {"client_id": "p1", "n": 1})
    stage.is_away = False
    await stage.send("own", {"client_id": "p1", "n": 2})
    assert stage.passed == [2]


async def test_an_open_page_of_a_sandbox_needs_no_session(stage: Stage) -> None:
    stage.seat(None)
    stage.is_away = True
    await stage.send("none", {"client_id": "p1", "n": 1})
    assert stage.passed == [1]


async def test_a_page_that_is_gone_has_no_seat(stage: Stage) -> None:
    page = stage.seat()
    page.forget()
    await stage.send("own", {"client_id": "p1", "n": 1})
    assert stage.passed == []
