"""The console as operators start it: `yibao console` in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path

import httpx
import pytest

from tests.assistants import ROOT, VAR_DIR

START_TIMEOUT_S = 600
"""With the shipped content the matchers may have to be learnt first."""
STOP_TIMEOUT_S = 20
NOW = "2026-11-22T10:00"
"""What the process takes for the present: after the validity of every document."""


def now(zone: tzinfo) -> datetime:
    """Return what the process takes for the present."""
    return datetime.fromisoformat(NOW).replace(tzinfo=zone)


@contextmanager
def run_console(
    content: Path,
    log: Path,
    var_dir: Path = VAR_DIR,
    *,
    module: str = "app",
    **variables: str,
) -> Iterator[str]:
    """Run the console on a free port and yield its address; it stops when told to.

    Args:
        content: Folder of the content.
        log: Where its output goes.
        var_dir: Its own data.
        module: What to run.
        variables: Further settings, e.g. `YIBAO_ENV`; empty removes one.
    """
    port = free_port()
    environment = {
        name: value
        for name, value in os.environ.items()
        # NiceGUI behaves differently where pytest's variable is set; YIBAO_* would change ours.
        if name != "PYTEST_CURRENT_TEST" and not name.startswith("YIBAO_")
    }
    environment |= {
        "YIBAO_CONTENT_DIR": str(content),
        "YIBAO_VAR_DIR": str(var_dir),
        "YIBAO_NOW": NOW,
        **variables,
    }
    environment = {name: value for name, value in environment.items() if value}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "console", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(url, process, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_TIMEOUT_S)
            raise
    printed = log.read_text("utf-8")
    assert "Traceback" not in printed, printed


def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the console answers; fail with what it printed where it does not."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/healthz", timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"yibao console did not start:\n{log.read_text('utf-8')}")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
