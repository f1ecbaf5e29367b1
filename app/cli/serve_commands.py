"""`yibao serve`, `console` and `run`, without what other commands import: each start counts."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.output import chinese_errors
from app.settings import load_settings

ALONE = frozenset({"serve", "console", "run"})
"""The commands of this module."""


def serve(
    host: Annotated[str, typer.Option(envvar="YIBAO_HOST", help="监听地址。")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="YIBAO_PORT", help="监听端口。")] = 8000,
) -> None:
    """启动公众号回调服务。"""
    from app.cli.serving import serve as run_server

    with chinese_errors():
        run_server(load_settings(), host, port)


def console(
    host: Annotated[str, typer.Option(envvar="YIBAO_HOST", help="监听地址。")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="YIBAO_PORT", help="监听端口。")] = 8001,
) -> None:
    """启动运营后台和试聊页面（需要安装 console 扩展）。"""
    from app.cli.serving import console as run_console

    with chinese_errors():
        run_console(load_settings(), host, port)


def run(
    port: Annotated[int, typer.Option(help="回调服务端口。")] = 8000,
    console_port: Annotated[int, typer.Option(help="后台端口。")] = 8001,
) -> None:
    """在本机一起启动回调服务和后台，不需要公众号。"""
    from app.cli.serving import run_both

    with chinese_errors():
        load_settings()  # what is wrong is told once, before anything starts
        raise typer.Exit(run_both(port, console_port))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (serve, console, run):
        app.command()(command)


def application() -> typer.Typer:
    """Return an application with these commands only."""
    app = typer.Typer(
        name="yibao",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    register(app)
    return app
