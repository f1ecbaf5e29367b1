"""The line below the chat: text, send, and messages of other kinds."""

from __future__ import annotations

from collections.abc import Callable

from nicegui.events import GenericEventArguments

from app.console.elements import box, button, icon, set_attribute, text
from app.console.wording import MESSAGES
from app.domain.turn import MessageKind

MAX_CHARS = 20_000
"""More than WeChat lets a parent type; the dialogue cuts what it reads by itself."""

# Enter that confirms a candidate of a Chinese input method must not send (keyCode 229 in Safari).
_SEND_ON_ENTER = """(event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  const box = event.target;
  if (!box.value.trim()) return;
  emit(box.value);
  box.value = "";
  box.style.height = "";
}"""
_SEND_ON_CLICK = """() => {
  const box = getHtmlElement(%d);
  if (box.value.trim()) emit(box.value);
  box.value = "";
  box.style.height = "";
  box.focus();
}"""
_GROW = """(event) => {
  event.target.style.height = "auto";
  event.target.style.height = Math.min(event.target.scrollHeight, 132) + "px";
}"""


class Composer:
    """Sends what was typed. The text lives in the browser until then."""

    def __init__(
        self, send_text: Callable[[str], None], send_kind: Callable[[MessageKind], None]
    ) -> None:
        self._send_text = send_text
        self._send_kind = send_kind
        with box("div", "composer"):
            with box(
                "button", "btn icon-btn", type="button", aria_label="发别的消息"
            ) as self._plus:
                icon("add_circle_outline")
            field = box(
                "textarea",
                "field",
                rows="1",
                maxlength=str(MAX_CHARS),
                aria_label="家长说的话",
                placeholder="像家长一样问一句…",
                enterkeyhint="send",
                autocomplete="off",
            )
            send = button("发送", "primary send")
        with box("div", "kinds", role="group", aria_label="发别的消息") as self._kinds:
            for kind, (name, image) in MESSAGES.items():
                with button("", "kind") as one:
                    icon(image)
                    text(name)
                one.on("click", lambda k=kind: self._picked(k), [])
        field.on("keydown", self._typed, js_handler=_SEND_ON_ENTER)
        field.on("input", js_handler=_GROW)
        send.on("click", self._typed, js_handler=_SEND_ON_CLICK % field.id)
        set_attribute(self._plus, "aria-controls", self._kinds.html_id)
        self._plus.on("click", self._toggle, [])
        self._open(is_open=False)

    def _typed(self, event: GenericEventArguments) -> None:
        if isinstance(event.args, str) and event.args.strip():
            self._send_text(event.args[:MAX_CHARS])

    def _picked(self, kind: MessageKind) -> None:
        self._open(is_open=False)
        self._send_kind(kind)

    def _toggle(self) -> None:
        self._open(is_open=not self._is_open)

    def _open(self, *, is_open: bool) -> None:
        self._is_open = is_open
        self._kinds.visible = is_open
        set_attribute(self._plus, "aria-expanded", "true" if is_open else "false")
