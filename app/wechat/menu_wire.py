"""The menu as the platform words it, both ways, and the difference of two menus in Chinese.

Source: 自定义菜单创建接口, 查询接口 (`menu.button`), 获取自定义菜单配置 (`selfmenu_info.button`,
whose groups have `sub_button.list`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.menu import COMMAND_PREFIX, FLOW_PREFIX, Button, ButtonKind, Menu

_KNOWN = {"click": ButtonKind.CLICK, "view": ButtonKind.VIEW}
_VALUES = ("key", "url", "media_id", "article_id", "value")


def to_wire(menu: Menu) -> dict[str, Any]:
    """Return the body of `/cgi-bin/menu/create`.

    Raises:
        ValueError: A button of a kind that our files cannot say.
    """
    return {"button": [_to_wire(button) for button in menu.buttons]}


def _to_wire(button: Button) -> dict[str, Any]:
    if button.kind is None:
        return {"name": button.name, "sub_button": [_to_wire(b) for b in button.children]}
    body: dict[str, Any] = {"type": button.kind.value, "name": button.name}
    match button.kind:
        case ButtonKind.CLICK:
            body["key"] = button.key
        case ButtonKind.VIEW:
            body["url"] = button.url
        case ButtonKind.MINI_PROGRAM:
            body |= {"url": button.url, "appid": button.app_id, "pagepath": button.page_path}
        case ButtonKind.OTHER:
            raise ValueError("a button of this kind cannot be pushed")
    return body


def from_wire(answer: Mapping[str, Any]) -> Menu:
    """Return the menu in an answer of either query; odd parts are left out."""
    found = answer.get("menu") or answer.get("selfmenu_info") or {}
    return Menu(tuple(_from_wire(item) for item in _items(found, "button")))


def _items(parent: object, name: str) -> list[Mapping[str, Any]]:
    found = parent.get(name) if isinstance(parent, Mapping) else None
    if isinstance(found, Mapping):
        found = found.get("list")
    return [i for i in found if isinstance(i, Mapping)] if isinstance(found, list) else []


def _from_wire(item: Mapping[str, Any]) -> Button:
    name = str(item.get("name", ""))
    children = _items(item, "sub_button")
    kind = str(item.get("type", ""))
    if children or not kind:
        return Button(name, children=tuple(_from_wire(child) for child in children))
    if kind in _KNOWN:
        return Button(name, _KNOWN[kind], key=_text(item, "key"), url=_text(item, "url"))
    if kind == ButtonKind.MINI_PROGRAM.value:
        return Button(
            name,
            ButtonKind.MINI_PROGRAM,
            url=_text(item, "url"),
            app_id=_text(item, "appid"),
            page_path=_text(item, "pagepath"),
        )
    value = next((str(item[key]) for key in _VALUES if item.get(key)), "")
    return Button(name, ButtonKind.OTHER, key=f"{kind} {value}".strip())


def _text(item: Mapping[str, Any], name: str) -> str:
    return str(item.get(name) or "")


def action_of(button: Button) -> str:
    """Return in Chinese what a tap does."""
    match button.kind:
        case None:
            return "打开二级按钮"
        case ButtonKind.CLICK if button.key.startswith(FLOW_PREFIX):
            return f"流程 {button.key.removeprefix(FLOW_PREFIX)}"
        case ButtonKind.CLICK if button.key.startswith(COMMAND_PREFIX):
            return f"命令 {button.key.removeprefix(COMMAND_PREFIX)}"
        case ButtonKind.CLICK:
            return f"回答 {button.key}"
        case ButtonKind.VIEW:
            return f"网页 {button.url}"
        case ButtonKind.MINI_PROGRAM:
            return f"小程序 {button.app_id} {button.page_path}"
        case ButtonKind.OTHER:
            return f"微信的 {button.key}"


def difference(wanted: Menu, present: Menu) -> tuple[str, ...]:
    """Return what a push would change, a line each; () where the menus are the same.

    `+` comes, `-` goes, `~` does something else, `↕` moves. Buttons are compared by their names.
    """
    return tuple(_compare(wanted.buttons, present.buttons, ""))


def _compare(wanted: tuple[Button, ...], present: tuple[Button, ...], above: str) -> Iterator[str]:
    old = {button.name: button for button in present}
    new = {button.name: button for button in wanted}
    for button in present:
        if button.name not in new:
            yield f"- {above}{button.name}：{action_of(button)}"
            yield from _compare((), button.children, f"{above}{button.name} › ")
    for button in wanted:
        before = old.get(button.name)
        path = f"{above}{button.name}"
        if before is None:
            yield f"+ {path}：{action_of(button)}"
            yield from _compare(button.children, (), f"{path} › ")
            continue
        if _deed(button) != _deed(before):
            yield f"~ {path}：{action_of(before)} → {action_of(button)}"
        yield from _compare(button.children, before.children, f"{path} › ")
    stay = [name for name in old if name in new]
    if stay != [name for name in new if name in old]:
        yield f"↕ {above or '一级按钮'}顺序：{'、'.join(old)} → {'、'.join(new)}"


def _deed(button: Button) -> tuple[object, ...]:
    return (button.kind, button.key, button.url, button.app_id, button.page_path)


def outline(menu: Menu) -> tuple[str, ...]:
    """Return the menu as indented lines, for people."""
    lines = []
    for button in menu.buttons:
        lines.append(f"{button.name}：{action_of(button)}")
        lines += [f"  {child.name}：{action_of(child)}" for child in button.children]
    return tuple(lines)
