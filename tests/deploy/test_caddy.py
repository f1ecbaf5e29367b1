"""deploy/Caddyfile, run by a real Caddy before a peer of the test's own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from app.wechat.xml_fields import MAX_BODY_BYTES
from tests.deploy.files import DEPLOY

CADDYFILE = (DEPLOY / "Caddyfile").read_text("utf-8")
SECRET = "openid=oCanary&signature=abcdef"


@dataclass
class Gateway:
    """Caddy, and what came through it."""

    url: str
    log: Path
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def caddy() -> str:
    """Where Caddy is; skipped on a machine without it, which in CI is an error."""
    binary = shutil.which("caddy")
    if binary is None:
        assert "CI" not in os.environ, "apt install caddy"
        pytest.skip("缺少 caddy（Debian：apt install caddy）")
    return binary


@pytest.fixture(scope="module")
def gateway(caddy: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder, port = tmp_path_factory.mktemp("caddy"), _free_port()
    gateway = Gateway(f"http://127.0.0.1:{port}", folder / "log")

    class Peer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def do_GET(self) -> None:
            gateway.requests.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Peer) as server, gateway.log.open("wb") as log:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            **os.environ,
            "SITE_DOMAIN": gateway.url,
            "ACME_EMAIL": "a@example.org",
            "APP_HOST": "127.0.0.1",
            "APP_PORT": str(server.server_port),
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        command = [caddy, "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _await(gateway, process)
            yield gateway
        finally:
            process.terminate()
            process.wait(10)
            server.shutdown()


def test_it_is_valid_for_a_domain_with_a_certificate(caddy: str, tmp_path: Path) -> None:
    environment = {
        **{k: os.environ[k] for k in ("PATH",)},
        "SITE_DOMAIN": "example.org",
        "ACME_EMAIL": "a@example.org",
        "HOME": str(tmp_path),
    }
    command = [caddy, "adapt", "--validate", "--adapter", "caddyfile", "--config"]
    done = subprocess.run(
        [*command, str(DEPLOY / "Caddyfile")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"example.org"' in done.stdout


def test_callbacks_come_through_with_their_query(gateway: Gateway) -> None:
    response = httpx.post(f"{gateway.url}/wechat/beijing?{SECRET}", content=b"x", trust_env=False)
    assert (response.status_code, response.text) == (200, "ok")
    assert gateway.requests[-1] == f"/wechat/beijing?{SECRET}"


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/", "/wechatx", "/wechat/../metrics"])
def test_nothing_else_does(gateway: Gateway, path: str) -> None:
    before = len(gateway.requests)
    target = httpx.URL(gateway.url).copy_with(raw_path=path.encode())
    assert httpx.get(target, trust_env=False).status_code == 404
    assert len(gateway.requests) == before


def test_bodies_are_as_large_as_the_endpoint_takes(gateway: Gateway) -> None:
    url = f"{gateway.url}/wechat/beijing"
    assert httpx.post(url, content=b"x" * 60_000, trust_env=False).status_code == 200
    # Caddy before 2.8 says 502 of a body that it cut off.
    response = httpx.post(url, content=b"x" * (MAX_BODY_BYTES + 1), trust_env=False)
    assert response.status_code in {413, 502}


def test_no_log_holds_a_query(gateway: Gateway) -> None:
    httpx.get(f"{gateway.url}/wechat/beijing?{SECRET}", trust_env=False)
    httpx.get(f"{gateway.url}/elsewhere?{SECRET}", trust_env=False)
    until = time.monotonic() + 5
    while "/elsewhere" not in (log := gateway.log.read_text("utf-8")):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert '"uri":"/wechat/beijing"' in log
    assert "oCanary" not in log
    assert "abcdef" not in log


def test_a_slow_answer_is_waited_for() -> None:
    # The endpoint holds a late request until WeChat hangs up, after 5.6 s at most.
    assert "response_header_timeout 15s" in CADDYFILE


def _await(gateway: Gateway, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, gateway.log.read_text("utf-8")
        try:
            httpx.get(f"{gateway.url}/healthz", timeout=1, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(gateway.log.read_text("utf-8"))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
