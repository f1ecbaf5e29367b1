"""The few HTML elements pages are made of. Text goes in as text nodes, attributes as values.

Nothing here takes markup: there is no way to pass HTML, Markdown or a style through it.
"""

from __future__ import annotations

from typing import TypeVar

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

Created = TypeVar("Created", bound=Element)


def box(tag: str, classes: str = "", **attributes: str) -> Element:
    """Create an element to put others into; `aria_label` becomes `aria-label`."""
    return _dressed(ui.element(tag), classes, attributes)


def text(content: str, tag: str = "span", classes: str = "", **attributes: str) -> TextElement:
    """Create an element that shows a text, whatever characters it has."""
    return _dressed(TextElement(tag=tag, text=content), classes, attributes)


def icon(name: str, classes: str = "") -> Element:
    """Create a decorative icon from the font that the server brings along."""
    return _dressed(ui.icon(name), classes, {"aria-hidden": "true"})


def button(label: str = "", classes: str = "", **attributes: str) -> TextElement:
    """Create a button; without a visible label it needs an `aria_label`."""
    return text(label, "button", f"btn {classes}".strip(), type="button", **attributes)


def set_attribute(element: Element, name: str, value: str | None) -> None:
    """Set an attribute of a shown element, or remove it with None."""
    if value is None:
        element.props.pop(name, None)
    else:
        element.props[name] = value


def _dressed(element: Created, classes: str, attributes: dict[str, str]) -> Created:
    if classes:
        element.classes(classes)
    for name, value in attributes.items():
        element.props[name.replace("_", "-")] = value
    return element
