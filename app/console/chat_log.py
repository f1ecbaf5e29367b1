"""The phone: bubbles of parent and bot, choices that can be tapped, what to do when it is empty."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.console.conversation import KEPT_EXCHANGES, Conversation, Exchange
from app.console.elements import box, button, icon, set_attribute, text
from app.console.reply_text import Link, Tap, Words, parse_reply
from app.console.wording import DECISIONS, MESSAGES, bot_name, moment
from app.domain.turn import MessageKind, Turn

NARROW = "(max-width: 999px)"
"""Media query of the one-column layout, as in console.css."""
_EMIT_NARROW = f"() => emit(matchMedia('{NARROW}').matches)"

# A moment later: the browser draws what was just sent to it first.
_SCROLL = """setTimeout(() => {
  const log = getHtmlElement(%d), last = getHtmlElement(%d);
  if (!log || !last) return;
  const above = last.getBoundingClientRect().top - log.getBoundingClientRect().top;
  log.scrollTop = Math.min(log.scrollTop + above - 12, log.scrollHeight - log.clientHeight);
}, 40)"""

Ask = Callable[[str, str], None]
"""Text and menu id → sends it."""
Explain = Callable[[int, bool], None]
"""Number of an exchange, whether the layout is narrow → shows its trace."""


class ChatLog:
    """Shows one conversation at a time; draws only what is new."""

    def __init__(self, ask: Ask, explain: Explain) -> None:
        self._ask = ask
        self._explain = explain
        self._rows: deque[Element] = deque()
        self._why: dict[int, Element] = {}
        self._selected = 0
        self._log = box(
            "div", "log", role="log", aria_label="对话", aria_live="polite", tabindex="0"
        )

    def show(self, conversation: Conversation, examples: Sequence[str]) -> None:
        """Draw a whole conversation, or what to do first where there is none yet."""
        self._log.clear()
        self._rows.clear()
        self._why.clear()
        if not conversation.exchanges:
            self._draw_empty(conversation.account.name, examples)
        for exchange in conversation.exchanges:
            self._draw(exchange, conversation.account.name)
        self._scroll_to_last()

    def add(self, exchange: Exchange, place: str) -> None:
        """Append an exchange; the oldest leaves with the conversation's memory of it."""
        if not self._rows:
            self._log.clear()
        self._draw(exchange, place)
        if len(self._rows) > KEPT_EXCHANGES:
            self._rows.popleft().delete()
            del self._why[next(iter(self._why))]
        self._scroll_to_last()

    def select(self, number: int) -> None:
        """Mark the exchange whose trace is shown."""
        for one, pressed in ((self._selected, "false"), (number, "true")):
            if one in self._why:
                set_attribute(self._why[one], "aria-pressed", pressed)
        self._selected = number

    def focus(self, number: int) -> None:
        """Give the keyboard back to the button that opened the trace."""
        if number in self._why:
            ui.run_javascript(f"getHtmlElement({self._why[number].id})?.focus()")

    def _draw_empty(self, place: str, examples: Sequence[str]) -> None:
        with self._log, box("div", "empty"):
            icon("forum", "empty-icon")
            text("像家长一样问一句", "h2", "empty-title")
            text(
                f"您现在是{place}的一位家长。在下面打字，按回车发送；"
                "点回复下面的“为什么”，就能看到机器人是怎么想的。",
                "p",
                "empty-text",
            )
            with box("div", "empty-examples"):
                for example in examples[:2]:
                    button(example, "chip").on("click", lambda e=example: self._ask(e, ""), [])

    def _draw(self, exchange: Exchange, place: str) -> None:
        with self._log, box("div", "exchange") as row:
            if exchange.stamped:
                text(moment(exchange.at), "div", "stamp")
            _draw_message(exchange)
            if exchange.turn.text:
                self._draw_reply(exchange, place)
            else:
                text("机器人不回复这种消息", "div", "stamp")
        self._rows.append(row)

    def _draw_reply(self, exchange: Exchange, place: str) -> None:
        with box("div", "line bot"):
            text(place[:1], classes="avatar", aria_hidden="true")
            with box("div", "said"):
                with box("div", "bubble"):
                    text(f"{bot_name(place)}：", classes="sr-only")
                    self._draw_segments(exchange.turn.text)
                why = button("", "why", aria_pressed="false")
                with why:
                    text(summary(exchange.turn))
                    text("为什么", classes="why-link")
                    icon("chevron_right")
        number = exchange.number
        why.on("click", lambda e: self._explain(number, _is_true(e)), js_handler=_EMIT_NARROW)
        self._why[number] = why

    def _draw_segments(self, reply: str) -> None:
        for segment in parse_reply(reply):
            match segment:
                case Words(words):
                    text(words)
                case Tap(label, say, menu_id):
                    button(label, "tap").on("click", lambda s=say, m=menu_id: self._ask(s, m), [])
                case Link(label, url):
                    text(label, "a", "link", href=url, target="_blank", rel="noopener noreferrer")

    def _scroll_to_last(self) -> None:
        """Show the end of the chat, or the beginning of a reply that is longer than the phone."""
        if self._rows:
            ui.run_javascript(_SCROLL % (self._log.id, self._rows[-1].id))


def summary(turn: Turn) -> str:
    """Say in a few characters what the bot decided and how sure it was."""
    words = DECISIONS[turn.decision]
    if turn.candidates:
        words += f" · 把握 {turn.candidates[0].confidence:.0%}"
    return words


def _draw_message(exchange: Exchange) -> None:
    kind = exchange.message.kind
    if kind is MessageKind.SUBSCRIBE:
        text("家长关注了公众号", "div", "stamp")
        return
    with box("div", "line parent"), box("div", "said"), box("div", "bubble"):
        text("家长：", classes="sr-only")
        if kind is MessageKind.TEXT:
            text(exchange.message.text)
        else:
            name, image = MESSAGES[kind]
            icon(image, "kind-icon")
            text(name)


def _is_true(event: GenericEventArguments) -> bool:
    return event.args is True
