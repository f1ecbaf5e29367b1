"""Start servers: the webhook, the console, or both for a look around."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import uvicorn

from app import bootstrap, runtime
from app.dialogue.assistant import Assistant
from app.errors import SettingsError
from app.log_output import configure_log, keep_loggers, server_log_config
from app.metrics import Metrics
from app.publishing.live import Live
from app.publishing.shelf import Shelf
from app.settings import Environment, Settings
from app.webhook.access_log import access_log_config

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GRACE_S = 10


def serve(settings: Settings, host: str, port: int) -> None:
    """Run the webhook until it is told to stop; SIGTERM lets running turns end.

    Raises:
        SettingsError: A sandbox, whose secrets are public, would listen beyond this machine.
        ContentError: Something in the content is wrong.
    """
    check_address(settings, host)
    _prepare(settings)
    configure_log(as_json=settings.logs_json)
    keep_loggers()
    uvicorn.run(
        "app.main:create_server",
        factory=True,
        host=host,
        port=port,
        log_config=server_log_config(access_log_config(), as_json=settings.logs_json),
        access_log=False,  # `webhook.access_log.logged` writes it
        timeout_graceful_shutdown=_GRACE_S,
        server_header=False,
    )


def _prepare(settings: Settings) -> None:
    """Check and learn the files before a server starts.

    So a mistake in them is told in Chinese and with the command's exit code, not from inside the
    server. Not where a published revision is here: it counts, and the files may be older.
    """
    if settings.watches_files or Shelf(settings.var_dir).last() is None:
        bootstrap.prepare(settings, lambda text: print(text, file=sys.stderr))


class _Served:
    """What the console's pages show: the content that counts, as it is published."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._live: Live | None = None

    def assistant(self) -> Assistant:
        """Return the assistant of now; only within `open`."""
        if self._live is None:
            msg = "the console is not open"
            raise RuntimeError(msg)
        return self._live.assistant

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Follow what is published; edits of files are published by the webhook process."""
        settings = self._settings
        with closing(bootstrap.evidence_of(settings)) as evidence:
            async with (
                runtime.aclosing_store(settings) as store,
                runtime.open_live(
                    settings, store, evidence, Metrics().reloads, watch=False
                ) as self._live,
            ):
                yield


def check_address(settings: Settings, host: str) -> None:
    """Refuse to show a sandbox to others.

    Raises:
        SettingsError: See above.
    """
    if settings.env is Environment.SANDBOX and host not in _LOOPBACK:
        raise SettingsError(
            f"sandbox 的密钥是公开的，只能监听本机（127.0.0.1），不能监听 {host}；"
            "正式使用请设置 YIBAO_ENV=production 和各公众号自己的密钥"
        )


def console(settings: Settings, host: str, port: int) -> None:
    """Run the console until it is told to stop.

    Raises:
        SettingsError: The console extra is not installed, or see `check_address`.
        ContentError: Something in the content is wrong.
    """
    check_address(settings, host)
    try:
        from app.cli.console_wiring import open_desks
        from app.console.application import create_console_app
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith(("nicegui", "argon2")):
            raise
        raise SettingsError(
            "后台需要 console 扩展，在程序目录里：pip install '.[console]'"
        ) from error
    _prepare(settings)
    configure_log(as_json=settings.logs_json)
    served = _Served(settings)
    uvicorn.run(
        create_console_app(
            served.assistant,
            bootstrap.clock_of(settings),
            lambda: open_desks(settings, served.assistant),
            is_production=settings.is_production,
            session_s=settings.console_session_s,
            open_content=served.open,
        ),
        host=host,
        port=port,
        log_config=server_log_config(access_log_config(), as_json=settings.logs_json),
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_S,
        server_header=False,
    )


def run_both(port: int, console_port: int) -> int:
    """Run webhook and console as two processes; when one ends, end the other.

    Returns:
        The exit code of the one that ended first; 0 after Ctrl-C.
    """
    command = [sys.executable, "-m", "app"]
    serving = subprocess.Popen([*command, "serve", "--port", str(port)])  # noqa: S603 - own command
    children = [serving]
    print(
        f"公众号回调：http://127.0.0.1:{port}/wechat/beijing 和 /wechat/liuzhou\n"
        f"试聊页面：  http://127.0.0.1:{console_port}/\n"
        "按 Ctrl-C 结束。",
        flush=True,
    )
    previous = signal.signal(signal.SIGTERM, _raise_interrupt)
    try:
        # The processor is for the bot first: side by side each would take twice as long to start.
        _wait_open(serving, port)
        if serving.poll() is None:
            console = [*command, "console", "--port", str(console_port)]
            children.append(subprocess.Popen(console))  # noqa: S603 - own command
        while all(child.poll() is None for child in children):
            time.sleep(0.2)
        return next(code for child in children if (code := child.poll()) is not None)
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, previous)
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=_GRACE_S + 5)


def _wait_open(process: subprocess.Popen[bytes], port: int, longest_s: float = 180.0) -> bool:
    """Wait until a process answers on its port; False where it ended or takes too long."""
    deadline = time.monotonic() + longest_s
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            time.sleep(0.05)
    return False


def _raise_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
