"""The bot's own image has no console extra: all other commands work, those say what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.assistants import ROOT

_HIDDEN = ("openpyxl", "argon2", "nicegui", "opentelemetry.exporter")
_HIDE = f"import sys; [sys.modules.__setitem__(m, None) for m in {_HIDDEN}]"


def yibao(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    words = ["yibao", *arguments]
    script = f"{_HIDE}; sys.argv = {words!r}; from app.__main__ import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def test_the_commands_are_there() -> None:
    done = yibao("--help")
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout


def test_a_missing_extra_is_told(tmp_path: Path) -> None:
    for arguments in (
        ("export", str(tmp_path / "a.xlsx")),
        ("operator", "list"),
        ("console", "--port", "0"),
    ):
        done = yibao(*arguments)
        if arguments[0] == "operator":
            assert "Traceback" not in done.stderr, done.stderr
            continue
        assert done.returncode == 78, done.stderr
        assert ".[console]" in done.stderr


def test_traces_without_their_extra_are_told_before_anything_starts() -> None:
    # The doctor lists it among whatever else is wrong.
    for command, status in ((("doctor",), 1), (("serve", "--port", "0"), 78)):
        done = yibao(*command, YIBAO_TRACES_URL="http://127.0.0.1:9")
        assert done.returncode == status, done.stderr
        assert "pip install '.[tracing]'" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
