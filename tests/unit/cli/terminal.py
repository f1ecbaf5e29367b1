"""The command line as a person at a terminal has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from typer.testing import CliRunner

from app.cli.commands import app


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str


class Terminal:
    """Runs commands in this process."""

    def __call__(self, *args: str, typed: str = "") -> Done:
        result = CliRunner().invoke(app, list(args), input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, _plain(result.stdout), _plain(result.stderr))


def _plain(text: str) -> str:
    """Return what is read, without colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
