"""`yibao operator`: accounts of the console; the first one can be made nowhere else."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Annotated, TypeVar

import typer

from app import bootstrap, runtime
from app.cli.input_error import InputError
from app.cli.output import chinese_errors, print_line
from app.domain.operators import Role
from app.errors import ConsoleError, SettingsError
from app.settings import load_settings
from app.state.audit import AuditLog
from app.state.operators import Operators

app = typer.Typer(help="运营后台的账号：新建、列出、删除、换角色、换密码。", no_args_is_help=True)

BY = "命令行"
"""Who did it, in the audit log."""
T = TypeVar("T")

NameArgument = Annotated[str, typer.Argument(help="账号名，1 到 32 个汉字、字母或数字。")]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="从标准输入读密码（一行），不在终端里问。")
]


@app.command()
def add(
    name: NameArgument,
    role: Annotated[
        Role, typer.Option("--role", help="viewer 查看，editor 编辑，approver 审核。")
    ] = Role.VIEWER,
    from_stdin: StdinOption = False,
) -> None:
    """新建一个账号；密码在终端里输两遍，至少 10 个字符。"""
    with chinese_errors():
        passwords = _passwords()
        known = passwords.checked_name(name)
        hashed = passwords.hash_password(_password(known, from_stdin))

        async def step(operators: Operators, audit: AuditLog) -> None:
            await operators.add(known, role, hashed)
            await audit.note(BY, "新建账号", known, role.label)

        _run(step)
        print_line(f"已新建账号 {known}（{role.label}）。")


@app.command(name="list")
def list_() -> None:
    """列出所有账号。"""
    with chinese_errors():
        accounts = _run(lambda operators, _audit: operators.all())
        for account in accounts:
            print_line(f"{account.name}　{account.role.label}　{account.created:%Y-%m-%d %H:%M}")
        if not accounts:
            print_line("还没有账号：yibao operator add 名字 --role approver")


@app.command()
def remove(name: NameArgument) -> None:
    """删除一个账号；正在用的登录立即失效。"""
    with chinese_errors():
        known = _passwords().same_name(name)

        async def step(operators: Operators, audit: AuditLog) -> bool:
            if not await operators.remove(known):
                raise ConsoleError(f"没有名叫 {known} 的账号；yibao operator list 列出所有账号")
            await audit.note(BY, "删除账号", known)
            return any(a.role is Role.APPROVER for a in await operators.all())

        has_approver = _run(step)
        print_line(f"已删除账号 {known}。")
        if not has_approver:
            print_line("注意：现在没有“审核”账号，没有人能发布。")


@app.command()
def role(
    name: NameArgument,
    new: Annotated[Role, typer.Argument(metavar="ROLE", help="viewer、editor 或 approver。")],
) -> None:
    """换一个账号的角色；打开着的页面会按新角色重新载入。"""
    with chinese_errors():
        known = _passwords().same_name(name)

        async def step(operators: Operators, audit: AuditLog) -> None:
            await operators.change(known, role=new)
            await audit.note(BY, "换角色", known, new.label)

        _run(step)
        print_line(f"{known} 现在是“{new.label}”。")


@app.command()
def password(name: NameArgument, from_stdin: StdinOption = False) -> None:
    """换一个账号的密码；它所有的登录立即失效。"""
    with chinese_errors():
        passwords = _passwords()
        known = passwords.same_name(name)
        hashed = passwords.hash_password(_password(known, from_stdin))

        async def step(operators: Operators, audit: AuditLog) -> None:
            await operators.change(known, password_hash=hashed)
            await audit.note(BY, "换密码", known)

        _run(step)
        print_line(f"已换 {known} 的密码，需要重新登录。")


def _passwords() -> ModuleType:
    """Return the module; argon2 comes with the console extra."""
    try:
        from app.console import passwords
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("argon2"):
            raise
        raise SettingsError(
            "账号需要 console 扩展，在程序目录里：pip install '.[console]'"
        ) from error
    return passwords


def _password(name: str, from_stdin: bool) -> str:
    if from_stdin:
        typed = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        typed = typer.prompt("密码", hide_input=True)
        if typer.prompt("再输一遍", hide_input=True) != typed:
            raise InputError("两遍输的不一样，没有改动")
    else:
        raise InputError("这里没有终端；请用 --password-stdin 从标准输入给密码")
    checked: str = _passwords().checked_password(name, typed)
    return checked


def _run(step: Callable[[Operators, AuditLog], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = load_settings()
        clock = bootstrap.clock_of(settings)
        store = await runtime.open_state(settings)
        try:
            return await step(Operators(store, clock), AuditLog(store, clock))
        finally:
            await store.close()

    return asyncio.run(run())
