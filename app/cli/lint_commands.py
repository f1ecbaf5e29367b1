"""`yibao lint`: all problems of the content at once, and where each is."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app import bootstrap
from app.cli.input_error import InputError
from app.cli.lint_formats import LintFormat, as_github, as_json, as_sarif
from app.cli.output import EXIT_CONFIG, chinese_errors, err, print_line, print_problems
from app.content.lint import inspect
from app.content.loader import load_catalog
from app.content.rivals import check_rivals
from app.dialogue.texts import TEXT_KEYS
from app.errors import ContentProblem
from app.settings import Settings, load_settings

Problems = tuple[ContentProblem, ...]

_WRITERS = {
    LintFormat.JSON: as_json,
    LintFormat.SARIF: as_sarif,
    LintFormat.GITHUB: as_github,
}


def lint(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="内容目录（里面有 intents/），可以写几个；不写就是正在用的。"),
    ] = None,
    form: Annotated[
        LintFormat, typer.Option("--format", help="text 给人看，其余给程序和代码平台。")
    ] = LintFormat.TEXT,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="不比较各意图的说法像不像（比较时可能要先学习约一分钟）。"),
    ] = False,
) -> None:
    """检查内容：写法、结构、引用、出处、文字、流程表，以及哪些说法会抢别的意图的问题。

    没有错误（可以有提醒）以 0 退出；有错误以 78 退出；目录不对以 65 退出。
    """
    with chinese_errors():
        settings = load_settings()
        problems: Problems = ()
        for root in _roots(paths or [], settings):
            found = examine_root(root, settings, quick=quick)
            problems += _renamed(found, root, paths or [], form)
        failed = any(p.level == "error" for p in problems)
        if form is not LintFormat.TEXT:
            text = _WRITERS[form](problems)
            if text:
                typer.echo(text)
        else:
            if problems:
                print_problems(problems)
            if not failed:
                print_line("内容检查通过。")
        if failed:
            raise typer.Exit(EXIT_CONFIG)


def examine_root(root: Path, settings: Settings, *, quick: bool) -> Problems:
    """Return all problems of one content folder.

    The matchers have a say only where nothing else is wrong: what they learn from content that
    cannot be used means nothing. They come from the cache, or are learned now and kept there.
    """
    now = bootstrap.clock_of(settings)()
    scope = inspect(root, TEXT_KEYS, now.date())
    if not quick and not scope.files.problems.has_errors():
        catalog = load_catalog(root, TEXT_KEYS)
        matchers = bootstrap.build_matchers(catalog, settings.var_dir, _announce)
        check_rivals(scope, matchers)
    return scope.files.problems.ordered()


def _announce(text: str) -> None:
    err.print(text, markup=False)


def _roots(paths: Sequence[Path], settings: Settings) -> list[Path]:
    if not paths:
        return [bootstrap.content_root(settings)]
    for path in paths:
        if not (path / "intents").is_dir():
            raise InputError(f"{path} 里没有 intents/ 目录，请写内容目录")
    return list(paths)


def _renamed(problems: Problems, root: Path, paths: Sequence[Path], form: LintFormat) -> Problems:
    """Name files so that they can be found: from where the command runs, if need be."""
    prefix = ""
    if form in {LintFormat.SARIF, LintFormat.GITHUB}:
        here, there = Path.cwd(), root.resolve()
        prefix = there.relative_to(here).as_posix() if there.is_relative_to(here) else ""
    elif len(paths) > 1:
        prefix = root.as_posix()
    if prefix in {"", "."}:
        return problems
    return tuple(dataclasses.replace(p, file=f"{prefix}/{p.file}") for p in problems)
