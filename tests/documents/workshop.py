"""A checkout with its own content, secrets, Redis and tools, in which a document is followed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.assistants import ROOT, SMALL_CONTENT, VAR_DIR
from tests.redis_servers import Server, free_port, wait_until
from tests.unit.cli.wechat_deployment import MENU, SCENES

HERE = Path(__file__).parent
STAND_INS = {
    *("sudo", "apt-get", "apt", "systemctl", "usermod", "timedatectl", "chown", "install", "make"),
    *("getent", "nano", "scp", "ssh", "redis-cli", "docker", "kubectl", "pip", "python"),
}
REAL = {
    *("bash", "sh", "env", "git", "tar", "gzip", "cp", "chmod", "mkdir", "touch", "sed", "find"),
    *("openssl", "tr", "head", "wc", "curl", "cat", "dirname", "rm", "ls", "true"),
}
"""Run as they are: they touch nothing but the checkout and the loopback interface."""
PASSWORD = "Kq8-lian-hua-shan"
_BLOCK_S = 150


@dataclass
class Done:
    """What came of a block."""

    statuses: list[tuple[str, int]]
    output: str


@dataclass
class Workshop:
    """Where commands run; made anew for every document."""

    folder: Path
    """Where a reader would be: the checkout, or the home folder it is put into."""
    tools: Path
    environment: dict[str, str]
    written: dict[str, str] = field(default_factory=dict)
    """What stands in the documents for something of the reader's → what it is here."""

    @property
    def site(self) -> Path:
        return self.folder / "yibao"

    def run(
        self, commands: tuple[str, ...], folder: Path, typed: tuple[str, ...] = (PASSWORD,)
    ) -> Done:
        """Run commands in one shell, at a terminal where lines are typed; the last one for ever."""
        statuses = self.folder / "statuses"
        statuses.write_text("", "utf-8")
        lines = [f"{self.here(c)}\necho $? >>{statuses}" for c in commands]
        with typing(typed) as terminal:
            done = subprocess.run(
                [str(self.tools / "bash"), "-c", "\n".join(lines)],
                cwd=folder,
                env=self.environment,
                stdin=terminal,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=_BLOCK_S,
                check=False,
                start_new_session=True,
            )
        codes = [int(line) for line in statuses.read_text("utf-8").split()]
        assert len(codes) == len(commands), done.stdout
        return Done(list(zip(commands, codes, strict=True)), done.stdout)

    def here(self, command: str) -> str:
        """Return a command with this machine's names in it."""
        for there, ours in self.written.items():
            command = command.replace(there, ours)
        return command

    @contextmanager
    def serving(self, **environment: str) -> Iterator[str]:
        """Run `yibao serve`; yields its address."""
        port = free_port()
        command = [str(self.tools / "yibao"), "serve", "--port", str(port)]
        with (
            (self.folder / "log").open("wb") as log,
            subprocess.Popen(
                command,
                cwd=self.site,
                env={**self.environment, **environment},
                stdout=log,
                stderr=log,
            ) as process,
        ):
            address = f"http://127.0.0.1:{port}"
            try:
                wait_until(lambda: _ready(address, process), f"{address} {log.name}")
                yield address
            finally:
                process.kill()


@contextmanager
def typing(typed: tuple[str, ...]) -> Iterator[int]:
    """Yield a terminal where lines are typed one after the other, the last one again and again."""
    keyboard, terminal = os.openpty()
    os.set_blocking(keyboard, False)
    stop = threading.Event()

    def type_() -> None:
        lines = iter(typed)
        line = ""
        while not stop.wait(0.2):
            with suppress(BlockingIOError):
                os.read(keyboard, 65_536)  # what was echoed
            line = next(lines, line)
            with suppress(BlockingIOError):
                os.write(keyboard, f"{line}\n".encode())

    thread = threading.Thread(target=type_)
    thread.start()
    try:
        yield terminal
    finally:
        stop.set()
        thread.join()
        os.close(keyboard)
        os.close(terminal)


def _ready(address: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None
    try:
        return httpx.get(f"{address}/healthz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


@contextmanager
def tools(folder: Path) -> Iterator[Path]:
    """Lay out what is on PATH, and nothing else: a new tool is not found until it is listed."""
    folder.mkdir()
    for name in STAND_INS:
        _script(folder / name, HERE / "stand_in.py")
    _script(folder / "yibao", HERE / "yibao_client.py")
    for name in REAL:
        found = shutil.which(name)
        assert found, f"这台机器上没有 {name}"
        (folder / name).symlink_to(found)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.documents.fork_server", str(folder / "socket")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield folder
        process.kill()


def _script(path: Path, program: Path) -> None:
    """Write a tool that is a Python program; it is told the name it was called by."""
    command = f'exec {sys.executable} -S -E "{program}" {path.name} "$@"'
    path.write_text(f"#!/bin/sh\n{command}\n", "utf-8")
    path.chmod(0o755)


def origin(folder: Path) -> Path:
    """Make the repository that readers get the program from; content small enough to be quick."""
    folder.mkdir()
    for name in ("intents", "knowledge"):
        shutil.copytree(SMALL_CONTENT / name, folder / name)
    (folder / "intents/menu.yml").write_text(MENU, "utf-8")
    accounts = folder / "intents/_accounts.yml"
    text = accounts.read_text("utf-8")
    accounts.write_text(text.replace('    confirm: "12333"\n', f'    confirm: "12333"\n{SCENES}'))
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    for name in (".env.example", "compose.yaml", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "1"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, timeout=30)
    return folder


def checkout(origin_folder: Path, folder: Path, shelf: Path, stack: ExitStack) -> Workshop:
    """Return a workshop with a fresh checkout and an empty Redis."""
    folder.mkdir()
    site = folder / "yibao"
    subprocess.run(
        ["git", "clone", "--quiet", str(origin_folder), str(site)], check=True, timeout=30
    )
    (site / ".venv/bin").mkdir(parents=True)
    for name in ("yibao", "python"):
        (site / ".venv/bin" / name).symlink_to(shelf / name)
    var = folder / "var"
    var.mkdir()
    (var / "cache").symlink_to(VAR_DIR / "cache")
    redis = Server(stack, folder).start()
    return Workshop(
        folder,
        shelf,
        {
            "PATH": str(shelf),
            "HOME": str(folder),
            "USER": "reader",
            "LANG": "C.UTF-8",
            "TEST_FORK_SERVER": str(shelf / "socket"),
            "TEST_PYTHON": sys.executable,
            "TEST_MAKE": str(shutil.which("make")),
            "YIBAO_CONTENT_DIR": str(site),
            "YIBAO_VAR_DIR": str(var),
            "YIBAO_REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            **({"TMPDIR": os.environ["TMPDIR"]} if "TMPDIR" in os.environ else {}),
        },
    )
