"""`yibao export` and `yibao import`: content as a workbook, and other bots' tables as drafts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import chinese_errors
from app.errors import SettingsError
from app.workbook.kinds import Kind

_MISSING = "读写 Excel 需要 console 扩展，在程序目录里：pip install '.[console]'"


@contextmanager
def needs_spreadsheets() -> Iterator[None]:
    """Say which extra is missing where openpyxl is; the bot's own image has none."""
    with chinese_errors():
        try:
            yield
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("openpyxl"):
                raise
            raise SettingsError(_MISSING) from error


def export(
    file: Annotated[Path, typer.Argument(help="写到哪里，例如 content.xlsx。")],
) -> None:
    """把全部问答导出成 Excel 工作簿，改完用 yibao import 导回来。"""
    with needs_spreadsheets():
        from app.cli.workbook_steps import export_book

        export_book(file)


def import_(
    files: Annotated[list[Path], typer.Argument(help="导出后改过的工作簿；或别的机器人的问答表。")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会改什么，不写文件。")] = False,
    kind: Annotated[
        Kind | None,
        typer.Option(
            "--from", help="从哪里来；不写就自己认。rasa 要给 nlu.yml 和 domain.yml 两个文件。"
        ),
    ] = None,
    region: Annotated[str, typer.Option(help="别的机器人的答案是哪个地区的。")] = "",
    drafts: Annotated[
        Path | None, typer.Option(help="草稿写到哪个文件夹；不写就是 var/drafts。")
    ] = None,
) -> None:
    """把改过的工作簿导回来：只动改过的行，有一处不对就什么都不改。"""
    with needs_spreadsheets():
        from app.cli.workbook_steps import import_tables

        import_tables(files, kind, region, drafts, dry_run=dry_run)
