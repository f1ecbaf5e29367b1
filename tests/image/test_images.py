"""The shipped images, really built and really run: read-only, without capabilities, not as root."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.state.embedded import find_server
from app.wechat.account import AccountSettings
from tests.image.engine import Container, Engine
from tests.protocol.callback_peer import CallbackPeer, text_xml
from tests.protocol.collector import collector
from tests.protocol.live_bot import unix_now

pytestmark = pytest.mark.anyio

MOST_BYTES = 550_000_000
TRACING_BYTES = 20_000_000
"""OpenTelemetry with its exporter; the image without it stays without it."""
ACCOUNT = AccountSettings(
    "beijing", "wx00112233445566aa", "made-up-token", ("A1b2C3d4E5" * 4 + "xyz",), require_aes=True
)
_START_S = 120.0


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Redis on loopback, since the deployment's own is another container."""
    binary, _ = find_server()
    port = _free_port()
    command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    folder = tmp_path_factory.mktemp("redis")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        yield port
        process.terminate()


@pytest.fixture(scope="module")
def secret_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Secrets as Docker and Kubernetes hand them over."""
    folder = tmp_path_factory.mktemp("secrets")
    prefix = f"YIBAO_ACCOUNTS__{ACCOUNT.id.upper()}__"
    for name, value in {
        "YIBAO_SALT": secrets.token_hex(16),
        f"{prefix}APP_ID": ACCOUNT.app_id,
        f"{prefix}TOKEN": ACCOUNT.token,
        f"{prefix}AES_KEY": ACCOUNT.aes_keys[0],
    }.items():
        (folder / name).write_text(value, "utf-8")
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def environment(redis_port: int) -> dict[str, str]:
    return {
        "YIBAO_HOST": "127.0.0.1",
        "YIBAO_PORT": str(_free_port()),
        "YIBAO_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "YIBAO_SECRETS_DIR": "/run/secrets/yibao",
    }


@pytest.fixture(scope="module")
def bot(
    engine: Engine, app_image: str, environment: dict[str, str], secret_files: Path
) -> Iterator[Container]:
    mounts = [f"{secret_files}:/run/secrets/yibao:ro"]
    with engine.running(app_image, environment, mounts) as container:
        _await_answer(container, environment["YIBAO_PORT"])
        yield container


def test_the_bots_image_is_small_and_labelled_and_not_root(engine: Engine, app_image: str) -> None:
    image = engine.image(app_image)
    assert image["Size"] <= MOST_BYTES
    assert image["User"] == "10001"
    assert image["Labels"]["org.opencontainers.image.title"] == "yibao"
    assert image["Healthcheck"]["Test"][0] == "CMD"


async def test_it_answers_a_signed_message(bot: Container, environment: dict[str, str]) -> None:
    base = f"http://127.0.0.1:{environment['YIBAO_PORT']}"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=10) as client:
        peer = CallbackPeer(client, ACCOUNT)
        xml = text_xml("京通里怎么给孩子缴费", f"{unix_now()}01")
        key = ACCOUNT.aes_keys[0]
        response = await peer.post_sealed(xml, timestamp=unix_now(), key=key)
        assert response.status_code == 200, bot.logs
        assert "京通" in peer.open(response, key).text
        ready = (await client.get("/readyz")).json()
        assert ready["status"] == "ok"
        # Production with AES: nothing in plain text, and no sandbox secrets.
        plain = await peer.post(xml, peer.query(unix_now()))
        assert plain.status_code == 403


def test_it_is_confined(bot: Container) -> None:
    assert bot.call("id", "-u").stdout.strip() == "10001"
    assert bot.call("touch", "/srv/yibao/x", check=False).returncode != 0
    assert bot.call("touch", "/x", check=False).returncode != 0
    status = bot.call("cat", "/proc/1/status").stdout
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


def test_it_holds_no_compiler_and_no_secret(bot: Container) -> None:
    for tool in ("gcc", "cc", "git"):
        assert bot.call("which", tool, check=False).returncode != 0, tool
    found = bot.call("find", "/", "-xdev", "-name", "pip.conf", check=False).stdout
    assert found.strip() in {"", "/etc/pip.conf"}  # the mount point stays, empty
    assert bot.call("cat", "/etc/pip.conf", check=False).stdout == ""


def test_it_is_healthy_and_ends_when_it_is_told_to(bot: Container) -> None:
    assert bot.is_healthy(), bot.logs
    assert bot.stop() == 0, bot.logs


def test_it_refuses_to_start_without_secrets(engine: Engine, app_image: str) -> None:
    with engine.running(app_image, {"YIBAO_PORT": str(_free_port())}) as container:
        until = time.monotonic() + _START_S
        while container.is_running() and time.monotonic() < until:
            time.sleep(0.2)
        assert not container.is_running()
        assert "YIBAO_SALT" in container.logs


async def test_one_image_sends_traces(
    engine: Engine, tracing_image: str, environment: dict[str, str], secret_files: Path
) -> None:
    assert engine.image(tracing_image)["Size"] <= MOST_BYTES + TRACING_BYTES
    mounts = [f"{secret_files}:/run/secrets/yibao:ro"]
    with collector() as seen:
        given = {
            **environment,
            "YIBAO_PORT": str(_free_port()),
            "YIBAO_TRACES_URL": seen.url,
            "YIBAO_TRACES_SHARE": "1",
        }
        with engine.running(tracing_image, given, mounts) as container:
            _await_answer(container, given["YIBAO_PORT"])
            assert container.is_healthy(), container.logs
            base = f"http://127.0.0.1:{given['YIBAO_PORT']}"
            async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=10) as client:
                xml = text_xml("一年交多少钱", f"{unix_now()}02")
                peer, key = CallbackPeer(client, ACCOUNT), ACCOUNT.aes_keys[0]
                response = await peer.post_sealed(xml, timestamp=unix_now(), key=key)
                assert response.status_code == 200, container.logs
            assert container.stop() == 0, container.logs
        assert {span.name for span in seen.spans} >= {"callback", "decrypt", "turn", "seal"}


def test_the_console_runs_too(
    engine: Engine, console_image: str, environment: dict[str, str], secret_files: Path
) -> None:
    given = {**environment, "YIBAO_PORT": str(_free_port())}
    mounts = [f"{secret_files}:/run/secrets/yibao:ro"]
    with engine.running(console_image, given, mounts) as container:
        _await_answer(container, given["YIBAO_PORT"])
        assert container.is_healthy(), container.logs
        assert container.call("id", "-u").stdout.strip() == "10001"
        assert container.stop() == 0, container.logs


def _await_answer(container: Container, port: str) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert container.is_running(), container.logs
        try:
            url = f"http://127.0.0.1:{port}/healthz"
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(container.logs)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
