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
from app.domain.operators import Operator

STATIC = Path(__file__).with_name("static")
STATIC_URL = "/console-static"
_TOGGLE_MENU = """() => {
  const open = getHtmlElement(%d).getAttribute("aria-expanded") !== "true";
  getHtmlElement(%d).classList.toggle("open", open);
  getHtmlElement(%d).setAttribute("aria-expanded", open ? "true" : "false");
}"""
_CLOSE_MENU = """() => {
  getHtmlElement(%d).setAttribute("aria-expanded", "false");
  getHtmlElement(%d).classList.remove("open");
  getHtmlElement(%d).focus();
}"""
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
    NavItem("/overview", "概览", "insights"),
    NavItem("/playground", "试聊", "forum"),
    NavItem("/inbox", "待处理", "inbox"),
    NavItem("/people", "人工", "support_agent"),
    NavItem("/intents", "问答", "quiz"),
    NavItem("/flows", "流程", "account_tree"),
    NavItem("/calendar", "日历", "calendar_month"),
    NavItem("/publish", "发布", "publish"),
    NavItem("/revisions", "修订", "history"),
    NavItem("/audit", "记录", "fact_check"),
    NavItem("/help", "帮助", "help"),
)
"""Pages in the order of the header; those that nobody registered are not shown."""


def title_of(path: str) -> str:
    """Return what the page at a path is called; pages below another share its name."""
    first = "/" + path.split("/")[1]
    return next((item.title for item in NAVIGATION if item.path == first), "试聊")


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


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page."""

    product: str
    """Name shown in the header."""
    path: str
    """Of the page, as in `NAVIGATION`."""
    cookies: Mapping[str, str]
    """Of the request, for the theme."""
    operator: Operator | None
    """None: nobody is signed in."""
    shown: frozenset[str]
    """Paths that the navigation may show."""


@contextmanager
def frame(around: Frame) -> Iterator[Element]:
    """Lay out a page; what is created inside stands in its main region."""
    ui.add_head_html(f'<link rel="stylesheet" href="{stylesheet_url()}">')
    ui.on_exception(_apologise)
    with ui.header(wrap=False).classes("top"):
        with box("div", "brand"):
            with box("span", "brand-mark", aria_hidden="true"):
                icon("add")
            text(around.product, classes="brand-name")
        _navigation(around)
        _person(around.operator)
        _theme_button(theme_of(around.cookies))
    with box("div", "main", tabindex="-1", role="main") as main:
        yield main
    ui.skip_link("跳到主要内容", target=main)


def _navigation(around: Frame) -> None:
    """Links to the pages; where the window is narrow a button shows and hides them."""
    items = [item for item in NAVIGATION if item.path in around.shown]
    first = "/" + around.path.split("/")[1] if around.path else ""
    with box("button", "btn icon-btn menu-btn", type="button", aria_label="菜单") as opener:
        icon("menu")
    with box("nav", "nav", aria_label="页面") as nav:
        for item in items:
            _nav_link(item, current=item.path == first)
    set_attribute(opener, "aria-expanded", "false")
    set_attribute(opener, "aria-controls", f"c{nav.id}")
    opener.on("click", js_handler=_TOGGLE_MENU % (opener.id, nav.id, opener.id))
    nav.on("keydown.escape", js_handler=_CLOSE_MENU % (opener.id, nav.id, opener.id))


def _person(operator: Operator | None) -> None:
    """Who is signed in and the way out; or the way in."""
    if operator is None:
        text("试聊不用登录", classes="guest-hint muted small")
        with box("a", "sign-in", href="/login", title="登录后可以看会话、改内容、发布"):
            text("登录")
        return
    # A form, not an event: the browser must forget its cookie, which only a response can say.
    with box("form", "person", method="post", action="/logout"):
        text(
            operator.name, classes="person-name", title=f"{operator.name}（{operator.role.label}）"
        )
        with box("button", "btn icon-btn", type="submit", aria_label="退出登录", title="退出登录"):
            icon("logout")


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


def stylesheet_url() -> str:
    """Name the style sheet by its content, so that a browser never shows new pages in old style."""
    digest = hashlib.sha256((STATIC / "console.css").read_bytes()).hexdigest()[:12]
    return f"{STATIC_URL}/console.css?v={digest}"
