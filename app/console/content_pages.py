"""The pages of content, drawn for one operator each: 问答, 发布, 修订."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import Request

from app.console.content_ports import ContentPorts
from app.console.elements import box, text
from app.console.intent_desk import IntentDesk
from app.console.intent_page import IntentPage
from app.console.intents_page import IntentsPage
from app.console.page_steps import told
from app.console.publish_page import PublishPage
from app.console.revisions_page import RevisionsPage
from app.publishing.ports import Operator


class Visitor(Protocol):
    """A page being drawn, and for whom."""

    @property
    def request(self) -> Request:
        """Of the browser."""
        ...

    @property
    def operator(self) -> Operator:
        """Who is signed in."""
        ...


class ContentPages:
    """One a console; every page is drawn for whoever asks, with what their role allows."""

    def __init__(self, ports: ContentPorts) -> None:
        self._publisher = ports.publisher
        self._desk = IntentDesk(ports)

    async def intents(self, operator: Operator) -> None:
        """Draw 问答."""
        await IntentsPage(self._desk, operator).load()

    async def intent(self, operator: Operator, intent_id: str) -> None:
        """Draw one intent, or say that there is none."""
        with box("div", "content-page") as place:
            text("问答", "h1", "page-title")
            problem = text("", "p", "problem", role="alert")
            text("‹ 全部问答", "a", "link", href="/intents")
        with told(problem):
            opened = await self._desk.open(intent_id)
            place.delete()
            IntentPage(self._desk, operator, opened)

    async def publish(self, operator: Operator) -> None:
        """Draw 发布."""
        await PublishPage(self._publisher, self._desk, operator).load()

    async def revisions(self, operator: Operator) -> None:
        """Draw 修订."""
        await RevisionsPage(self._publisher, operator).load()


_Draw = Callable[[ContentPages, Visitor], Awaitable[None]]


def register_content(
    add: Callable[[str, Callable[[Visitor], Awaitable[None]]], None],
    opened: Callable[[], ContentPages | None],
) -> None:
    """Register the pages.

    Args:
        add: Registers one, by path and what draws it.
        opened: The pages once the console runs; None: content cannot be changed here.
    """

    def page(draw: _Draw) -> Callable[[Visitor], Awaitable[None]]:
        async def show(visit: Visitor) -> None:
            pages = opened()
            if pages is None:
                text("这里改不了内容", "h1", "page-title")
                text("服务没有接上发布的存储，请管理员看看服务日志。", "p")
            else:
                await draw(pages, visit)

        return show

    add("/intents", page(lambda pages, visit: pages.intents(visit.operator)))
    add("/intents/{intent_id}", page(_intent))
    add("/publish", page(lambda pages, visit: pages.publish(visit.operator)))
    add("/revisions", page(lambda pages, visit: pages.revisions(visit.operator)))


async def _intent(pages: ContentPages, visit: Visitor) -> None:
    await pages.intent(visit.operator, str(visit.request.path_params["intent_id"]))
