"""Commands that talk to the platform: menu, QR codes, doctor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console

from app import bootstrap
from app.cli.output import chinese_errors
from app.cli.wechat_access import chosen, open_api
from app.content.menu_writer import menu_yaml, unwritable
from app.domain.content import Account, Catalog
from app.domain.menu import Menu
from app.errors import SettingsError
from app.settings import Settings, load_settings, read_settings
from app.wechat.menu_wire import difference, from_wire, outline, to_wire

menu_app = typer.Typer(
    help="公众号菜单：比较、推送、取回（内容在 intents/menu.yml）。", no_args_is_help=True
)
_out = Console(highlight=False, soft_wrap=True)
_MENU_PATH = "intents/menu.yml"

AccountArgument = Annotated[str, typer.Argument(help="账号；不写就是所有账号。")]


def _with_menu(catalog: Catalog, name: str) -> tuple[tuple[Account, Menu], ...]:
    found = tuple((a, a.menu) for a in chosen(catalog, name) if a.menu is not None)
    if not found:
        raise SettingsError(f"{_MENU_PATH} 里没有写{name or '任何公众号'}的菜单")
    return found


async def _present(settings: Settings, account: Account) -> Menu:
    async with open_api(settings, account) as api:
        return from_wire(await api.menu() or {})


def _show(lines: Iterable[str]) -> None:
    for line in lines:
        _out.print(f"  {line}", markup=False)


@menu_app.command()
def diff(account: AccountArgument = "") -> None:
    """比较文件里的菜单和公众号现在的菜单；有差别则以 1 退出。"""
    with chinese_errors():
        settings = load_settings()
        differs = False
        for known, menu in _with_menu(bootstrap.load(settings), account):
            lines = difference(menu, asyncio.run(_present(settings, known)))
            differs = differs or bool(lines)
            _out.print(f"{known.id}：{'推送会改这些' if lines else '没有差别'}", markup=False)
            _show(lines)
        if differs:
            raise typer.Exit(1)


@menu_app.command()
def push(
    account: AccountArgument = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。")] = False,
) -> None:
    """把文件里的菜单推送到公众号；先列出差别并询问。"""
    with chinese_errors():
        settings = load_settings()
        for known, menu in _with_menu(bootstrap.load(settings), account):
            lines = difference(menu, asyncio.run(_present(settings, known)))
            if not lines:
                _out.print(f"{known.id}：没有差别，不用推送。", markup=False)
                continue
            _out.print(f"{known.id}：会改这些", markup=False)
            _show(lines)
            if not yes and not typer.confirm(f"推送到 {known.id}？"):
                _out.print("没有推送。", markup=False)
                raise typer.Exit(1)
            asyncio.run(_push(settings, known, menu))
            _out.print(
                f"{known.id}：推送好了。手机上重新进入公众号，最多 5 分钟后看到。", markup=False
            )


async def _push(settings: Settings, account: Account, menu: Menu) -> None:
    async with open_api(settings, account) as api:
        await api.create_menu(to_wire(menu))


@menu_app.command()
def pull(
    account: Annotated[str, typer.Argument(help="账号。")],
    write: Annotated[bool, typer.Option("--write", help=f"写进 {_MENU_PATH}。")] = False,
) -> None:
    """取回公众号现在的菜单，按 menu.yml 的写法打印或写进文件。"""
    with chinese_errors():
        settings = load_settings()
        (known,) = chosen(bootstrap.load(settings), account)
        menu = asyncio.run(_present(settings, known))
        if not menu.buttons:
            raise SettingsError(f"{account} 现在没有菜单")
        lost = unwritable(menu)
        path = bootstrap.content_root(settings) / _MENU_PATH
        if not write:
            _out.print(menu_yaml(account, menu), markup=False, end="")
            _show(f"# 写不进文件的按钮：{name}" for name in lost)
            return
        if lost:
            _show(outline(menu))
            raise SettingsError(f"这些按钮写不进 {_MENU_PATH}：{'、'.join(lost)}；没有改文件")
        present = path.read_text("utf-8") if path.is_file() else ""
        path.write_text(menu_yaml(account, menu, present), "utf-8")
        _out.print(f"写好了 {path}，请运行 yibao lint。", markup=False)


def qrcode(
    account: Annotated[str, typer.Argument(help="账号。")],
    scene: Annotated[str, typer.Argument(help="_accounts.yml 里 scenes 的名称。")],
    days: Annotated[
        int, typer.Option(min=0, max=30, help="几天后失效；0 是永久（一个号最多十万个）。")
    ] = 0,
) -> None:
    """生成带参数的二维码：家长扫了就从这个场景开始（要已认证的服务号）。"""
    with chinese_errors():
        settings = load_settings()
        (known,) = chosen(bootstrap.load(settings), account)
        if scene not in known.scenes:
            names = "、".join(known.scenes) or "还没有写"
            raise SettingsError(f"_accounts.yml 里 {account} 没有场景 {scene}；有：{names}")
        image_url = asyncio.run(_scene_image(settings, known, scene, days))
        _out.print(f"{known.scenes[scene].title}：{image_url}", markup=False)


async def _scene_image(settings: Settings, account: Account, scene: str, days: int) -> str:
    async with open_api(settings, account) as api:
        made = await api.scene_qr(scene, expires_in_s=days * 86400 if days else None)
        return made.image_url


def doctor(
    account: AccountArgument = "",
    url: Annotated[
        str,
        typer.Option(
            "--url", help="公众号后台填写的地址，例如 https://example.org/wechat/beijing。"
        ),
    ] = "",
    verbose: Annotated[
        bool, typer.Option("--verbose", help="连不上时另外写出程序里的错误名称。")
    ] = False,
) -> None:
    """检查部署和公众号的设置，说明哪里要改、在哪里点；有不通过的则以 1 退出。"""
    from app.cli.doctor.examination import Asked, examine

    with chinese_errors():
        settings, faults = read_settings()
        passed = asyncio.run(examine(settings, faults, Asked(account, url, verbose), _out))
        if not passed:
            raise typer.Exit(1)
