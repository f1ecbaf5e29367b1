"""chat, lint, test and serve: what they print, and the exit code where they refuse."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from app import bootstrap
from app.cli.serving import check_address
from app.errors import SettingsError
from app.settings import Environment, Settings
from tests.assistants import SMALL_CONTENT
from tests.unit.cli.terminal import Terminal
from tests.unit.dialogue.parent import shown

PROBLEM = re.compile(r"^(intents/\S+\.yml):(\d+):(\d+) [A-Z]\d{3} 错误 .*[一-鿿].* → .*[一-鿿]")


class TestChat:
    def test_a_conversation_from_standard_input(self, terminal: Terminal) -> None:
        done = terminal(
            *("chat", "--account", "beijing", "--at", "2025-12-10T10:00"), typed="多少钱\n2\n"
        )
        assert done.exit_code == 0
        told = shown(done.stdout)
        assert told.index("学生每人435元/年。") < told.index("每月5日至20日")
        assert "依据：北京市城乡医保学生问答（2025–2026 年度）" in told

    def test_a_blank_line_ends_it(self, terminal: Terminal) -> None:
        done = terminal("chat", "--account", "beijing", typed="多少钱\n\n缴费日期\n")
        assert done.exit_code == 0
        assert "435元" in done.stdout
        assert "每月5日至20日" not in done.stdout

    def test_no_input_is_no_error(self, terminal: Terminal) -> None:
        assert terminal("chat", "--account", "liuzhou").exit_code == 0

    def test_the_moment_can_be_chosen(self, terminal: Terminal) -> None:
        done = terminal("chat", "--account", "beijing", "--at", "2026-04-01", typed="多少钱\n")
        assert done.stdout.startswith("⚠️")

    def test_each_turn_can_be_explained(self, terminal: Terminal) -> None:
        done = terminal("chat", "--account", "beijing", "--trace", typed="多少钱\n")
        assert "决定：answer" in done.stdout
        assert "归一化：多少钱" in done.stdout
        assert "fee_standard" in done.stdout

    def test_markup_in_a_reply_is_text(self, terminal: Terminal) -> None:
        done = terminal("chat", "--account", "beijing", typed="[bold]多少钱[/bold]\n[/]\n")
        assert done.exit_code == 0

    def test_an_unknown_account_is_told(self, terminal: Terminal) -> None:
        done = terminal("chat", "--account", "tianjin", typed="多少钱\n")
        assert done.exit_code == 65
        assert "tianjin" in done.stderr
        assert "beijing" in done.stderr


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small content with one mistake in each of two files."""
    root = tmp_path / "content"
    shutil.copytree(SMALL_CONTENT, root)
    fee = root / "intents/fee_standard.yml"
    fee.write_text(
        fee.read_text("utf-8").replace("title: 一年交多少钱", "title：一年交多少钱"), "utf-8"
    )
    window = root / "intents/payment_window.yml"
    window.write_text(
        window.read_text("utf-8").replace("{fact.payment_days}", "{fact.payment_day}"), "utf-8"
    )
    monkeypatch.setenv("YIBAO_CONTENT_DIR", str(root))
    return root


class TestBrokenContent:
    @pytest.mark.parametrize(
        "command",
        [
            ("lint",),
            ("test",),
            ("chat", "--account", "beijing"),
            ("serve", "--port", "1"),
        ],
        ids=lambda command: command[0],
    )
    @pytest.mark.usefixtures("broken")
    def test_every_problem_is_told_at_its_place(
        self, new_terminal: Terminal, command: tuple[str, ...]
    ) -> None:
        done = new_terminal(*command)
        assert (done.exit_code, done.stdout) == (78, "")
        matches = [m for line in done.stderr.splitlines() if (m := PROBLEM.match(line))]
        places = {match[1]: (int(match[2]), int(match[3])) for match in matches}
        assert places["intents/fee_standard.yml"] == (2, 6)
        line, column = places["intents/payment_window.yml"]
        assert line > 20
        assert column > 1
        assert re.search(r"共 \d+ 个错误", done.stderr.splitlines()[-1])

    @pytest.mark.usefixtures("broken")
    def test_eval_tells_them_too(self, new_terminal: Terminal, tmp_path: Path) -> None:
        file = tmp_path / "in.jsonl"
        file.write_text('{"q": "多少钱", "region": "beijing"}\n', "utf-8")
        assert new_terminal("eval", str(file)).exit_code == 78

    def test_sound_content_passes(self, new_terminal: Terminal) -> None:
        done = new_terminal("lint")
        assert done.exit_code == 0, done.stderr
        assert "内容检查通过。" in done.stdout


class TestContentTests:
    def test_every_sentence_is_counted(self, terminal: Terminal) -> None:
        done = terminal("test")
        assert done.exit_code in {0, 1}
        match = re.search(
            r"测试句 (\d+) 条：直接答对 (\d+)，反问里有 (\d+)，没通过 (\d+)", done.stdout
        )
        assert match
        total, answered, offered, failed = map(int, match.groups())
        assert total == answered + offered + failed > 20
        assert done.stdout.count("✗") >= failed  # one line for each account
        assert done.exit_code == (1 if failed else 0)


class TestServe:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])  # noqa: S104
    @pytest.mark.parametrize("command", ["serve", "console"])
    def test_a_sandbox_is_not_shown_to_others(
        self, terminal: Terminal, command: str, host: str
    ) -> None:
        done = terminal(command, "--host", host, "--port", "1")
        assert done.exit_code == 78
        assert "只能监听本机" in done.stderr
        assert "YIBAO_ENV=production" in done.stderr

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
    def test_it_may_be_shown_on_this_machine(self, host: str) -> None:
        check_address(Settings(), host)

    def test_production_may_listen_anywhere(self) -> None:
        check_address(Settings(env=Environment.PRODUCTION), "0.0.0.0")  # noqa: S104
        with pytest.raises(SettingsError):
            check_address(Settings(), "0.0.0.0")  # noqa: S104

    @pytest.mark.parametrize("command", ["serve", "console", "run"])
    def test_production_refuses_what_is_public_and_lists_what_is_missing(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        monkeypatch.setenv("YIBAO_ENV", "production")
        monkeypatch.setenv("YIBAO_ACCOUNTS__BEIJING__TOKEN", "sandbox")
        monkeypatch.setenv("YIBAO_ACCOUNTS__LIUZHOU__AES_KEY", "A" * 43)
        done = terminal(command)
        assert done.exit_code == 78
        for name in (
            *("YIBAO_SALT", "YIBAO_ACCOUNTS__BEIJING__APP_ID", "YIBAO_ACCOUNTS__BEIJING__TOKEN"),
            *("YIBAO_ACCOUNTS__LIUZHOU__APP_ID", "YIBAO_ACCOUNTS__LIUZHOU__TOKEN"),
        ):
            assert name in done.stderr
        assert "A" * 43 not in done.stderr

    @pytest.mark.parametrize(
        ("name", "value"),
        [("YIBAO_NOW", "tomorrow"), ("YIBAO_ACCOUNTS", "{"), ("YIBAO_ENV", "prod")],
    )
    def test_a_wrong_setting_is_told(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        done = terminal("serve")
        assert done.exit_code == 78
        assert name in done.stderr

    def test_no_content_anywhere_is_told(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("YIBAO_CONTENT_DIR", str(tmp_path))
        monkeypatch.setattr(bootstrap, "__file__", str(tmp_path / "app/bootstrap.py"))
        done = terminal("lint")
        assert done.exit_code == 78
        assert "YIBAO_CONTENT_DIR" in done.stderr


class TestHelp:
    @pytest.mark.parametrize(
        "command",
        ["serve", "console", "run", "chat", "eval", "dialogues", "lint", "test", "schema"],
    )
    def test_every_command_explains_itself_in_chinese(
        self, terminal: Terminal, command: str
    ) -> None:
        done = terminal(command, "--help")
        assert done.exit_code == 0
        assert re.search("[一-鿿]{4}", done.stdout)
