"""What every page has around it: head, header with navigation, theme, skip link, main region."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nicegui import ui
from nicegui.element import Element

from app.console.elements import box, icon, set_attribute, text

STATIC = Path(__file__).with_name("static")
STATIC_URL = "/console-static"
THEME_COOKIE = "yibao_theme"
"""Kept by the browser: the server stores nothing about operators' tastes."""

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="9" fill="#0b7a5c"/>'
    '<path d="M16 8v16M8 16h16" stroke="#fff" stroke-width="4.5" stroke-linecap="round"/></svg>'
)


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page in the navigation."""

    path: str
    title: str
    icon: str


NAVIGATION = (
    NavItem("/playground", "试聊", "forum"),
    NavItem("/inbox", "待处理", "inbox"),
    NavItem("/people", "人工", "support_agent"),
)
"""Pages in the order of the header."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One way the console can look."""

    key: str
    title: str
    icon: str
    dark: bool | None
    """None: as the system is set."""


THEMES = (
    Theme("auto", "跟随系统", "brightness_auto", None),
    Theme("light", "浅色", "light_mode", False),
    Theme("dark", "深色", "dark_mode", True),
)


def theme_of(cookies: Mapping[str, str]) -> Theme:
    """Return the theme that the browser asks for."""
    wanted = cookies.get(THEME_COOKIE)
    return next((theme for theme in THEMES if theme.key == wanted), THEMES[0])


@contextmanager
def frame(product: str, path: str, cookies: Mapping[str, str]) -> Iterator[Element]:
    """Lay out a page; what is created inside stands in its main region.

    Args:
        product: Name shown in the header.
        path: Of the page, as in `NAVIGATION`.
        cookies: Of the request, for the theme.
    """
    ui.add_head_html(f'<link rel="stylesheet" href="{_stylesheet_url()}">')
    ui.on_exception(_apologise)
    with ui.header(wrap=False).classes("top"):
        with box("div", "brand"):
            with box("span", "brand-mark", aria_hidden="true"):
                icon("add")
            text(product, classes="brand-name")
        with box("nav", "nav", aria_label="页面"):
            for item in NAVIGATION:
                _nav_link(item, current=item.path == path)
        _theme_button(theme_of(cookies))
    with box("div", "main", tabindex="-1") as main:
        yield main
    ui.skip_link("跳到主要内容", target=main)


def _nav_link(item: NavItem, *, current: bool) -> None:
    with box("a", "nav-link", href=item.path) as link:
        icon(item.icon)
        text(item.title)
    if current:
        set_attribute(link, "aria-current", "page")


def _theme_button(theme: Theme) -> None:
    """A button that goes through the themes; the browser remembers the choice in a cookie."""
    mode = ui.dark_mode(theme.dark)
    chosen = theme

    with box("button", "btn icon-btn theme-btn", type="button") as button:
        image = ui.icon("").props("aria-hidden=true")

    def show() -> None:
        image.name = chosen.icon
        set_attribute(button, "aria-label", f"外观：{chosen.title}")
        set_attribute(button, "title", f"外观：{chosen.title}")

    def advance() -> None:
        nonlocal chosen
        chosen = THEMES[(THEMES.index(chosen) + 1) % len(THEMES)]
        mode.value = chosen.dark
        show()
        ui.run_javascript(
            f"document.cookie = '{THEME_COOKIE}={chosen.key};path=/;max-age=31536000;samesite=lax'"
        )

    show()
    button.on("click", advance, [])


def _apologise() -> None:
    ui.notify("这一步出错了，没有处理。请再试一次；原因记在服务日志里。", type="negative")


def _stylesheet_url() -> str:
    """Name the style sheet by its content, so that a browser never shows new pages in old style."""
    digest = hashlib.sha256((STATIC / "console.css").read_bytes()).hexdigest()[:12]
    return f"{STATIC_URL}/console.css?v={digest}"
