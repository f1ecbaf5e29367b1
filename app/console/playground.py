"""The playground: talk like a parent, at either account, at any time, and see why it answers so.

Everything belongs to one browser tab: settings, conversations and what is on the screen. It goes
when the tab's connection is given up, and nothing of it is written down.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from nicegui import ui

from app.console.chat_log import ChatLog
from app.console.composer import Composer
from app.console.conversation import Conversation, Exchange
from app.console.elements import box, icon, text
from app.console.movable_clock import MovableClock
from app.console.scene import Scene
from app.console.trace_panel import draw_trace
from app.console.wording import bot_name
from app.dialogue.assistant import Assistant
from app.domain.content import Account, Document
from app.domain.turn import MessageKind


class Playground:
    """One tab's playground; create it inside a page."""

    def __init__(self, assistant: Assistant, clock: Callable[[], datetime]) -> None:
        self._assistant = assistant
        self._clock = MovableClock(clock)
        user = f"playground-{secrets.token_hex(8)}"
        accounts = tuple(assistant.catalog.accounts.values())
        self._conversations = {a.id: Conversation(assistant, a, user) for a in accounts}
        self._current = self._conversations[accounts[0].id]
        with box("div", "playground"):
            self._scene = Scene(
                accounts,
                self._clock,
                switch=self._switch,
                restart=self._restart,
                ask=self._ask,
            )
            with box("section", "phone", aria_label="手机上的对话"):
                with box("div", "phone-title"):
                    self._name = text("", "h1")
                self._log = ChatLog(self._ask, self._explain)
                Composer(self._ask, self._send_kind)
            self._draw_panel()
        self._show()

    def _draw_panel(self) -> None:
        self._backdrop = box("div", "backdrop", aria_hidden="true")
        self._backdrop.on("click", self._close_panel, [])
        with box("aside", "trace", aria_label="为什么这样答") as self._panel:
            with box("div", "trace-title"):
                text("为什么这样答", "h2")
                with box(
                    "button", "btn icon-btn close", type="button", aria_label="关闭"
                ) as self._close:
                    icon("close")
            self._close.on("click", self._close_panel, [])
            self._trace = box("div", "trace-body", tabindex="0", role="region", aria_label="解释")
        self._panel.on("keydown.escape", self._close_panel, [])

    def _show(self) -> None:
        """Draw everything for the current account."""
        account = self._current.account
        examples = self._examples(account)
        self._name.text = bot_name(account.name)
        self._scene.show(account, examples, self._documents(account))
        self._log.show(self._current, examples)
        self._select(self._current.last)

    def _examples(self, account: Account) -> tuple[str, ...]:
        intents = self._assistant.catalog.intents
        return tuple(intents[i].title for i in account.welcome if i in intents)

    def _documents(self, account: Account) -> list[Document]:
        documents = self._assistant.catalog.documents.values()
        own = [d for d in documents if d.region == account.region]
        return sorted(own, key=lambda d: d.valid_until, reverse=True)

    def _switch(self, account_id: str) -> None:
        self._current = self._conversations[account_id]
        self._show()

    def _restart(self) -> None:
        self._current.restart()
        self._show()

    def _ask(self, words: str, menu_id: str = "") -> None:
        self._take(self._current.send(self._clock(), words, menu_id=menu_id))

    def _send_kind(self, kind: MessageKind) -> None:
        self._take(self._current.send(self._clock(), kind=kind))

    def _take(self, exchange: Exchange) -> None:
        self._log.add(exchange, self._current.account.name)
        self._select(exchange)

    def _select(self, exchange: Exchange | None) -> None:
        self._selected = exchange.number if exchange else 0
        self._log.select(self._selected)
        draw_trace(self._trace, exchange, self._assistant.catalog)

    def _explain(self, number: int, is_narrow: bool) -> None:
        """Show an exchange's trace; where there is one column, slide the panel over it."""
        self._select(self._current.find(number))
        if is_narrow:
            self._panel.classes(add="open")
            self._backdrop.classes(add="open")
            ui.run_javascript(f"setTimeout(() => getHtmlElement({self._close.id})?.focus(), 60)")

    def _close_panel(self) -> None:
        self._panel.classes(remove="open")
        self._backdrop.classes(remove="open")
        self._log.focus(self._selected)
