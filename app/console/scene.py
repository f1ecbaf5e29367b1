"""Whom the operator plays, when, and what could be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from app.console.elements import box, button, icon, set_attribute, text
from app.console.movable_clock import FIRST_YEAR, LAST_YEAR, MovableClock, presets
from app.domain.content import Account, Document

_EMIT_VALUE = "(event) => emit(event.target.value)"
_OPEN_PICKER = "() => getHtmlElement(%d).showPicker()"


class Scene:
    """Account, clock, restart and example questions."""

    def __init__(
        self,
        accounts: Sequence[Account],
        clock: MovableClock,
        *,
        switch: Callable[[str], None],
        restart: Callable[[], None],
        ask: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._ask = ask
        with box("section", "scene", aria_label="试聊设置"):
            with box("div", "scene-block account"):
                text("公众号", "h2", "label")
                self._accounts = _segmented(
                    "公众号", {account.id: account.name for account in accounts}, switch
                )
            with box("div", "scene-block clock"):
                text("时间", "h2", "label")
                self._modes = _segmented("时间", {"now": "现在", "chosen": "指定"}, self._pick_mode)
            with box("div", "scene-block restart"):
                with button("", "quiet", title="忘掉这次对话，像第一次来的家长") as again:
                    icon("restart_alt")
                    text("重新开始")
                again.on("click", restart, [])
            self._draw_moment()
            with box("div", "scene-block examples"):
                text("举例问题", "h2", "label")
                self._examples = box("div", "chips", role="group", aria_label="举例问题")
            with box("div", "scene-block documents"):
                text("依据的文件", "h2", "label")
                self._documents = box("ul")
        self._show_mode()

    def show(
        self, account: Account, examples: Sequence[str], documents: Sequence[Document]
    ) -> None:
        """Show the settings for an account.

        Args:
            account: Whose settings.
            examples: Questions to try.
            documents: What the account answers from, newest first.
        """
        _press(self._accounts, account.id)
        self._documents.clear()
        with self._documents:
            for document in documents:
                with box("li"):
                    text(document.title)
                    until = f"{document.valid_from:%Y-%m-%d} 至 {document.valid_until:%Y-%m-%d}"
                    text(f"有效期 {until}", classes="muted small")
        self._examples.clear()
        with self._examples:
            for example in examples:
                button(example, "chip").on("click", lambda e=example: self._ask(e), [])
        self._presets.clear()
        with self._presets:
            for preset in presets(documents):
                chip = button(preset.label, "chip")
                chip.on("click", lambda m=preset.moment: self._choose(m), [])

    def _draw_moment(self) -> None:
        with box("div", "scene-block moment") as self._moment:
            with box("div", "moment-fields"):
                self._field = box(
                    "input",
                    "field",
                    type="text",
                    autocomplete="off",
                    aria_label="指定的时间（北京时间），例如 2025-12-10 10:00",
                )
                # The browser's own calendar; its field shows dates in the browser's language.
                picker = box(
                    "input", "picker", type="datetime-local", tabindex="-1", aria_hidden="true"
                )
                with box("button", "btn icon-btn", type="button", aria_label="打开日历") as opener:
                    icon("calendar_month")
            self._field.on("change", self._changed, js_handler=_EMIT_VALUE)
            picker.on("change", self._changed, js_handler=_EMIT_VALUE)
            opener.on("click", js_handler=_OPEN_PICKER % picker.id)
            self._problem = text("", "p", "problem", role="alert")
            self._presets = box("div", "chips", role="group", aria_label="常用时间")

    def _changed(self, event: GenericEventArguments) -> None:
        self._choose(str(event.args))

    def _choose(self, moment: str) -> None:
        if self._clock.choose(moment):
            self._problem.text = ""
        else:
            self._problem.text = (
                f"没看懂。请写成 2025-12-10 10:00 这样，{FIRST_YEAR} 到 {LAST_YEAR} 年之间。"
            )
        self._show_mode()

    def _pick_mode(self, mode: str) -> None:
        if mode == "now":
            self._clock.run()
            self._problem.text = ""
        else:
            self._clock.choose(self._clock.words())
        self._show_mode()

    def _show_mode(self) -> None:
        is_chosen = self._clock.chosen is not None
        _press(self._modes, "chosen" if is_chosen else "now")
        self._moment.visible = is_chosen
        if is_chosen:
            set_attribute(self._field, "value", self._clock.words())


def _segmented(
    name: str, options: Mapping[str, str], pick: Callable[[str], None]
) -> dict[str, Element]:
    """Draw a few buttons of which one is pressed."""
    buttons: dict[str, Element] = {}
    with box("div", "segmented", role="group", aria_label=name):
        for value, label in options.items():
            one: TextElement = button(label, "segment")
            one.on("click", lambda v=value: pick(v), [])
            buttons[value] = one
    return buttons


def _press(buttons: Mapping[str, Element], pressed: str) -> None:
    for value, one in buttons.items():
        set_attribute(one, "aria-pressed", "true" if value == pressed else "false")
