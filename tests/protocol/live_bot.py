"""The whole bot: in this process without a socket, or as `yibao serve` on a free port."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from app.main import create_app
from app.settings import SANDBOX_AES_KEY, SANDBOX_APP_IDS, SANDBOX_TOKEN, Settings
from app.state.embedded import find_server
from app.wechat.account import AccountSettings
from tests.assistants import SMALL_CONTENT, VAR_DIR, small_assistant
from tests.protocol.callback_peer import USER, CallbackPeer, read_answer, text_xml

_START_S = 180.0
"""Generous: the machine that runs tests may be busy."""


def unix_now() -> int:
    """Return the time that WeChat signs with: the endpoint compares it with the real clock."""
    return int(time.time())  # noqa: TID251 - signatures are made with the real clock


def new_var_dir(folder: Path) -> Path:
    """Return a fresh directory for state that shares the checkout's trained matchers."""
    small_assistant()  # trains where nobody has
    var_dir = folder / "var"
    var_dir.mkdir()
    (var_dir / "cache").symlink_to(VAR_DIR / "cache")
    return var_dir


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Start and stop the application around a client that calls it without a socket."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=True), base_url="http://bot"
        ) as client,
    ):
        yield client


@asynccontextmanager
async def bot(var_dir: Path, **settings: object) -> AsyncIterator[WeChat]:
    """Run the whole application on the small content."""
    given: dict[str, object] = {"content_dir": SMALL_CONTENT, "var_dir": var_dir, **settings}
    async with lifespan(create_app(Settings.model_validate(given))) as client:
        yield WeChat(client)


class WeChat:
    """WeChat and Prometheus as they see the bot."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._messages = 0

    def peer(self, account: str = "beijing") -> CallbackPeer:
        """Return the pushing side of one account."""
        settings = AccountSettings(
            account, SANDBOX_APP_IDS[account], SANDBOX_TOKEN, (SANDBOX_AES_KEY,)
        )
        return CallbackPeer(self.client, settings)

    async def push(
        self, text: str, account: str = "beijing", *, msg_id: str = "", user: str = USER
    ) -> httpx.Response:
        """Push a plaintext message; each has an id of its own unless one is given."""
        self._messages += 1
        xml = text_xml(text, msg_id or f"{unix_now()}{self._messages}", user)
        peer = self.peer(account)
        return await peer.post(xml, peer.query(unix_now(), openid=user))

    async def say(self, text: str, account: str = "beijing", **how: str) -> str:
        """Push a plaintext message and return the reply's text."""
        response = await self.push(text, account, **how)
        assert response.status_code == 200
        fields = read_answer(response.content).fields
        assert fields["MsgType"] == "text"
        return fields["Content"]

    async def say_sealed(self, text: str, account: str = "beijing", *, compatible: bool) -> str:
        """Push an encrypted message and return the decrypted reply's text."""
        self._messages += 1
        peer = self.peer(account)
        xml = text_xml(text, f"{unix_now()}{self._messages}")
        response = await peer.post_sealed(xml, timestamp=unix_now(), compatible=compatible)
        assert response.status_code == 200
        return peer.open(response).text

    async def metric(self, name: str, **labels: str) -> float:
        """Return a sample's value; 0 where there is none."""
        text = (await self.client.get("/metrics")).text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        return 0.0


class RedisServer:
    """A Redis of the tests' own, to be killed and brought back."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "s"
        self.url = f"unix://{self.socket}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary, _ = find_server()
        options = ("--port", "0", "--unixsocket", str(self.socket), "--appendonly", "yes")
        command = [str(binary), *options, "--appendfsync", "always", "--save", ""]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < until, "Redis did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            try:
                link.connect(str(self.socket))
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
            except OSError:
                return False


class BotProcess:
    """`yibao serve` as whoever deploys it runs it."""

    def __init__(self, var_dir: Path, log: Path, **environment: str) -> None:
        self.log = log
        self.port = _free_port()
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.upper().startswith("YIBAO_")},
            "YIBAO_CONTENT_DIR": str(SMALL_CONTENT),
            "YIBAO_VAR_DIR": str(var_dir),
            **environment,
        }
        self.pid = 0

    @contextmanager
    def running(self) -> Iterator[BotProcess]:
        """Start the process, wait until it answers, and stop it tidily."""
        command = [str(Path(sys.executable).with_name("yibao")), "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self.pid = process.pid
        try:
            self._await_answer(process)
            yield self
            process.send_signal(signal.SIGTERM)
            ends = {0, -signal.SIGTERM, -signal.SIGKILL}  # the last: a test killed it
            assert process.wait(30) in ends, self.output
        finally:
            process.kill()
            process.wait(10)

    @asynccontextmanager
    async def wechat(self) -> AsyncIterator[WeChat]:
        """Connect to it over loopback."""
        url = f"http://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
            yield WeChat(client)

    @property
    def output(self) -> str:
        """Everything that it has written, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text("utf-8"))

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            assert process.poll() is None, self.output
            try:
                url = f"http://127.0.0.1:{self.port}/healthz"
                if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"it does not answer:\n{self.output}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
