"""Steps that a page takes for an operator: what goes wrong is told in Chinese, on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from app.errors import AppError, StateError

_AWAY = "Redis 没有响应，没有办成，什么都没有丢。请稍后再试。"


@contextmanager
def told(problem: TextElement) -> Iterator[None]:
    """Show an error of the project at its place on the page; nothing where all went well."""
    problem.text = ""
    try:
        yield
    except StateError:
        problem.text = _AWAY
    except AppError as error:
        problem.text = str(error)


def say(message: str) -> None:
    """Tell that something was done."""
    ui.notify(message, type="positive")


def to_page(path: str) -> None:
    """Go to another page, or load this one anew."""
    ui.navigate.to(path)


def draw_in(place: Element, draw: Callable[[], None]) -> None:
    """Draw anew what stands in an element."""
    place.clear()
    with place:
        draw()
