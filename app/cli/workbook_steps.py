"""What `yibao export` and `yibao import` do; needs openpyxl, which the bot itself does not."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import Progress

from app import bootstrap
from app.cli.input_error import InputError
from app.cli.output import chinese_errors, err, print_line
from app.content.files import ContentFiles, read_files
from app.dialogue.texts import TEXT_KEYS
from app.settings import Settings, load_settings
from app.workbook.applying import check, write
from app.workbook.comparing import FileChange, compare
from app.workbook.content import read_intents
from app.workbook.exporting import export_bytes
from app.workbook.foreign import Foreign
from app.workbook.foreign_drafts import write_drafts
from app.workbook.kinds import Kind
from app.workbook.layout import SHEETS
from app.workbook.problems import WorkbookError
from app.workbook.reading import read_book
from app.workbook.recognising import read_foreign, recognise

_MOST_TOLD = 500
"""More faults than this have one cause, such as a sheet pasted over another."""


@contextmanager
def _told() -> Iterator[None]:
    """Let problems of a table end the command like any other wrong input."""
    with chinese_errors():
        try:
            yield
        except WorkbookError as error:
            told = [*map(str, error.problems), *error.notes]
            lines = told[:_MOST_TOLD]
            if len(told) > len(lines):
                lines.append(f"……还有 {len(told) - len(lines)} 个，先改好上面的")
            lines.append(f"共 {len(told)} 个问题，什么都没有改。")
            raise InputError("\n".join(lines)) from error


def export_book(file: Path) -> None:
    """Write all intents into a workbook; see `workbook_commands.export`."""
    with _told():
        settings = load_settings()
        if file.suffix.lower() != ".xlsx":
            raise InputError(f"文件名要以 .xlsx 结尾：{file}")
        root = bootstrap.content_root(settings)
        intents = read_intents(root)
        with Progress(console=err, transient=True) as progress:
            task = progress.add_task("导出", total=len(intents))
            files = read_files(root)
            data = export_bytes(
                intents, _regions(files), files.revision, lambda: progress.advance(task)
            )
        _write_whole(file, data)
        print_line(f"导出了 {len(intents)} 个问答到 {file}。")


def import_tables(
    files: list[Path], kind: Kind | None, region: str, drafts: Path | None, *, dry_run: bool
) -> None:
    """Take tables in; see `workbook_commands.import_`."""
    with _told():
        settings = load_settings()
        chosen = kind or recognise(files)
        if chosen is Kind.YIBAO:
            _import_book(settings, files[0], dry_run=dry_run)
            return
        foreign = read_foreign(chosen, files)
        regions = _regions(read_files(bootstrap.content_root(settings)))
        if region not in regions:
            raise InputError(f"请用 --region 说明是哪个地区的答案：{'、'.join(regions)}")
        folder = drafts or settings.var_dir / "drafts"
        _import_foreign(settings, foreign, region, folder, dry_run=dry_run)


def _import_book(settings: Settings, file: Path, *, dry_run: bool) -> None:
    root = bootstrap.content_root(settings)
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("读工作簿", total=len(SHEETS) + 2)

        def step(name: str) -> None:
            progress.update(task, advance=1, description=f"读“{name}”")

        book = read_book(file, step)
        plan = compare(book, read_intents(root))
        if plan.problems:
            raise WorkbookError(plan.problems)
        warnings: tuple[str, ...] = ()
        if plan.changes:
            step("检查内容")
            warnings = check(root, plan.changes, TEXT_KEYS)
    for change in plan.changes:
        _print_change(change)
    for warning in warnings:
        err.print(f"提醒：{warning}", markup=False)
    if not plan.changes:
        print_line("没有改动。")
    elif dry_run:
        print_line(f"会改 {len(plan.changes)} 个文件；这次没有写（--dry-run）。")
    else:
        write(root, plan.changes)
        print_line(f"改了 {len(plan.changes)} 个文件。")


def _print_change(change: FileChange) -> None:
    word = "新建" if change.before is None else "删除" if change.after is None else "修改"
    print_line(f"{word} {change.path}")
    if change.after is None:
        return
    before = (change.before or "").splitlines()
    for line in list(difflib.unified_diff(before, change.after.splitlines(), n=0, lineterm=""))[2:]:
        if not line.startswith("@@"):
            print_line(f"  {line}")


def _import_foreign(
    settings: Settings, foreign: Foreign, region: str, folder: Path, *, dry_run: bool
) -> None:
    for line in foreign.skipped:
        print_line(f"没有采用：{line}")
    if not foreign.intents:
        raise InputError("一个问答也没有读到。")
    questions = sum(len(intent.questions) for intent in foreign.intents)
    counted = f"{len(foreign.intents)} 个问答、{questions} 句问法"
    if dry_run:
        print_line(f"会写 {counted}的草稿；这次没有写（--dry-run）。")
        return
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("写草稿", total=len(foreign.intents))
        now = bootstrap.clock_of(settings)()
        try:
            target = write_drafts(folder, region, foreign, now, lambda: progress.advance(task))
        except OSError as error:
            raise InputError(f"写不了草稿 {folder}：{error.strerror}") from error
    print_line(f"{counted}写成了草稿：{target}")
    print_line("机器人不会读草稿。补上依据（source）、核对答案，再移到 intents/，运行 yibao lint。")


def _regions(files: ContentFiles) -> Sequence[str]:
    """Return all regions that accounts stand for."""
    if files.accounts is None:
        raise InputError("intents/_accounts.yml 有错误，先运行 yibao lint")
    return sorted({account.region for account in files.accounts.value.accounts.values()})


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that the user named; an older one stays where that fails."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"写不了 {path}：{error.strerror}") from error
