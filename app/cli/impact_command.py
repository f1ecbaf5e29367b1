"""`yibao impact`: what a changed content does before any parent sees it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import bootstrap
from app.cli.content_sources import open_content
from app.cli.evaluate import read_rows
from app.cli.input_error import InputError
from app.cli.output import chinese_errors, err, print_line, write_text
from app.content.conversations import load_conversations
from app.dialogue.assistant import Assistant
from app.errors import ContentError
from app.impact.cases import ReplayCase, cases_of, joined, real_cases
from app.impact.comparing import compare
from app.impact.findings import Impact
from app.impact.html_report import impact_page
from app.impact.json_form import to_json
from app.impact.text_report import lines_of
from app.settings import Settings, load_settings

EXIT_WORSE = 1
EXIT_ERROR = 2

AT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]


class Format(StrEnum):
    """What a report is written as."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class ProgressForm(StrEnum):
    """How progress is told on stderr."""

    BAR = "bar"
    JSON_LINES = "json-lines"
    NONE = "none"


OutOption = Annotated[Path | None, typer.Option("--out", help="写到这个文件。")]


def impact(
    old: Annotated[
        str, typer.Argument(help="现在用的内容：目录、修订 zip，或 git 版本（HEAD、main）。")
    ],
    new: Annotated[
        str, typer.Argument(help="要发布的内容；不写就是内容目录（YIBAO_CONTENT_DIR）。")
    ] = "",
    at: Annotated[
        datetime | None,
        typer.Option("--at", help="按这个时刻回答；不写就是现在。", formats=AT_FORMATS),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="报告写成什么。")] = Format.TEXT,
    questions: Annotated[
        Path | None,
        typer.Option("--questions", help="家长问过的问题（JSONL：account、text、count），也重放。"),
    ] = None,
    out: OutOption = None,
    progress: Annotated[
        ProgressForm, typer.Option("--progress", help="进度怎么报（在标准错误上）。")
    ] = ProgressForm.BAR,
) -> None:
    """比较两份内容：哪些回答变了，哪些问题被抢走、变成不回答，是哪条新说法造成的。

    没有比原来差的以 0 退出，有则以 1，出错以 2。
    """
    with (
        _two_for_errors(),
        chinese_errors(),
        _stoppable(),
        TemporaryDirectory(prefix="yibao-impact-") as folder,
    ):
        settings = load_settings()
        now = bootstrap.at_shanghai(at) if at else bootstrap.clock_of(settings)()
        roots = _roots(settings, old, new, Path(folder))
        asked = real_cases(_questions(questions)) if questions else ()
        before, old_cases = _open(settings, roots[0], f"原来的内容 {old}", progress)
        after, new_cases = _open(settings, roots[1], f"新的内容 {new}".strip(), progress)
        cases = (*joined(old_cases, new_cases), *asked)
        with _progress(progress) as advance:
            found = compare(before, after, cases, now, advance)
        _write(found, form, out, f"影响：{old} → {new or '内容目录'}")
        if found.regressions:
            raise typer.Exit(EXIT_WORSE)


@contextmanager
def _two_for_errors() -> Iterator[None]:
    """Make every failure exit 2, so that 1 always means that something is worse."""
    try:
        yield
    except typer.Exit as error:
        if error.exit_code > EXIT_WORSE:
            raise typer.Exit(EXIT_ERROR) from error
        raise
    except KeyboardInterrupt as error:
        err.print("已取消。", markup=False)
        raise typer.Exit(EXIT_ERROR) from error


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM end the comparison as Ctrl-C does: what was unpacked is deleted."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _roots(settings: Settings, old: str, new: str, folder: Path) -> list[Path]:
    """Return both contents, unpacked below the folder where they are none yet."""
    root = bootstrap.content_root(settings)
    roots = []
    for side, name in (("old", old), ("new", new)):
        unpacked = folder / side
        unpacked.mkdir()
        roots.append(open_content(name, root, unpacked) if name else root)
    return roots


def _open(
    settings: Settings, root: Path, name: str, progress: ProgressForm
) -> tuple[Assistant, tuple[ReplayCase, ...]]:
    """Return the assistant on a content and the cases that its tests make."""

    def announce(text: str) -> None:
        if progress is ProgressForm.JSON_LINES:
            _tell({"stage": "learn", "text": text})
        else:
            err.print(text, markup=False)

    chosen = settings.model_copy(update={"content_dir": root})
    try:
        assistant = bootstrap.build_assistant(chosen, announce)
        return assistant, cases_of(assistant.catalog, load_conversations(root))
    except ContentError:
        err.print(f"{name} 有错误，不能比较：", markup=False)
        raise


def _questions(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield account, text and count of each line; `q` and `region` are read as in `yibao eval`.

    Raises:
        InputError: A line lacks them.
    """
    for number, row in enumerate(read_rows(path, ()), 1):
        account, text = row.get("account", row.get("region")), row.get("text", row.get("q"))
        count = row.get("count", 1)
        if not isinstance(account, str) or not isinstance(text, str):
            raise InputError(f"{path} 第 {number} 个问题缺少 account 或 text")
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise InputError(f"{path} 第 {number} 个问题的 count 要写成 1 以上的整数")
        yield account, text, count


@contextmanager
def _progress(form: ProgressForm) -> Iterator[Callable[[int, int], None]]:
    if form is ProgressForm.NONE:
        yield lambda _done, _total: None
        return
    if form is ProgressForm.JSON_LINES:
        yield _percents()
        return
    columns = (
        TextColumn("重放"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("重放", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _percents() -> Callable[[int, int], None]:
    """Return what tells progress in steps of a hundredth."""
    last = -1

    def advance(done: int, total: int) -> None:
        nonlocal last
        percent = done * 100 // total
        if percent != last:
            last = percent
            _tell({"stage": "replay", "done": done, "total": total})

    return advance


def _tell(event: dict[str, object]) -> None:
    typer.echo(json.dumps(event, ensure_ascii=False), err=True)


def _write(found: Impact, form: Format, out: Path | None, title: str) -> None:
    match form:
        case Format.JSON:
            text = json.dumps(to_json(found), ensure_ascii=False, indent=1)
        case Format.HTML:
            text = impact_page(found, title)
        case Format.TEXT:
            text = "\n".join(lines_of(found))
    if out is None:
        print_line(text)
    else:
        write_text(out, f"{text}\n")
        for line in [] if form is Format.TEXT else [next(lines_of(found))]:
            err.print(line, markup=False)
