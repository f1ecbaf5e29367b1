"""Labelled fields whose text belongs to the browser: nothing that is typed is ever overwritten.

NiceGUI draws a page's elements anew whenever one of them changes, and with `value` that would
reset what is being typed. So the text is only the field's default, and it is read by script.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from app.console.elements import box, set_attribute, text

Handler = Callable[[GenericEventArguments], Awaitable[None] | None]

_COLLECT = """Object.fromEntries(Object.entries(%s).map(
    ([name, id]) => [name, getHtmlElement(id)?.value ?? ""]))"""
_WHEN_TYPED = """(event) => {
  const box = event.currentTarget;
  clearTimeout(box.waiting);
  box.waiting = setTimeout(() => emit(%s), %d);
}"""
_MOST_ROWS = 16


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its label and the place for what is wrong with it."""

    control: Element
    problem: TextElement

    def blame(self, message: str) -> None:
        """Show what is wrong; nothing with an empty text."""
        self.problem.text = message
        set_attribute(self.control, "aria-invalid", "true" if message else None)


def text_field(
    label: str,
    content: str = "",
    *,
    rows: int = 1,
    hint: str = "",
    maxlength: int = 0,
    read_only: bool = False,
    placeholder: str = "",
) -> Field:
    """Create a field of one line, or of several with `rows` > 1."""
    with box("div", "form-field"):
        name = text(label, "label", "label")
        about = text(hint, "p", "muted small") if hint else None
        tag = "textarea" if rows > 1 else "input"
        control = box(tag, "field", autocomplete="off")
        control.props["defaultValue"] = content
        problem = text("", "p", "problem", role="status")
    name.props["for"] = control.html_id
    if rows > 1:
        lines = content.count("\n") + 2
        control.props["rows"] = str(min(_MOST_ROWS, max(rows, lines)))
    else:
        control.props["type"] = "text"
    if maxlength:
        control.props["maxlength"] = str(maxlength)
    if placeholder:
        control.props["placeholder"] = placeholder
    if read_only:
        control.props["readonly"] = True
    described = [element.html_id for element in (about, problem) if element is not None]
    control.props["aria-describedby"] = " ".join(described)
    return Field(control, problem)


def choice_field(label: str, options: Mapping[str, str], chosen: str = "") -> Element:
    """Create a labelled list to choose from; `options` are value → text."""
    with box("div", "form-field"):
        name = text(label, "label", "label")
        with box("select", "field") as control:
            for value, shown in options.items():
                option = text(shown, "option", value=value)
                if value == chosen:
                    option.props["selected"] = True
    name.props["for"] = control.html_id
    return control


def on_typed(container: Element, fields: Mapping[str, Element], handler: Handler, ms: int) -> None:
    """Call the handler with all fields' texts when typing in the container has paused."""
    for event in ("input", "change"):
        container.on(event, handler, js_handler=_WHEN_TYPED % (_collect(fields), ms))


def on_pressed(pressed: Element, fields: Mapping[str, Element], handler: Handler) -> None:
    """Call the handler with all fields' texts when a button is pressed."""
    pressed.on("click", handler, js_handler=f"() => emit({_collect(fields)})")


def _collect(fields: Mapping[str, Element]) -> str:
    ids = {name: element.id for name, element in fields.items()}
    # A name comes from content files: as JSON it cannot leave its place in the script.
    return _COLLECT % json.dumps(ids, ensure_ascii=True).replace("</", "<\\/")
