"""The console process: pages on an own FastAPI application, wired by closures only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from nicegui import Client, ui
from nicegui import app as nicegui_app
from nicegui.page import page

from app.console.elements import box, icon, text
from app.console.inbox_page import InboxPage
from app.console.people import People
from app.console.people_page import PeoplePage
from app.console.playground import Playground
from app.console.review_desk import Operator, ReviewDesk
from app.console.security_headers import SecurityHeaders
from app.console.shell import FAVICON, STATIC, STATIC_URL, frame
from app.dialogue.assistant import Assistant

MAX_TABS = 200
"""Open pages at once; each keeps its conversations in memory."""
_RECONNECT_S = 10.0
"""How long a page whose connection broke is kept for it to come back."""


OpenPeople = Callable[[], AbstractAsyncContextManager[People]]
"""Opens the inbox for as long as the console runs."""
OpenReview = Callable[[], AbstractAsyncContextManager[ReviewDesk]]
"""Opens the questions to review for as long as the console runs."""


@dataclass(frozen=True, slots=True)
class _Anybody:
    """Whoever opens the console, until people sign in."""

    name: str = "本机"
    may_edit: bool = True
    may_approve: bool = True


def create_console_app(
    assistant: Assistant,
    clock: Callable[[], datetime],
    *,
    title: str = "医保小助手",
    open_people: OpenPeople | None = None,
    open_review: OpenReview | None = None,
    operator: Operator | None = None,
) -> FastAPI:
    """Return the console; run it with one worker, since pages live in the process.

    NiceGUI keeps its routes for the whole process: the console created last is the one served.

    Args:
        assistant: Answers what is asked in the playground.
        clock: Tells the present moment in Asia/Shanghai.
        title: Name of the product in header and window title.
        open_people: For the page 人工; None: no account hands over to people.
        open_review: For the page 待处理; None: nothing is kept to review.
        operator: Who uses the page 待处理; None: anybody may.
    """
    pages = _Pages(assistant, clock, title)
    pages.operator = operator or _Anybody()

    @asynccontextmanager
    async def lifespan(_console: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if open_people is not None:
                pages.people = await stack.enter_async_context(open_people())
            if open_review is not None:
                pages.review = await stack.enter_async_context(open_review())
            yield

    def healthz() -> dict[str, object]:
        """Say that the process lives, what it serves and how many pages are open."""
        revision = assistant.catalog.revision
        return {"status": "ok", "revision": revision, "tabs": len(pages.tabs)}

    console = FastAPI(
        title=title, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    console.add_api_route("/healthz", healthz, methods=["GET"])
    console.mount(STATIC_URL, StaticFiles(directory=STATIC))
    for path in ("/", "/playground"):
        ui.page(path, title=f"试聊 · {title}")(pages.show_playground)
    ui.page("/inbox", title=f"待处理 · {title}")(pages.show_inbox)
    ui.page("/people", title=f"人工 · {title}")(pages.show_people)
    nicegui_app.exception_handler(404)(pages.not_found)
    _mount_pages(console, title)
    console.add_middleware(SecurityHeaders)
    return console


class _Pages:
    """Draws the pages, for at most `MAX_TABS` tabs at once."""

    def __init__(self, assistant: Assistant, clock: Callable[[], datetime], title: str) -> None:
        self.tabs: set[str] = set()
        self.people: People | None = None
        self.review: ReviewDesk | None = None
        self.operator: Operator = _Anybody()
        self._assistant = assistant
        self._clock = clock
        self._title = title

    def show_playground(self, request: Request, client: Client) -> None:
        """Draw the page 试聊."""
        with frame(self._title, "/playground", request.cookies):
            if self._admits(client):
                Playground(self._assistant, self._clock)

    def show_inbox(self, request: Request, client: Client) -> None:
        """Draw the page 待处理."""
        with frame(self._title, "/inbox", request.cookies):
            if self.review is None:
                _draw_notice("没有问题可看", "这个后台没有连上问题日志，请用 yibao console 启动。")
            elif self._admits(client):
                InboxPage(self.review, self.operator)

    def show_people(self, request: Request, client: Client) -> None:
        """Draw the page 人工."""
        with frame(self._title, "/people", request.cookies):
            if self.people is None or not self.people.accounts:
                _draw_notice("没有开人工", "在 intents/_accounts.yml 里给公众号写上 handoff。")
            elif self._admits(client):
                PeoplePage(self.people)

    def not_found(self, request: Request, _error: Exception) -> Response:
        """Say that there is no such page."""
        with Client(page(""), request=request) as client:
            with frame(self._title, "", request.cookies):
                _draw_notice("没有这个页面", "网址可能写错了，请从上面的菜单进入。")
            return client.build_response(request, 404)

    def _admits(self, client: Client) -> bool:
        if len(self.tabs) >= MAX_TABS:
            _draw_notice("打开的页面太多", "请关掉几个不用的页面，半分钟后再刷新。")
            return False
        self.tabs.add(client.id)
        client.on_delete(lambda: self.tabs.discard(client.id))
        return True


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


def _draw_notice(heading: str, advice: str) -> None:
    with box("div", "empty notice"):
        icon("info", "empty-icon")
        text(heading, "h1", "empty-title")
        text(advice, "p", "empty-text")
