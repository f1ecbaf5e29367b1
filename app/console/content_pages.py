"""The pages of content, drawn for one operator each: 问答, 发布, 修订."""

from __future__ import annotations

from app.console.content_ports import ContentPorts
from app.console.elements import box, text
from app.console.intent_desk import IntentDesk
from app.console.intent_page import IntentPage
from app.console.intents_page import IntentsPage
from app.console.page_steps import told
from app.console.publish_page import PublishPage
from app.console.revisions_page import RevisionsPage
from app.publishing.ports import Operator


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
