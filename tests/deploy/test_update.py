"""deploy/update.sh with a Docker that writes down what it is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY

DOCKER = """#!/bin/sh
echo "$@" >> "$TOLD"
case "$*" in
  "compose ps --quiet app") printf '%s' "$RUNNING" ;;
  "compose ps --all --quiet app") printf '%sc\\n' "$RUNNING" ;;
  *"--scale app=4"*) exit "$FRESH" ;;
esac
"""


@pytest.fixture
def told(tmp_path: Path) -> Path:
    docker = tmp_path / "docker"
    docker.write_text(DOCKER, "utf-8")
    docker.chmod(0o755)
    return tmp_path / "told"


def update(told: Path, *, running: str, fresh: int) -> tuple[int, list[str]]:
    environment = {
        **os.environ,
        "PATH": f"{told.parent}:{os.environ['PATH']}",
        "TOLD": str(told),
        "RUNNING": running,
        "FRESH": str(fresh),
    }
    done = subprocess.run(
        [DEPLOY / "update.sh"], env=environment, capture_output=True, timeout=30, check=False
    )
    return done.returncode, told.read_text("utf-8").splitlines()


def test_old_replicas_go_when_new_ones_are_healthy(told: Path) -> None:
    code, lines = update(told, running="a\nb\n", fresh=0)
    assert code == 0
    more = next(n for n, line in enumerate(lines) if "--scale app=4" in line)
    assert "--wait" in lines[more]
    assert "--no-recreate" in lines[more]
    assert lines[more + 1 : more + 5] == [
        *("stop --time 20 a", "rm a"),
        *("stop --time 20 b", "rm b"),
    ]
    assert any("--scale app=2" in line for line in lines)
    assert lines[-1].endswith("console caddy")


def test_new_replicas_that_do_not_start_change_nothing(told: Path) -> None:
    code, lines = update(told, running="a\nb\n", fresh=1)
    assert code == 1
    assert [line for line in lines if line.startswith(("stop", "rm"))] == ["rm --force c"]


def test_where_nothing_runs_it_starts(told: Path) -> None:
    code, lines = update(told, running="", fresh=0)
    assert code == 0
    assert lines[-1] == "compose up --detach --wait"
