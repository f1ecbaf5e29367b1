"""Replicas, one real Redis and the imitation of WeChat, and what is killed when."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

from app.errors import SettingsError
from app.settings import SANDBOX_AES_KEY, SANDBOX_APP_IDS, SANDBOX_TOKEN, Settings
from app.state.embedded import find_server

_MODES = ("mix", "plain", "compatible", "safe")
_BEGIN, _END = "<!-- simulate:begin -->", "<!-- simulate:end -->"
_START_S = 180.0
_AWAY_S = 1.5
"""How long the killed Redis stays away."""


@dataclass(frozen=True)
class Plan:
    """What a simulation does."""

    messages: int = 1000
    users: int = 60
    faults: float = 0.05
    """Share of messages with a fault on the way."""
    replicas: int = 2
    kill_redis: bool = False
    """Whether Redis is killed once and comes back."""
    kill_replica: bool = False
    """Whether a replica is killed once and comes back."""
    mode: str = "mix"
    seed: int = 1
    questions: dict[str, list[list[str]]] = field(default_factory=dict)
    """By account: question and what stands in its answer."""
    urls: tuple[str, ...] = ()
    """Replicas that run already; with them nothing is started or killed here."""
    environment: dict[str, str] = field(default_factory=dict)
    """More for the replicas."""


def simulate(settings: Settings, plan: Plan, announce: Callable[[str], None]) -> dict[str, Any]:
    """Run the plan and return `{"report", "lines"}` of `app.simulation`.

    Raises:
        SettingsError: Something could not be started.
    """
    if plan.mode not in _MODES:
        raise SettingsError(f"--mode 只能是 {'、'.join(_MODES)}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yibao-sim-")))
        if plan.urls:
            return _run_wechat(plan, plan.urls, {}, announce)
        redis = _Redis(folder)
        stack.callback(redis.kill)
        redis.start()
        replicas = []
        for number in range(plan.replicas):
            replica = _Replica(folder / f"replica-{number}.log", settings, redis.url, plan)
            stack.callback(replica.stop)
            replica.start()
            replicas.append(replica)
        announce(f"启动 {plan.replicas} 个副本和一个 Redis …")
        for replica in replicas:
            replica.await_ready()
        events: dict[int, tuple[str, Callable[[], None]]] = {}
        if plan.kill_redis:
            events[plan.messages * 4 // 10] = ("redis_killed", redis.kill_and_return)
        if plan.kill_replica:
            events[plan.messages * 7 // 10] = ("replica_killed", replicas[-1].kill_and_return)
        return _run_wechat(plan, tuple(r.url for r in replicas), events, announce)


def read_questions(path: Path | None) -> dict[str, list[list[str]]]:
    """Return a file's questions by account; {} without a file.

    Raises:
        SettingsError: It cannot be read or is not of that form.
    """
    if path is None:
        return {}
    try:
        known = json.loads(path.read_text("utf-8"))
        return {
            str(account): [[str(text), str(expect)] for text, expect in pairs]
            for account, pairs in known.items()
        }
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise SettingsError(
            f"读不了问题文件 {path}：应为 账号 → [[问题, 答案里必有的字], …]"
        ) from exc


def write_into(document: Path, lines: list[str]) -> None:
    """Replace what stands between the markers of a document with the report.

    Raises:
        SettingsError: The document cannot be read or has no markers.
    """
    try:
        before, begin, rest = document.read_text("utf-8").partition(_BEGIN)
        _, end, after = rest.partition(_END)
        if not begin or not end:
            raise SettingsError(f"{document} 里没有 {_BEGIN} 和 {_END}")
        body = "\n".join(f"- {line}" for line in lines)
        document.write_text(f"{before}{begin}\n{body}\n{end}{after}", "utf-8")
    except OSError as exc:
        raise SettingsError(f"读写不了 {document}：{exc.strerror}") from exc


def spec_of(plan: Plan, urls: tuple[str, ...]) -> dict[str, Any]:
    """Return what `python -m app.simulation` reads: sandbox accounts and the plan's numbers."""
    accounts = [
        {"id": name, "app_id": app_id, "token": SANDBOX_TOKEN, "aes_key": SANDBOX_AES_KEY}
        for name, app_id in SANDBOX_APP_IDS.items()
    ]
    return {
        "accounts": accounts,
        "urls": urls,
        "messages": plan.messages,
        "users": min(plan.users, plan.messages),
        "faults": plan.faults,
        "mode": plan.mode,
        "seed": plan.seed,
        "questions": plan.questions,
    }


def _run_wechat(
    plan: Plan,
    urls: tuple[str, ...],
    events: dict[int, tuple[str, Callable[[], None]]],
    announce: Callable[[str], None],
) -> dict[str, Any]:
    """Run the imitation to its end, with events once so many messages were sent."""
    happened: list[str] = []
    with wechat(spec_of(plan, urls)) as imitation:
        for line in imitation.lines():
            if "report" in line:
                for name in happened:
                    line["report"]["injected"][name] = 1
                    line["lines"].insert(-1, f"途中：{_EVENTS[name]}")
                return line
            for at in [at for at in events if line.get("sent", 0) >= at]:
                name, happen = events.pop(at)
                happened.append(name)
                announce(f"已发 {line['sent']} 条，{_EVENTS[name]}")
                with imitation.store_away() if name == "redis_killed" else nullcontext():
                    happen()
    raise SettingsError("模拟的微信没有跑完，请看上面的错误信息")


class Imitation:
    """The process that imitates WeChat.

    Args:
        given: Its standard input.
        said: Its standard output.
    """

    def __init__(self, given: IO[str], said: IO[str]) -> None:
        self._given = given
        self._said = said

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what it says until it ends."""
        return (json.loads(line) for line in self._said)

    def tell(self, line: str) -> None:
        """Write a line to it."""
        self._given.write(line + "\n")
        self._given.flush()

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """Tell it that the replicas have no store meanwhile: they cannot agree on replies."""
        self.tell("goes")
        yield
        self.tell("is back")


@contextmanager
def wechat(spec: dict[str, Any]) -> Iterator[Imitation]:
    """Start the imitation as a process of its own."""
    command = [sys.executable, "-m", "app.simulation"]
    with subprocess.Popen(  # noqa: S603 - own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin is not None  # noqa: S101 - as asked for above
        assert process.stdout is not None  # noqa: S101
        try:
            imitation = Imitation(process.stdin, process.stdout)
            imitation.tell(json.dumps(spec))
            yield imitation
        finally:
            process.kill()


_EVENTS = {
    "redis_killed": f"杀掉 Redis，{_AWAY_S:g} 秒后恢复",
    "replica_killed": "杀掉一个副本再启动它",
}


class _Redis:
    """A Redis of the simulation's own; every write is on the disk before it is answered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "s"
        self.url = f"unix://{self._socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary, _ = find_server()
        options = ["--port", "0", "--unixsocket", str(self._socket), "--save", ""]
        durable = ["--appendonly", "yes", "--appendfsync", "always"]
        self._process = subprocess.Popen(  # noqa: S603 - own command
            [str(binary), *options, *durable], cwd=self._folder, stdout=subprocess.DEVNULL
        )
        until = time.monotonic() + _START_S
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                raise SettingsError("模拟用的 Redis 起不来")
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def kill_and_return(self) -> None:
        self.kill()
        time.sleep(_AWAY_S)
        self.start()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            try:
                link.connect(str(self._socket))
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
            except OSError:
                return False


class _Replica:
    """`yibao serve` on a free port."""

    def __init__(self, log: Path, settings: Settings, redis_url: str, plan: Plan) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._log = log
        self._environment = {
            **{name: v for name, v in os.environ.items() if not name.startswith("YIBAO_ACCOUNTS")},
            "YIBAO_ENV": "sandbox",
            "YIBAO_RATE_PER_PARENT_MIN": "0",  # a dozen users write thousands of messages
            "YIBAO_RATE_PER_ACCOUNT_S": "0",
            "YIBAO_REDIS_URL": redis_url,
            "YIBAO_CONTENT_DIR": str(settings.content_dir.resolve()),
            "YIBAO_VAR_DIR": str(settings.var_dir.resolve()),
            **plan.environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "app", "serve", "--port", str(self._port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - own command
                command, env=self._environment, stdout=log, stderr=log
            )

    def await_ready(self) -> None:
        until = time.monotonic() + _START_S
        while time.monotonic() < until and self._process and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        said = self._log.read_text("utf-8", errors="replace")[-2000:]
        raise SettingsError(f"副本起不来：\n{said}")

    def kill_and_return(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.start()

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
