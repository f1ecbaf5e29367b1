"""Start servers: the webhook, the console, or both for a look around."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from app import bootstrap, runtime
from app.api_ports import CustomerMessages
from app.api_wiring import build_apis
from app.console.people import People
from app.console.review_desk import LoggedAudit, NoDrafting, ReviewDesk
from app.dialogue.assistant import Assistant
from app.domain.content import Catalog
from app.errors import SettingsError
from app.metrics import Metrics
from app.settings import Environment, Settings
from app.state.journal import Journal
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
    # Content is loaded here once before the server starts, so that a mistake in it is told by
    # this command in Chinese and with its exit code, not from inside the server.
    bootstrap.prepare(settings, lambda text: print(text, file=sys.stderr))
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        log_config=access_log_config(),
        timeout_graceful_shutdown=_GRACE_S,
        server_header=False,
    )


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
        from app.console.application import create_console_app
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("nicegui"):
            raise
        raise SettingsError("后台需要 console 扩展：pip install 'yibao[console]'") from error
    assistant = bootstrap.build_assistant(settings, lambda text: print(text, file=sys.stderr))
    catalog = assistant.catalog
    has_people = any(account.handoff for account in catalog.accounts.values())
    uvicorn.run(
        create_console_app(
            assistant,
            bootstrap.clock_of(settings),
            open_review=lambda: open_review(settings, assistant),
            open_people=(lambda: open_people(settings, catalog)) if has_people else None,
        ),
        host=host,
        port=port,
        log_config=access_log_config(),
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_S,
        server_header=False,
    )


@asynccontextmanager
async def open_people(settings: Settings, catalog: Catalog) -> AsyncIterator[People]:
    """Open the console's side of the inbox; closes Redis again.

    Raises:
        StateUnavailableError: The private Redis cannot be started.
    """
    store = await runtime.open_state(settings)
    apis = build_apis(settings, catalog, store, Metrics())
    service = CustomerMessages(apis)
    try:
        inbox = runtime.inbox_of(settings, store, service)
        drafts = settings.var_dir / "drafts"
        yield People(catalog, inbox, service, bootstrap.clock_of(settings), drafts)
    finally:
        await apis.aclose()
        await store.close()


@asynccontextmanager
async def open_review(settings: Settings, assistant: Assistant) -> AsyncIterator[ReviewDesk]:
    """Open the questions to review; closes Redis again.

    Raises:
        StateUnavailableError: The private Redis cannot be started.
    """
    store = await runtime.open_state(settings)
    evidence = bootstrap.evidence_of(settings)
    try:
        journal = Journal(store, settings.journal_days)
        embed = bootstrap.embed_all_of(evidence)
        yield ReviewDesk(lambda: assistant, journal, NoDrafting(), LoggedAudit(), embed)
    finally:
        evidence.close()
        await store.close()


def run_both(port: int, console_port: int) -> int:
    """Run webhook and console as two processes; when one ends, end the other.

    Returns:
        The exit code of the one that ended first; 0 after Ctrl-C.
    """
    command = [sys.executable, "-m", "app"]
    children = [
        subprocess.Popen([*command, "serve", "--port", str(port)]),  # noqa: S603 - own command
        subprocess.Popen([*command, "console", "--port", str(console_port)]),  # noqa: S603
    ]
    print(
        f"公众号回调：http://127.0.0.1:{port}/wechat/beijing 和 /wechat/liuzhou\n"
        f"试聊页面：  http://127.0.0.1:{console_port}/\n"
        "按 Ctrl-C 结束。",
        flush=True,
    )
    previous = signal.signal(signal.SIGTERM, _raise_interrupt)
    try:
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


def _raise_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
