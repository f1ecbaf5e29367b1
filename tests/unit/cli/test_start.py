"""A start loads what serving needs and no more: memory and seconds of every replica."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from app.cli.commands import app
from app.cli.serve_commands import ALONE, application

_LOAD = """
import sys
import app.cli.serve_commands, app.cli.serving, app.main
print(*sorted({name.partition('.')[0] for name in sys.modules}))
"""


def test_serving_loads_nothing_that_only_other_commands_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD], capture_output=True, check=True, text=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert {"fastapi", "numpy", "redis", "ruamel"} <= loaded
    for absent in ("scipy", "wechatpy", "requests", "nicegui", "openpyxl", "argon2", "pytest"):
        assert absent not in loaded


@pytest.mark.parametrize("name", sorted(ALONE))
def test_the_short_way_has_the_same_commands(name: str) -> None:
    runner = CliRunner()
    short, whole = (
        runner.invoke(a, [name, "--help"], prog_name="yibao") for a in (application(), app)
    )
    assert short.exit_code == 0
    assert short.output == whole.output


def test_both_ways_are_taken() -> None:
    for words, told in ((["serve", "--help"], "--port"), (["--help"], "confusable")):
        done = subprocess.run(
            [sys.executable, "-m", "app", *words], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0
        assert told in done.stdout
