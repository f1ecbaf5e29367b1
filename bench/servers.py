"""Starts the servers that are measured, each one process, and reads what they cost."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.state.embedded import find_server
from bench.datasets import ROOT

_START_S = 180.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running process."""

    port: int
    pid: int

    @property
    def cpu_s(self) -> float:
        """CPU time that it has used, seconds; from /proc."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def resident_mb(self) -> float:
        """Memory that it has now; from /proc."""
        lines = Path(f"/proc/{self.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def running(
    command: list[str], port: int, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server until the block ends; returns once its port answers.

    Raises:
        RuntimeError: It does not start.
    """
    clean = {k: v for k, v in os.environ.items() if not k.startswith("YIBAO_")}
    process = subprocess.Popen(  # noqa: S603 - commands of this package
        command,
        cwd=ROOT,
        env={**clean, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def redis(folder: Path) -> Iterator[Server]:
    """Run a real Redis that writes every second to its log, as in deployments."""
    port = free_port()
    binary, _ = find_server()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [
        *(str(binary), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
    ]
    with running(command, port) as server:
        yield server


@contextmanager
def yibao(redis_port: int, var_dir: Path) -> Iterator[Server]:
    """Run `yibao serve` on the content that ships."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("yibao")), "serve", "--port", str(port)]
    environment = {
        "YIBAO_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "YIBAO_VAR_DIR": str(var_dir),
        "YIBAO_CONTENT_DIR": str(ROOT),
        "YIBAO_NOW": "2025-12-10T10:00",
        "YIBAO_LOG_FORMAT": "json",  # as in deployments
        "YIBAO_RATE_PER_PARENT_MIN": "0",  # few users write all messages
        "YIBAO_RATE_PER_ACCOUNT_S": "0",
    }
    with running(command, port, environment) as server:
        yield server


@contextmanager
def echo() -> Iterator[Server]:
    """Run the bare server."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.echo:app", "--port", str(port)]
    with running(command, port) as server:
        yield server


@contextmanager
def werobot() -> Iterator[Server]:
    """Run WeRoBot."""
    port = free_port()
    with running([sys.executable, "-m", "bench.werobot_peer", str(port)], port) as server:
        yield server


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} 没有启动")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} 没有在 {_START_S:g} 秒内启动")
