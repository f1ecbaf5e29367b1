"""Nobody passes the gate unknown: every route there is, every socket, every foreign page."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import nicegui
import pytest
from fastapi import FastAPI
from nicegui import core
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from app.console.application import Desks, create_console_app
from app.console.gate import Doorkeeper, Gate
from app.console.shell import NAVIGATION
from app.domain.operators import Operator, Role
from app.errors import StateUnavailableError
from tests.assistants import small_assistant
from tests.unit.dialogue.parent import NOW

pytestmark = pytest.mark.anyio
PUBLIC = {"/login", "/logout", "/healthz", "/favicon.ico"}
FILES = ("/console-static", f"/_nicegui/{nicegui.__version__}/")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def no_state() -> AbstractAsyncContextManager[Desks]:
    raise AssertionError("nothing is opened here")


def console(*, is_production: bool) -> FastAPI:
    return create_console_app(small_assistant, lambda: NOW, no_state, is_production=is_production)


def paths_of(app: FastAPI) -> set[str]:
    routes = [*app.routes, *core.app.routes]
    return {r.path for r in routes if isinstance(r, Route | Mount) and r.path}


def asking(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console")


@pytest.mark.parametrize("is_production", [True, False])
async def test_no_route_is_open_that_is_not_meant_to_be(is_production: bool) -> None:
    app = console(is_production=is_production)
    paths = {p.split("{")[0] + "x" if "{" in p else p for p in paths_of(app)}
    open_paths = PUBLIC if is_production else PUBLIC | {"/", "/playground"}
    guarded = {p for p in paths if p not in open_paths and not p.startswith(FILES)}
    assert len(guarded & {item.path for item in NAVIGATION}) >= 1
    async with asking(app) as client:
        for path in sorted(guarded):
            if path.startswith("/_nicegui_ws") and not is_production:
                continue  # the playground's; its pages are guarded one by one
            response = await client.get(path)
            assert response.status_code == 303, path
            assert response.headers["location"].startswith("/login"), path
            for method in ("POST", "PUT", "DELETE"):
                refused = await client.request(method, path)
                assert refused.status_code == 401, path


async def test_in_production_nothing_unknown_is_told_apart() -> None:
    async with asking(console(is_production=True)) as client:
        for path in ("/", "/playground", "/nowhere", "/_nicegui/client/x/upload/1"):
            response = await client.get(path)
            assert (response.status_code, response.headers["location"][:6]) == (303, "/login")


class Someone:
    """Signs in whoever has the right token."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.is_away = is_away

    async def who(self, token: str, *, renew: bool = True) -> Operator | None:
        if self.is_away:
            raise StateUnavailableError("away")
        return Operator("a", Role.VIEWER) if token == "right" else None


def gate(*, is_production: bool = True, is_away: bool = False) -> Gate:
    someone: Any = Someone(is_away=is_away)
    doorkeeper = Doorkeeper(is_production, 600, someone, {"/playground"})
    return Gate(PlainTextResponse("inside"), doorkeeper)


async def test_a_session_opens_the_door() -> None:
    async with asking(gate()) as client:
        for token, status in (("right", 200), ("wrong", 303)):
            headers = {"Cookie": f"__Host-yibao_session={token}"}
            assert (await client.get("/people", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({}, False),
        ({"Origin": "http://console"}, False),
        ({"Origin": "http://console", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "http://evil.example"}, True),
        ({"Origin": "http://console.evil.example"}, True),
        ({"Origin": "http://console:81"}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
    ],
)
async def test_unsafe_requests_of_other_sites_are_refused(
    headers: Mapping[str, str], is_refused: bool
) -> None:
    session = {"Cookie": "__Host-yibao_session=right"}
    async with asking(gate()) as client:
        response = await client.post("/people", headers={**headers, **session})
        assert response.status_code == (403 if is_refused else 200)
        response = await client.post("/login", headers=dict(headers))
        assert response.status_code == (403 if is_refused else 200)
    sent = await socket_answer(gate(), {**headers, **session})
    assert sent[:1] == ([{"type": "websocket.close", "code": 1008}] if is_refused else sent[:1])


async def test_a_link_from_elsewhere_may_lead_here() -> None:
    async with asking(gate()) as client:
        headers = {"Sec-Fetch-Site": "cross-site", "Cookie": "__Host-yibao_session=right"}
        assert (await client.get("/people", headers=headers)).status_code == 200


@pytest.mark.parametrize("cookie", ["", "__Host-yibao_session=wrong", "yibao_session=right"])
async def test_a_socket_without_a_session_is_refused(cookie: str) -> None:
    sent = await socket_answer(gate(), {"Cookie": cookie} if cookie else {})
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_without_redis_only_what_is_open_is_served() -> None:
    async with asking(gate(is_production=False, is_away=True)) as client:
        headers = {"Cookie": "yibao_session=right"}
        assert (await client.get("/playground", headers=headers)).status_code == 200
        refused = await client.get("/people", headers=headers)
        assert refused.status_code == 503
        assert "Redis" in refused.text


async def socket_answer(app: Gate, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Open a socket; an empty list where the gate let it through."""
    sent: list[dict[str, Any]] = []

    async def inner(_scope: Any, _receive: Any, _send: Any) -> None:
        return None

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    app._app = inner
    raw = [(k.lower().encode(), v.encode()) for k, v in {"Host": "console", **headers}.items()]
    scope = {
        "type": "websocket",
        "path": "/_nicegui_ws/socket.io/",
        "query_string": b"",
        "headers": raw,
    }
    await app(scope, receive, send)
    return sent
