"""Events of open pages: each must come from the browser that the page was drawn for, signed in.

NiceGUI answers whoever names a page's id. Here every socket and every event is first held against
the seat that was taken when the page was drawn: same session, and still the same name and role.
Where that no longer holds the page is loaded anew, which leads to what is allowed now.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from nicegui import Client, core, ui
from socketio.exceptions import (  # type: ignore[import-untyped]
    ConnectionRefusedError as SocketRefusedError,
)

from app.console.gate import Doorkeeper
from app.domain.operators import Operator
from app.errors import StateUnavailableError

_REFUSED = "Implicit handshake failed"
"""What NiceGUI's script knows: it loads the page anew."""
_RELOAD = "window.location.reload()"
_WATCH_S = 3.0
_GRACE_S = 1.0
_NAMES = ("connect", "handshake", "event", "javascript_response", "ack", "log")
_ORIGINALS: dict[str, Callable[..., Any]] = {name: core.sio.handlers["/"][name] for name in _NAMES}
"""NiceGUI's own handlers, before any console put itself in front of them."""


@dataclass(slots=True)
class _Seat:
    """For whom a page was drawn."""

    token: str
    operator: Operator | None
    """None: an open page of a sandbox."""
    in_order: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Events are looked up one after the other, so that they arrive as they were sent."""


class PageGuard:
    """Guards the pages of a process; the console created last is the one guarded."""

    def __init__(self, doorkeeper: Doorkeeper) -> None:
        self._doorkeeper = doorkeeper
        self._seats: dict[str, _Seat] = {}

    def take_seat(self, client: Client, token: str, operator: Operator | None) -> None:
        """Remember for whom a page is drawn, for as long as the page lives."""
        self._seats[client.id] = _Seat(token if operator else "", operator)
        client.on_delete(lambda: self._seats.pop(client.id, None))

    def install(self) -> None:
        """Put itself in front of NiceGUI's handlers."""
        core.sio.on("connect", self._connect)
        core.sio.on("handshake", self._handshake)
        core.sio.on("event", self._guarded("event"))
        core.sio.on("javascript_response", self._guarded("javascript_response"))
        core.sio.on("ack", self._guarded("ack", looks_up=False))
        core.sio.on("log", self._guarded("log", looks_up=False))

    async def watch(self) -> None:
        """Close pages whose session is over, every few seconds, for ever."""
        while True:
            await asyncio.sleep(_WATCH_S)
            for client_id, seat in list(self._seats.items()):
                try:
                    if await self._holds(seat, renew=False):
                        continue
                except StateUnavailableError:
                    break
                await self._close(client_id)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        client_id = parse_qs(str(environ.get("QUERY_STRING", ""))).get("client_id", [""])[0]
        if not self._is_seated(client_id, environ):
            raise SocketRefusedError(_REFUSED)
        await _ORIGINALS["connect"](sid, environ, auth)

    async def _handshake(self, sid: str, data: object) -> bool:
        if not self._is_seated(_client_of(data), core.sio.get_environ(sid)):
            return False
        return bool(await _ORIGINALS["handshake"](sid, data))

    def _guarded(self, name: str, *, looks_up: bool = True) -> Callable[..., Awaitable[None]]:
        async def handle(sid: str, data: object) -> None:
            client_id = _client_of(data)
            seat = self._seats.get(client_id)
            if seat is None or not self._is_seated(client_id, core.sio.get_environ(sid)):
                return
            async with seat.in_order:
                if not looks_up or await self._admits(client_id, seat):
                    _ORIGINALS[name](sid, data)

        return handle

    async def _admits(self, client_id: str, seat: _Seat) -> bool:
        try:
            if await self._holds(seat):
                return True
        except StateUnavailableError:
            if client := Client.instances.get(client_id):
                with client:
                    ui.notify("Redis 没有响应，没有办成，请稍后再试。", type="negative")
            return False
        await self._close(client_id)
        return False

    async def _holds(self, seat: _Seat, *, renew: bool = True) -> bool:
        if seat.operator is None:
            return True
        return await self._doorkeeper.who(seat.token, renew=renew) == seat.operator

    def _is_seated(self, client_id: str, environ: dict[str, Any] | None) -> bool:
        """Return whether a socket belongs to the browser that the page was drawn for."""
        seat = self._seats.get(client_id)
        if seat is None or environ is None:
            return False
        token = _cookie_of(environ, self._doorkeeper.cookie)
        return not seat.token or hmac.compare_digest(token, seat.token)

    async def _close(self, client_id: str) -> None:
        """Let the browser load the page anew; hang up on one that does not.

        It cannot call again without a seat, and NiceGUI then forgets the page.
        """
        self._seats.pop(client_id, None)
        client = Client.instances.get(client_id)
        if client is None:
            return
        client.run_javascript(_RELOAD)
        await asyncio.sleep(_GRACE_S)
        for sid, _ in list(core.sio.manager.get_participants("/", client_id)):
            await core.sio.disconnect(sid)


def _client_of(data: object) -> str:
    return str(data.get("client_id", "")) if isinstance(data, dict) else ""


def _cookie_of(environ: dict[str, Any], name: str) -> str:
    try:
        found = SimpleCookie(str(environ.get("HTTP_COOKIE", ""))).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
