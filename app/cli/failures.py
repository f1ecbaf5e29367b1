"""Expected errors as Chinese lines and exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from app.cli.evaluate import InputError
from app.errors import ContentError, ContentProblem, SettingsError, StateError, WeChatApiError

EXIT_CONFIG = 78
"""sysexits.h EX_CONFIG: configuration or content is wrong."""
EXIT_INPUT = 65
"""sysexits.h EX_DATAERR."""
EXIT_UNAVAILABLE = 69
"""sysexits.h EX_UNAVAILABLE: the platform or Redis refused or did not answer."""

_err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def chinese_errors() -> Iterator[None]:
    """Print expected errors in Chinese and leave with their exit code."""
    try:
        yield
    except ContentError as error:
        print_problems(error.problems)
        raise typer.Exit(EXIT_CONFIG) from error
    except SettingsError as error:
        _err.print(str(error), markup=False)
        raise typer.Exit(EXIT_CONFIG) from error
    except InputError as error:
        _err.print(str(error), markup=False)
        raise typer.Exit(EXIT_INPUT) from error
    except StateError as error:
        _err.print(f"Redis 用不了：{error}", markup=False)
        raise typer.Exit(EXIT_UNAVAILABLE) from error
    except WeChatApiError as error:
        _err.print(str(error), markup=False)
        raise typer.Exit(EXIT_UNAVAILABLE) from error


def print_problems(problems: tuple[ContentProblem, ...]) -> None:
    """Print content problems, one a line, and their number."""
    for problem in problems:
        _err.print(str(problem), markup=False)
    errors = sum(p.level == "error" for p in problems)
    _err.print(f"共 {errors} 个错误，{len(problems) - errors} 个提醒。", markup=False)
