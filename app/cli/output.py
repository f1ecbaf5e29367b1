"""What commands print and write: expected errors in Chinese with their exit code, files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console

from app.cli.input_error import InputError
from app.errors import (
    ConsoleError,
    ContentError,
    ContentProblem,
    PublishingError,
    SettingsError,
    StateError,
    WeChatApiError,
)

EXIT_CONFIG = 78
"""sysexits.h EX_CONFIG: configuration or content is wrong."""
EXIT_INPUT = 65
"""sysexits.h EX_DATAERR."""
EXIT_UNAVAILABLE = 69
"""sysexits.h EX_UNAVAILABLE: the platform or Redis refused or did not answer."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def chinese_errors() -> Iterator[None]:
    """Print expected errors in Chinese and leave with their exit code."""
    try:
        yield
    except ContentError as error:
        print_problems(error.problems)
        raise typer.Exit(EXIT_CONFIG) from error
    except SettingsError as error:
        err.print(str(error), markup=False)
        raise typer.Exit(EXIT_CONFIG) from error
    except (InputError, ConsoleError) as error:
        err.print(str(error), markup=False)
        raise typer.Exit(EXIT_INPUT) from error
    except StateError as error:
        err.print(f"Redis 用不了：{error}", markup=False)
        raise typer.Exit(EXIT_UNAVAILABLE) from error
    except PublishingError as error:
        err.print(str(error), markup=False)
        raise typer.Exit(EXIT_CONFIG) from error
    except WeChatApiError as error:
        err.print(str(error), markup=False)
        raise typer.Exit(EXIT_UNAVAILABLE) from error


def print_problems(problems: tuple[ContentProblem, ...]) -> None:
    """Print content problems, one a line, and their number."""
    for problem in problems:
        err.print(str(problem), markup=False)
    errors = sum(p.level == "error" for p in problems)
    err.print(f"共 {errors} 个错误，{len(problems) - errors} 个提醒。", markup=False)


def print_line(text: str) -> None:
    """Print a text as it is."""
    out.print(text, markup=False)


def write_rows(rows: list[dict[str, object]], path: Path | None) -> None:
    """Write one JSON object a line, where a file was asked for.

    Raises:
        InputError: The file cannot be written.
    """
    if path is None:
        return
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def write_text(path: Path, text: str) -> None:
    """Write a file that the user named.

    Raises:
        InputError: It cannot be written.
    """
    try:
        # Half a surrogate pair, which JSON can carry, stays readable as its escape.
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"写不了 {path}：{error.strerror}") from error
