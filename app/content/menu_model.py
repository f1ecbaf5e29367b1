"""What `intents/menu.yml` may contain, and the menus it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.content.field_types import FileModel, Id, Text
from app.domain.menu import Button, ButtonKind, Menu, click_key

ACTIONS = ("intent", "flow", "command", "url", "app_id")
"""Keys of which a button has exactly one; `buttons` is the other choice of a top button."""


class ButtonPart(FileModel):
    """A button that does something."""

    name: Text = Field(title="按钮上的字", description="一级最多 4 个汉字，二级最多 8 个。")
    intent: Id | None = Field(
        default=None,
        title="回答哪个意图",
        description="点了就回答；有流程的意图开始反问。",
        examples=["payment_window"],
    )
    flow: Id | None = Field(
        default=None,
        title="开始哪个流程",
        description="intents/flows 里的名称。",
        examples=["check_coverage"],
    )
    command: Id | None = Field(
        default=None,
        title="执行哪个命令",
        description="_commands.yml 里的名称。",
        examples=["help"],
    )
    url: Text | None = Field(
        default=None,
        title="打开网页",
        description="https:// 开头；小程序按钮写给旧版微信打开的网页。",
        examples=["https://example.org/"],
    )
    app_id: Text | None = Field(
        default=None,
        title="打开小程序",
        description="小程序的 AppID，要先在后台关联；另写 page_path 和 url。",
    )
    page_path: Text | None = Field(
        default=None, title="小程序页面", description="例如 pages/index/index。"
    )


class TopButtonPart(ButtonPart):
    """A button of the first row: does something, or opens up to five others."""

    buttons: Annotated[list[ButtonPart], Field(min_length=1)] | None = Field(
        default=None, title="二级按钮", description="一到五个；写了它就不写别的动作。"
    )


class MenuFile(FileModel):
    """`intents/menu.yml`."""

    menus: dict[Id, Annotated[list[TopButtonPart], Field(min_length=1)]] = Field(
        title="菜单", description="公众号: 一到三个一级按钮。"
    )


def build_menus(file: MenuFile) -> Mapping[str, Menu]:
    """Return the menus by account; the file has been checked."""
    return {
        account: Menu(tuple(_button(part) for part in parts))
        for account, parts in file.menus.items()
    }


def _button(part: ButtonPart) -> Button:
    children = (part.buttons or []) if isinstance(part, TopButtonPart) else []
    if children:
        return Button(part.name, children=tuple(_button(child) for child in children))
    if part.app_id:
        return Button(
            part.name,
            ButtonKind.MINI_PROGRAM,
            url=part.url or "",
            app_id=part.app_id,
            page_path=part.page_path or "",
        )
    if part.url:
        return Button(part.name, ButtonKind.VIEW, url=part.url)
    key = click_key(intent=part.intent or "", flow=part.flow or "", command=part.command or "")
    return Button(part.name, ButtonKind.CLICK, key=key)
