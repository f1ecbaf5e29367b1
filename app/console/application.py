"""The console process: pages on an own FastAPI application, wired by closures only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import anyio
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import app as nicegui_app
from nicegui import ui

from app.console.audit_page import AuditPage
from app.console.calendar_page import CalendarPage
from app.console.content_pages import ContentPages, register_content
from app.console.content_ports import ContentPorts
from app.console.flow_view import coverage_of
from app.console.flows_page import FlowsPage
from app.console.gate import AWAY, Doorkeeper, Gate
from app.console.help_page import HelpPage
from app.console.hung_up import HungUp
from app.console.inbox_page import InboxPage
from app.console.login_routes import LoginRoutes
from app.console.overview_page import OverviewPage
from app.console.page_guard import PageGuard
from app.console.people import People
from app.console.people_page import PeoplePage
from app.console.playground import Playground
from app.console.review_desk import ReviewDesk
from app.console.security_headers import SecurityHeaders
from app.console.shell import FAVICON, STATIC, STATIC_URL
from app.console.signing_in import ConsoleState, SigningIn
from app.console.site import Site, Visit, draw_notice
from app.dialogue.assistant import Assistant
from app.domain.operators import Action
from app.errors import StateUnavailableError

_RECONNECT_S = 10.0
"""How long a page whose connection broke is kept for it to come back."""


@dataclass(frozen=True, slots=True)
class Desks:
    """What the pages work on."""

    state: ConsoleState
    people: People | None = None
    """None: nobody takes over."""
    review: ReviewDesk | None = None
    """None: nothing is kept to review."""
    content: ContentPorts | None = None
    """None: content cannot be changed here."""


OpenDesks = Callable[[], AbstractAsyncContextManager[Desks]]
"""Opens them for as long as the console runs."""


def create_console_app(
    assistant: Callable[[], Assistant],
    clock: Callable[[], datetime],
    open_desks: OpenDesks,
    *,
    title: str = "医保小助手",
    is_production: bool = False,
    session_s: int = 12 * 3600,
    open_content: Callable[[], AbstractAsyncContextManager[object]] | None = None,
) -> FastAPI:
    """Return the console; run it with one worker, since pages live in the process.

    NiceGUI keeps its routes for the whole process: the console created last is the one served.

    Args:
        assistant: Returns what answers in the playground now; a page keeps what it began with.
            Asked only while the console runs.
        clock: Tells the present moment in Asia/Shanghai.
        open_desks: Opens what the pages work on.
        title: Name of the product in header and window title.
        is_production: Nothing without signing in, and only over HTTPS.
        session_s: How long the browser keeps a sign-in.
        open_content: Keeps the assistant up with what is published as long as the console runs.
    """
    doorkeeper = Doorkeeper(is_production, session_s)
    guard = PageGuard(doorkeeper)
    site = Site(title, doorkeeper, guard)
    pages = _Pages(assistant, clock)

    @asynccontextmanager
    async def lifespan(_console: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if open_content is not None:
                await stack.enter_async_context(open_content())
            doorkeeper.signing_in = await pages.open(stack, open_desks)
            tasks = await stack.enter_async_context(anyio.create_task_group())
            tasks.start_soon(guard.watch)
            yield
            tasks.cancel_scope.cancel()

    console = FastAPI(
        title=title, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    console.add_api_route("/healthz", _health(assistant, site), methods=["GET"])
    console.include_router(LoginRoutes(doorkeeper, title).router())
    console.mount(STATIC_URL, StaticFiles(directory=STATIC))
    pages.register(site)
    nicegui_app.exception_handler(404)(site.not_found)
    guard.install()
    _mount_pages(console, title)
    console.add_middleware(HungUp)
    console.add_middleware(Gate, doorkeeper=doorkeeper)
    console.add_middleware(SecurityHeaders)
    return console


def _health(assistant: Callable[[], Assistant], site: Site) -> Callable[[], dict[str, object]]:
    def healthz() -> dict[str, object]:
        """Say that the process lives, what it serves and how many pages are open."""
        revision = assistant().catalog.revision
        return {"status": "ok", "revision": revision, "tabs": len(site.tabs)}

    return healthz


class _Pages:
    """Draws the pages with what the process has opened."""

    def __init__(self, assistant: Callable[[], Assistant], clock: Callable[[], datetime]) -> None:
        self.desks: Desks | None = None
        self.content: ContentPages | None = None
        self._assistant = assistant
        self._clock = clock

    async def open(self, stack: AsyncExitStack, open_desks: OpenDesks) -> SigningIn:
        """Open what the pages need, until the stack is closed; return what signs people in."""
        self.desks = await stack.enter_async_context(open_desks())
        if self.desks.content is not None:
            self.content = ContentPages(self.desks.content)
        return SigningIn(self.desks.state)

    def register(self, site: Site) -> None:
        """Register every page; `needs` says what a role must allow, see `Site.add`."""
        for path in ("/", "/playground"):
            site.add(path, self._playground, needs=None)
        site.add("/inbox", self._inbox)
        site.add("/people", self._people)
        site.add("/overview", self._overview)
        site.add("/flows", self._flows)
        site.add("/calendar", self._calendar)
        register_content(site.add, lambda: self.content)
        site.add("/audit", self._audit, needs=Action.APPROVE)
        site.add("/help", lambda visit: _draw_help(visit, site))

    async def _overview(self, _visit: Visit) -> None:
        page = OverviewPage(self._assistant().catalog, self._opened.state.statistics, self._clock)
        await page.show()

    async def _flows(self, _visit: Visit) -> None:
        coverage = await anyio.to_thread.run_sync(coverage_of, self._assistant())
        FlowsPage(self._assistant().catalog, coverage)

    def _calendar(self, _visit: Visit) -> None:
        CalendarPage(self._assistant().catalog, self._clock)

    async def _audit(self, _visit: Visit) -> None:
        await AuditPage(self._opened.state.audit).show()

    @property
    def _opened(self) -> Desks:
        """What is open while pages are served.

        Raises:
            StateUnavailableError: Not yet, or not any more.
        """
        if self.desks is None:
            raise StateUnavailableError(AWAY)
        return self.desks

    def _inbox(self, visit: Visit) -> None:
        if self._opened.review is None:
            draw_notice("没有问题可看", "这个后台没有连上问题日志，请用 yibao console 启动。")
        else:
            InboxPage(self._opened.review, visit.operator)

    def _playground(self, _visit: Visit) -> None:
        Playground(self._assistant(), self._clock)

    def _people(self, visit: Visit) -> None:
        people = self._opened.people
        if people is None or not people.accounts:
            draw_notice("没有开人工", "在 intents/_accounts.yml 里给公众号写上 handoff。")
        else:
            PeoplePage(people, visit.operator, self._opened.state.audit)


def _draw_help(visit: Visit, site: Site) -> None:
    HelpPage(visit.operator, site.paths)


def _mount_pages(console: FastAPI, title: str) -> None:
    ui.run_with(
        console,
        title=title,
        favicon=FAVICON,
        dark=None,
        language="zh-CN",
        tailwind=False,
        reconnect_timeout=_RECONNECT_S,
        show_welcome_message=False,
    )
