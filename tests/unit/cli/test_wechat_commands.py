"""`yibao menu` and `yibao qrcode` against a platform on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from app.content.lint import lint
from app.dialogue.texts import TEXT_KEYS
from tests.unit.cli.terminal import Terminal
from tests.unit.cli.wechat_deployment import MENU, MENU_ON_THE_WIRE, deploy
from tests.wechat_api.api_peer import SECRET, ApiPeer, code, serving

GET, CREATE = "/cgi-bin/menu/get", "/cgi-bin/menu/create"


@pytest.fixture
def peer() -> Iterator[ApiPeer]:
    with serving(ApiPeer()) as running:
        running.will(GET, code(46003))
        yield running


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, peer: ApiPeer) -> Path:
    return deploy(monkeypatch, tmp_path, peer)


@pytest.fixture
def run(root: Path) -> Terminal:
    return Terminal()


class TestDiff:
    def test_what_a_push_would_change(self, run: Terminal) -> None:
        done = run("menu", "diff", "beijing")
        assert done.exit_code == 1
        assert done.stdout.splitlines() == [
            "beijing：推送会改这些",
            "  + 缴费：打开二级按钮",
            "  + 缴费 › 一年交多少钱：回答 fee_standard",
            "  + 缴费 › 能不能参保：流程 check_coverage",
            "  + 帮助：命令 help",
        ]

    def test_nothing(self, run: Terminal, peer: ApiPeer) -> None:
        peer.will(GET, JSONResponse({"menu": MENU_ON_THE_WIRE}))
        done = run("menu", "diff")
        assert (done.exit_code, done.stdout) == (0, "beijing：没有差别\n")

    def test_of_an_account_without_a_menu(self, run: Terminal) -> None:
        assert "没有写liuzhou的菜单" in run("menu", "diff", "liuzhou").stderr

    def test_of_no_account(self, run: Terminal) -> None:
        done = run("menu", "diff", "shanghai")
        assert done.exit_code == 78
        assert "没有公众号 shanghai；有：liuzhou、beijing" in done.stderr

    def test_a_refusal_says_what_to_do(self, run: Terminal, peer: ApiPeer) -> None:
        peer.will(GET, code(40164, "invalid ip 203.0.113.7 ipv6 ::ffff"))
        done = run("menu", "diff", "beijing")
        assert done.exit_code == 69
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert "203.0.113.7" in done.stderr
        assert "API IP 白名单" in done.stderr
        assert SECRET not in done.stdout + done.stderr


class TestPush:
    def test_asks_first(self, run: Terminal, peer: ApiPeer) -> None:
        done = run("menu", "push", "beijing", typed="n\n")
        assert done.exit_code == 1
        assert "推送到 beijing" in done.stdout
        assert peer.count(CREATE) == 0

    @pytest.mark.parametrize(("options", "typed"), [((), "y\n"), (("--yes",), "")])
    def test_with_consent(
        self, run: Terminal, peer: ApiPeer, options: tuple[str, ...], typed: str
    ) -> None:
        done = run("menu", "push", "beijing", *options, typed=typed)
        assert done.exit_code == 0
        assert peer.asked[-1].path == CREATE
        assert peer.asked[-1].body == MENU_ON_THE_WIRE
        assert "推送好了" in done.stdout

    def test_the_same_menu_is_not_pushed(self, run: Terminal, peer: ApiPeer) -> None:
        peer.will(GET, JSONResponse({"menu": MENU_ON_THE_WIRE}))
        assert run("menu", "push", "--yes").exit_code == 0
        assert peer.count(CREATE) == 0

    def test_broken_content_is_not_pushed(self, run: Terminal, peer: ApiPeer, root: Path) -> None:
        (root / "intents/menu.yml").write_text(MENU.replace("fee_standard", "fee"), "utf-8")
        done = run("menu", "push", "--yes")
        assert done.exit_code == 78
        assert "intents/menu.yml:7:19 R004" in done.stderr
        assert peer.asked == []


class TestPull:
    def test_prints_the_file(self, run: Terminal, peer: ApiPeer) -> None:
        peer.will(GET, JSONResponse({"menu": MENU_ON_THE_WIRE}))
        done = run("menu", "pull", "beijing")
        assert "        - name: 能不能参保\n          flow: check_coverage\n" in done.stdout

    def test_there_is_none(self, run: Terminal) -> None:
        assert "没有菜单" in run("menu", "pull", "beijing").stderr

    def test_writes_the_file_and_keeps_the_rest(
        self, run: Terminal, peer: ApiPeer, root: Path
    ) -> None:
        path = root / "intents/menu.yml"
        other = "  liuzhou:   # 柳州的\n    - name: 帮助\n      command: help\n"
        path.write_text(MENU + other, "utf-8")
        page = {"type": "view", "name": "官网: 首页", "url": "https://example.org/"}
        peer.will(GET, JSONResponse({"menu": {"button": [page]}}))
        assert run("menu", "pull", "beijing", "--write").exit_code == 0
        text = path.read_text("utf-8")
        assert "# 北京的菜单" in text
        assert "# 柳州的" in text
        assert "一年交多少钱" not in text
        problems = lint(root, TEXT_KEYS)
        assert [p for p in problems if p.level == "error"] == []
        peer.will(GET, JSONResponse({"menu": {"button": [page]}}))
        assert run("menu", "diff", "beijing").exit_code == 0

    @pytest.mark.parametrize(
        "button",
        [
            {"type": "media_id", "name": "图", "media_id": "m"},
            {"type": "click", "name": "旧", "key": "V1001_OLD"},
        ],
    )
    def test_what_the_file_cannot_say_is_told_and_nothing_written(
        self, run: Terminal, peer: ApiPeer, root: Path, button: dict[str, str]
    ) -> None:
        peer.will(GET, JSONResponse({"menu": {"button": [button]}}))
        assert f"写不进文件的按钮：{button['name']}" in run("menu", "pull", "beijing").stdout
        assert run("menu", "pull", "beijing", "--write").exit_code == 78
        assert (root / "intents/menu.yml").read_text("utf-8") == MENU


class TestQrcode:
    PATH = "/cgi-bin/qrcode/create"

    def test_prints_the_picture(self, run: Terminal, peer: ApiPeer) -> None:
        peer.will(self.PATH, JSONResponse({"ticket": "gQ=", "url": "u"}))
        done = run("qrcode", "beijing", "school_a")
        assert done.stdout == (
            "某某小学：https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQ%3D\n"
        )

    def test_a_scene_that_is_not_in_the_file(self, run: Terminal, peer: ApiPeer) -> None:
        done = run("qrcode", "beijing", "school_z")
        assert done.exit_code == 78
        assert "有：school_a" in done.stderr
        assert peer.asked == []

    def test_an_account_that_may_not(
        self, run: Terminal, peer: ApiPeer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("YIBAO_ACCOUNTS__BEIJING__TYPE", "订阅号")
        done = run("qrcode", "beijing", "school_a")
        assert done.exit_code == 69
        assert "已认证订阅号没有“带参数的二维码”权限" in done.stderr
        assert peer.asked == []


def test_without_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deploy(monkeypatch, tmp_path)
    done = Terminal()("menu", "diff", "beijing")
    assert done.exit_code == 78
    assert "YIBAO_ACCOUNTS__BEIJING__APP_SECRET" in done.stderr
