"""The pages of the console: registered in one place, drawn in one frame, each for one operator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request, Response
from nicegui import Client, core, ui
from nicegui.page import page
from starlette.routing import Match, Mount

from app.console.access import enforce, signed_in
from app.console.elements import box, icon, text
from app.console.gate import Doorkeeper
from app.console.shell import Frame, frame, title_of
from app.domain.operators import Action, Operator
from app.errors import NotPermittedError

if TYPE_CHECKING:
    from nicegui.element import Element

    from app.console.page_guard import PageGuard

MAX_TABS = 200
"""Open pages at once; each keeps its conversations in memory."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page being drawn, and for whom."""

    request: Request
    client: Client
    guest: Operator | None
    """None on a page that a sandbox shows to everyone, where nobody is signed in."""

    @property
    def operator(self) -> Operator:
        """Who is signed in.

        Raises:
            NotAuthenticatedError: Nobody; never so on a page that needs a role.
        """
        return enforce(self.guest, Action.VIEW)


Draw = Callable[[Visit], Awaitable[None] | None]


class Site:
    """Registers pages and draws what is around them, for at most `MAX_TABS` tabs at once."""

    def __init__(self, title: str, doorkeeper: Doorkeeper, guard: PageGuard) -> None:
        self.tabs: set[str] = set()
        self._title = title
        self._doorkeeper = doorkeeper
        self._guard = guard
        self._paths: set[str] = set()
        doorkeeper.is_page = self.has_page

    def add(self, path: str, draw: Draw, needs: Action | None = Action.VIEW) -> None:
        """Register a page.

        Args:
            path: As in `shell.NAVIGATION`; may have parameters.
            draw: Called inside the frame for every visit; it may wait for data.
            needs: What the role must allow; None: a sandbox shows the page to everyone.
        """
        self._paths.add(path)
        if needs is None:
            self._doorkeeper.open_pages.add(path)

        async def show(request: Request, client: Client) -> Response | None:
            return await self._show(request, client, path, draw, needs)

        ui.page(path, title=f"{title_of(path)} · {self._title}")(show)

    @property
    def paths(self) -> frozenset[str]:
        """Paths of all pages."""
        return frozenset(self._paths)

    def has_page(self, path: str) -> bool:
        """Return whether anything but the mounted files is at a path."""
        scope = {"type": "http", "path": path, "method": "GET", "root_path": "", "headers": []}
        return any(
            route.matches(scope)[0] is not Match.NONE
            for route in core.app.routes
            if not isinstance(route, Mount)
        )

    def not_found(self, request: Request, _error: Exception) -> Response:
        """Say that there is no such page."""
        with Client(page(""), request=request) as client:
            self._seat(request, client)
            with self._frame(request, ""):
                draw_notice("没有这个页面", "网址可能写错了，请从上面的菜单进入。")
            return client.build_response(request, 404)

    async def _show(
        self, request: Request, client: Client, path: str, draw: Draw, needs: Action | None
    ) -> Response | None:
        operator = signed_in(request)
        self._seat(request, client)
        with self._frame(request, path):
            if needs is not None:
                try:
                    enforce(operator, needs)
                except NotPermittedError as refusal:
                    draw_notice("没有权限", str(refusal))
                    return client.build_response(request, 403)
            if self._admits(client):
                drawn = draw(Visit(request, client, operator))
                if drawn is not None:
                    await drawn
        return None

    def _frame(self, request: Request, path: str) -> AbstractContextManager[Element]:
        operator = signed_in(request)
        shown = self._paths if operator else self._paths & self._doorkeeper.open_pages
        return frame(Frame(self._title, path, request.cookies, operator, frozenset(shown)))

    def _seat(self, request: Request, client: Client) -> None:
        token = request.cookies.get(self._doorkeeper.cookie, "")
        self._guard.take_seat(client, token, signed_in(request))

    def _admits(self, client: Client) -> bool:
        if len(self.tabs) >= MAX_TABS:
            draw_notice("打开的页面太多", "请关掉几个不用的页面，半分钟后再刷新。")
            return False
        self.tabs.add(client.id)
        client.on_delete(lambda: self.tabs.discard(client.id))
        return True


def draw_notice(heading: str, advice: str) -> None:
    """Say in the middle of the page why there is nothing and what to do about it."""
    with box("div", "empty notice"):
        icon("info", "empty-icon")
        text(heading, "h1", "empty-title")
        text(advice, "p", "empty-text")
