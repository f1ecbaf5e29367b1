"""`yibao doctor`: what it finds wrong, and that it needs nothing in the sandbox."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from app.cli.doctor.endpoint_checks import address_findings, skew_of
from app.cli.doctor.findings import Level
from app.webhook.router import WebhookDeps, build_router
from app.wechat.account import AccountSettings
from tests.protocol.callback_peer import FakeAssistant, shelves
from tests.protocol.live_bot import unix_now
from tests.unit.cli.terminal import Done, Terminal
from tests.unit.cli.wechat_deployment import AES_KEY, MENU_ON_THE_WIRE, TOKEN, deploy, served
from tests.wechat_api.api_peer import APP_ID, SECRET, TOKEN_PATH, ApiPeer, code, serving

SHOWN = "/cgi-bin/get_current_selfmenu_info"
CALLBACK_IP = "/cgi-bin/getcallbackip"
GOOD = AccountSettings("beijing", APP_ID, TOKEN, (AES_KEY,), require_aes=True)


@pytest.fixture
def peer() -> Iterator[ApiPeer]:
    with serving(ApiPeer()) as running:
        shown = {"is_menu_open": 1, "selfmenu_info": MENU_ON_THE_WIRE}
        running.will(SHOWN, JSONResponse(shown))
        running.will(CALLBACK_IP, JSONResponse({"ip_list": ["101.226.103.0/25"]}))
        yield running


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, peer: ApiPeer) -> Terminal:
    deploy(monkeypatch, tmp_path, peer)
    return Terminal()


def callback(account: AccountSettings = GOOD, now: float | None = None) -> FastAPI:
    """Return the endpoint itself, with this account's secrets."""
    deps = WebhookDeps(
        {account.id: account}, FakeAssistant(), *shelves(), lambda: now or unix_now()
    )
    app = FastAPI()
    app.include_router(build_router(deps))
    return app


def answering(response: Response) -> Starlette:
    """Return a server that answers everything alike."""

    async def answer(_request: Request) -> Response:
        return response

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def found(done: Done, what: str) -> str:
    """Return the line about `what`, and the remedy below it."""
    lines = done.stdout.splitlines()
    at = next((i for i, line in enumerate(lines) if f" {what}：" in line), None)
    assert at is not None, f"{what} is not in\n{done.stdout}{done.stderr}"
    below = lines[at + 1] if at + 1 < len(lines) and "→" in lines[at + 1] else ""
    return lines[at] + below


class TestSandbox:
    def test_needs_nothing_and_says_what_was_skipped(self, new_terminal: Terminal) -> None:
        done = new_terminal("doctor")
        assert done.exit_code == 0
        for what in ("Redis", "微信接口、本机时钟", "客服消息", "调用凭据、白名单、菜单"):
            assert "跳过" in found(done, what)
        assert "--url" in found(done, "网址、端口、路径、TLS、Token、加密")
        assert "sandbox" in found(done, "密钥")
        assert "未认证订阅号" in found(done, "公众号类型")

    def test_one_account_only(self, new_terminal: Terminal) -> None:
        done = new_terminal("doctor", "liuzhou")
        assert "公众号 liuzhou" in done.stdout
        assert "公众号 beijing" not in done.stdout

    def test_no_such_account(self, new_terminal: Terminal) -> None:
        assert new_terminal("doctor", "shanghai").exit_code == 78


class TestPlatform:
    def test_all_is_well(self, run: Terminal) -> None:
        done = run("doctor", "beijing")
        assert done.exit_code == 0, done.stdout
        for what in ("AppID", "AppSecret", "调用凭据", "微信服务器地址", "菜单", "本机时钟"):
            assert "✓" in found(done, what)
        assert "与 intents/menu.yml 相同" in found(done, "菜单")

    def test_no_secret_is_shown(self, run: Terminal, peer: ApiPeer) -> None:
        peer.will(TOKEN_PATH, code(40125, f"invalid appsecret {SECRET}"))
        done = run("doctor", "beijing")
        for secret in (SECRET, TOKEN, AES_KEY):
            assert secret not in done.stdout + done.stderr

    @pytest.mark.parametrize(
        ("number", "said"),
        [
            (40164, "API IP 白名单"),
            (61004, "API IP 白名单"),
            (40125, "重置 AppSecret"),
            (40013, "APP_ID"),
            (40243, "解冻"),
            (89503, "管理员"),
        ],
    )
    def test_refused_credentials(
        self, run: Terminal, peer: ApiPeer, number: int, said: str
    ) -> None:
        peer.will(TOKEN_PATH, code(number, "invalid ip 203.0.113.7, not in whitelist"))
        done = run("doctor", "beijing")
        assert done.exit_code == 1
        line = found(done, "调用凭据")
        assert line.startswith("  ✗")
        assert str(number) in line
        assert said in line
        assert "203.0.113.7" in line

    @pytest.mark.parametrize(
        "shown", [{"is_menu_open": 0}, {"is_menu_open": 1, "selfmenu_info": {"button": []}}]
    )
    def test_the_menu_was_lost(
        self, run: Terminal, peer: ApiPeer, shown: dict[str, object]
    ) -> None:
        peer.will(SHOWN, JSONResponse(shown))
        done = run("doctor", "beijing")
        assert done.exit_code == 1
        assert "yibao menu push" in found(done, "菜单")

    def test_the_menu_differs(self, run: Terminal, peer: ApiPeer) -> None:
        other = {"button": [{"type": "click", "name": "帮助", "key": "k"}]}
        peer.will(SHOWN, JSONResponse({"is_menu_open": 1, "selfmenu_info": other}))
        done = run("doctor", "beijing")
        assert done.exit_code == 0
        assert "yibao menu diff beijing" in found(done, "菜单")

    def test_a_permission_that_is_not_there_after_all(self, run: Terminal, peer: ApiPeer) -> None:
        peer.will(SHOWN, code(48001))
        done = run("doctor", "beijing")
        assert done.exit_code == 1
        assert "_accounts.yml" in found(done, "接口调用")

    def test_the_clock_is_wrong(self, run: Terminal, peer: ApiPeer) -> None:
        headers = {"date": formatdate(unix_now() - 4000, usegmt=True)}
        peer.will(CALLBACK_IP, JSONResponse({"ip_list": []}, headers=headers))
        done = run("doctor", "beijing")
        # The server writes a Date of its own beside ours; either is a date of the platform.
        assert "本机时钟" in done.stdout

    def test_nobody_answers(self, run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("YIBAO_WECHAT_API_URL", "http://127.0.0.1:9")
        done = run("doctor", "beijing")
        assert done.exit_code == 1
        assert "放行到 http://127.0.0.1:9 的 9 端口" in found(done, "微信接口")


class TestRedis:
    def test_away(self, run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("YIBAO_REDIS_URL", "redis://:hidden@127.0.0.1:9/0")
        done = run("doctor", "beijing")
        assert done.exit_code == 1
        assert "YIBAO_REDIS_URL" in found(done, "Redis")
        assert "hidden" not in done.stdout


class TestEndpoint:
    def url(self, port: int) -> str:
        return f"http://127.0.0.1:{port}/wechat/beijing"

    def test_all_is_well(self, run: Terminal) -> None:
        with served(callback()) as port:
            done = run("doctor", "beijing", "--url", self.url(port))
        assert done.exit_code == 0, done.stdout
        for what in ("路径", "握手", "验签", "加密推送"):
            assert "✓" in found(done, what)

    @pytest.mark.parametrize("refuses", [True, False])
    def test_in_production_plain_text_is_refused(
        self, run: Terminal, monkeypatch: pytest.MonkeyPatch, refuses: bool
    ) -> None:
        monkeypatch.setenv("YIBAO_ENV", "production")
        monkeypatch.setenv("YIBAO_SALT", "9f2c61")
        with served(callback(dataclasses.replace(GOOD, require_aes=refuses))) as port:
            done = run("doctor", "beijing", "--url", self.url(port))
        assert done.exit_code == (0 if refuses else 1), done.stdout
        assert ("✓" if refuses else "YIBAO_ENV=production") in found(done, "明文推送")

    def test_of_the_host_alone(self, run: Terminal) -> None:
        with served(callback()) as port:
            done = run("doctor", "beijing", "--url", f"http://127.0.0.1:{port}")
        assert "✓" in found(done, "握手")

    def test_plain_text_where_there_is_no_key(
        self, run: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("YIBAO_ACCOUNTS__BEIJING__AES_KEY")
        plain = dataclasses.replace(GOOD, aes_keys=(), require_aes=False)
        with served(callback(plain)) as port:
            done = run("doctor", "beijing", "--url", self.url(port))
        assert done.exit_code == 0, done.stdout
        assert "安全模式" in found(done, "EncodingAESKey")
        assert "✓" in found(done, "明文推送")

    @pytest.mark.parametrize(
        ("other", "what"),
        [
            (dataclasses.replace(GOOD, token="anotherToken"), "握手"),
            (dataclasses.replace(GOOD, app_id="wxffffffffffffffff"), "加密推送"),
            (dataclasses.replace(GOOD, aes_keys=("B" * 43,)), "加密推送"),
        ],
    )
    def test_secrets_that_differ(self, run: Terminal, other: AccountSettings, what: str) -> None:
        with served(callback(other)) as port:
            done = run("doctor", "beijing", "--url", self.url(port))
        assert done.exit_code == 1
        assert "一致" in found(done, what)

    def test_a_server_whose_clock_is_wrong(self, run: Terminal) -> None:
        with served(callback(now=unix_now() - 4000)) as port:
            done = run("doctor", "beijing", "--url", self.url(port))
        assert done.exit_code == 1
        assert "时钟" in found(done, "握手")

    @pytest.mark.parametrize(
        ("response", "said"),
        [
            (RedirectResponse("/login"), "不跟随"),
            (PlainTextResponse("<html>"), "不是 echostr"),
            (Response(status_code=404), "404"),
            (Response(status_code=502), "502"),
        ],
    )
    def test_another_server(self, run: Terminal, response: Response, said: str) -> None:
        with served(answering(response)) as port:
            done = run("doctor", "beijing", "--url", self.url(port))
        assert done.exit_code == 1
        assert said in found(done, "握手")

    def test_a_server_that_believes_anybody(self, run: Terminal) -> None:
        async def echo(request: Request) -> Response:
            return PlainTextResponse(request.query_params.get("echostr", "success"))

        app = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])
        with served(app) as port:
            done = run("doctor", "beijing", "--url", self.url(port))
        assert done.exit_code == 1
        assert "冒充" in found(done, "验签")

    def test_nobody_there(self, run: Terminal) -> None:
        done = run("doctor", "beijing", "--url", self.url(9))
        assert done.exit_code == 1
        assert "防火墙" in found(done, "连接")

    def test_the_address_of_another_account(self, run: Terminal) -> None:
        done = run("doctor", "--url", self.url(9).replace("beijing", "liuzhou"))
        assert "网址：跳过：--url 是公众号 liuzhou 的地址" in done.stdout

    def test_a_certificate_that_nobody_signed(self, run: Terminal, tmp_path: Path) -> None:
        key, certificate = self_signed(tmp_path)
        with served(callback(), keyfile=key, certfile=certificate) as port:
            done = run("doctor", "beijing", "--url", self.url(port).replace("http:", "https:"))
        assert done.exit_code == 1
        assert "fullchain" in found(done, "证书")


@pytest.mark.parametrize(
    ("url", "bad"),
    [
        ("https://example.org/wechat/beijing", set()),
        ("https://example.org/bot/wechat/beijing", set()),
        ("https://example.org:443/wechat/beijing", set()),
        ("http://example.org:80/wechat/beijing", set()),
        ("https://example.org:8000/wechat/beijing", {"端口"}),
        ("https://example.org/wechat/beijing/", {"路径"}),
        ("https://example.org/wechat/liuzhou", {"路径"}),
        ("https://example.org/", {"路径"}),
        ("example.org/wechat/beijing", {"网址"}),
        ("ftp://example.org/wechat/beijing", {"网址"}),
    ],
)
def test_addresses_that_wechat_takes(url: str, bad: set[str]) -> None:
    findings = list(address_findings(urlsplit(url), "beijing"))
    assert {f.what for f in findings if f.level is Level.BAD} == bad
    assert all(f.remedy for f in findings if f.level is Level.BAD)


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026"])
def test_no_date_is_no_skew(date: str) -> None:
    assert skew_of(date, 0.0) is None


def test_skew_is_signed() -> None:
    assert skew_of(formatdate(1000, usegmt=True), 900.0) == 100


def self_signed(folder: Path) -> tuple[str, str]:
    """Write a key and a certificate for 127.0.0.1; return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.fromtimestamp(unix_now(), datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "key.pem", folder / "certificate.pem"
    paths[0].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    paths[1].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return str(paths[0]), str(paths[1])
