"""`yibao impact`, `preview`, `diff`: what they print, their exit codes, and bad input."""

from __future__ import annotations

import html
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.cli.content_sources import open_content
from app.cli.input_error import InputError
from tests.assistants import SMALL_CONTENT
from tests.unit.cli.terminal import Done, Terminal
from tests.unit.impact.contents import ALIPAY, BANK, THIEVES, changed, planted

AT = ("--at", "2025-12-10T10:00")
NASTY = "</pre><script>alert('支付宝')</script>"


@pytest.fixture(autouse=True)
def _own_var_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path_factory.getbasetemp() / "impact-var"
    monkeypatch.setenv("YIBAO_VAR_DIR", str(base))


@pytest.fixture
def thieving(tmp_path: Path) -> Path:
    return changed(tmp_path / "thieving", planted(BANK, THIEVES))


def impact(terminal: Terminal, *args: object) -> Done:
    return terminal("impact", *map(str, args), *AT)


class TestImpact:
    def test_the_same_content_is_told_so(self, new_terminal: Terminal) -> None:
        done = impact(new_terminal, SMALL_CONTENT)
        assert done.exit_code == 0
        assert done.stdout.startswith("两份内容没有差别。")

    def test_a_thief_is_named_and_the_exit_code_is_one(
        self, new_terminal: Terminal, thieving: Path
    ) -> None:
        done = impact(new_terminal, SMALL_CONTENT, thieving)
        assert done.exit_code == 1
        assert "[被抢走] 测试句（liuzhou）“打开支付宝后从哪个栏目给孩子付医保”" in done.stdout
        assert "原来：回答 用支付宝缴费（pay_by_alipay）" in done.stdout
        assert "现在：回答 哪些银行能缴费（pay_by_bank）" in done.stdout
        assert f"拉走它的新说法：{BANK} “{THIEVES[0]}”" in done.stdout

    def test_json_with_progress_by_lines(
        self, new_terminal: Terminal, thieving: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "impact.json"
        options = ("--format", "json", "--progress", "json-lines", "--out", out)
        done = impact(new_terminal, SMALL_CONTENT, thieving, *options)
        assert done.exit_code == 1
        events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        last = events[-1]
        assert (last["stage"], last["done"]) == ("replay", last["total"])
        found = json.loads(out.read_text("utf-8"))
        assert found["version"] == 1
        assert {r["kind"] for r in found["regressions"]} == {"stolen"}
        assert found["regressions"][0]["thief"]["file"] == BANK
        assert found["accuracy"]["new"] < found["accuracy"]["old"]

    def test_a_page_shows_nasty_texts_and_runs_none(
        self, new_terminal: Terminal, tmp_path: Path
    ) -> None:
        edits = (
            (ALIPAY, "输入身份证号及姓名", f"输入身份证号及姓名{NASTY}"),
            planted(BANK, [f"{THIEVES[0]}{NASTY}"]),
        )
        new = changed(tmp_path / "nasty", *edits)
        asked = tmp_path / "asked.jsonl"
        row = {"account": "liuzhou", "text": f"支付宝{NASTY}", "count": 3}
        asked.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
        out = tmp_path / "impact.html"
        options = ("--format", "html", "--questions", asked, "--out", out)
        impact(new_terminal, SMALL_CONTENT, new, *options)
        page = out.read_text("utf-8")
        assert "<script" not in page
        assert html.escape(NASTY) in page

    def test_real_questions_are_replayed(
        self, new_terminal: Terminal, thieving: Path, tmp_path: Path
    ) -> None:
        asked = tmp_path / "asked.jsonl"
        asked.write_text(
            '{"region": "liuzhou", "q": "打开支付宝后从哪个栏目给孩子付这个钱"}\n', "utf-8"
        )
        done = impact(new_terminal, SMALL_CONTENT, thieving, "--questions", asked)
        assert "[被抢走] 家长的问题（liuzhou）" in done.stdout
        assert "家长的问题 1 次：没有直接回答 0 → 0" in done.stdout

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ('{"text": "多少钱"}', "缺少 account 或 text"),
            ('{"account": "beijing", "text": "多少钱", "count": "many"}', "count"),
            ("多少钱", "不是 JSON"),
        ],
    )
    def test_questions_of_another_form_are_refused(
        self, new_terminal: Terminal, tmp_path: Path, line: str, problem: str
    ) -> None:
        asked = tmp_path / "asked.jsonl"
        asked.write_text(line, "utf-8")
        done = impact(new_terminal, SMALL_CONTENT, "", "--questions", asked)
        assert done.exit_code == 2
        assert problem in done.stderr

    def test_a_broken_side_is_named(self, new_terminal: Terminal, tmp_path: Path) -> None:
        new = changed(tmp_path / "broken", (ALIPAY, "kind: faq", "kind: fax"))
        done = impact(new_terminal, SMALL_CONTENT, new)
        assert done.exit_code == 2
        assert "新的内容" in done.stderr
        assert f"{ALIPAY}:3:" in done.stderr


class TestStopping:
    def test_a_terminated_comparison_leaves_nothing(self, tmp_path: Path) -> None:
        unlearned = changed(tmp_path / "unlearned", planted(BANK, ["邮局边上那家银行给代交不"]))
        archive = shutil.make_archive(str(tmp_path / "old"), "zip", unlearned)
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        command = ["impact", archive, "--progress", "json-lines", *AT]
        process = subprocess.Popen(
            [sys.executable, "-m", "app", *command],
            env={**os.environ, "TMPDIR": str(temporary), "YIBAO_VAR_DIR": str(tmp_path / "var")},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        with process:
            assert process.stderr is not None
            assert json.loads(process.stderr.readline())["stage"] == "learn"
            process.terminate()
            told = process.stderr.read()
            assert process.wait(timeout=60) == 2
        assert told.endswith("已取消。\n")
        assert list(temporary.glob("yibao-impact-*")) == []


class TestSources:
    def test_a_zip(self, tmp_path: Path) -> None:
        archive = Path(shutil.make_archive(str(tmp_path / "old"), "zip", SMALL_CONTENT))
        root = open_content(str(archive), SMALL_CONTENT, _empty(tmp_path))
        assert (root / ALIPAY).read_text("utf-8") == (SMALL_CONTENT / ALIPAY).read_text("utf-8")

    def test_a_zip_writes_nothing_elsewhere(self, tmp_path: Path) -> None:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name in ("intents/../../evil.yml", "/intents/evil.yml", "intents\\..\\evil.yml"):
                archive.writestr(name, "x")
            archive.writestr("intents/good.yml", "x")
            archive.writestr("app/evil.py", "x")
        path = tmp_path / "evil.zip"
        path.write_bytes(data.getvalue())
        root = open_content(str(path), SMALL_CONTENT, _empty(tmp_path))
        assert [p.name for p in root.rglob("*") if p.is_file()] == ["good.yml"]
        assert not list(tmp_path.rglob("evil.yml"))

    def test_a_git_revision(self, tmp_path: Path) -> None:
        root = changed(tmp_path / "repository/content")
        _git(root, "init", "--quiet")
        _git(root, "add", "--all")
        _git(root, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "-m", "first")
        changed(root, (ALIPAY, "市民中心", "办事大厅"))
        old = open_content("HEAD", root, _empty(tmp_path))
        assert (old / ALIPAY).read_bytes() == (SMALL_CONTENT / ALIPAY).read_bytes()

    @pytest.mark.parametrize("name", ["nowhere", "--output=evil", "HEAD~99999"])
    def test_what_does_not_exist(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError, match="没有这个目录或 zip 文件"):
            open_content(name, changed(tmp_path / "content"), _empty(tmp_path))

    def test_what_is_no_content(self, tmp_path: Path) -> None:
        (tmp_path / "text.zip").write_text("no zip", "utf-8")
        with pytest.raises(InputError, match="不是能打开的 zip"):
            open_content(str(tmp_path / "text.zip"), SMALL_CONTENT, _empty(tmp_path))
        with pytest.raises(InputError, match="没有 intents/ 目录"):
            open_content(str(tmp_path), SMALL_CONTENT, _empty(tmp_path))


class TestPreview:
    def test_every_answer_as_of_a_date(self, new_terminal: Terminal) -> None:
        done = new_terminal("preview", "--at", "2027-01-01")
        assert done.exit_code == 0
        assert "── 一年交多少钱（fee_standard · beijing）\n⚠️" in done.stdout
        assert "《北京市城乡医保学生问答》已于 2026-03-31 到期" in done.stdout

    def test_one_intent_at_one_account(self, new_terminal: Terminal) -> None:
        options = ("--intent", "fee_standard", "--account", "beijing")
        done = new_terminal("preview", *AT, *options)
        assert "共 1 条：问答 1" in done.stdout
        assert "435元" in done.stdout
        assert "⚠️" not in done.stdout

    def test_a_page_with_an_index(self, new_terminal: Terminal, tmp_path: Path) -> None:
        out = tmp_path / "preview.html"
        new_terminal("preview", *AT, "--format", "html", "--out", str(out))
        page = out.read_text("utf-8")
        assert '<a href="#fee_standard-beijing-">' in page
        assert '<section id="fee_standard-beijing-">' in page

    def test_json(self, new_terminal: Terminal) -> None:
        done = new_terminal("preview", *AT, "--intent", "fee_standard", "--format", "json")
        assert json.loads(done.stdout)["answers"][0]["intent"] == "fee_standard"

    @pytest.mark.parametrize(
        ("option", "name", "told"),
        [
            ("--intent", "fee_standart", "是不是想写“fee_standard”"),
            ("--account", "tianjin", "没有账号 tianjin"),
        ],
    )
    def test_an_unknown_name(
        self, new_terminal: Terminal, option: str, name: str, told: str
    ) -> None:
        done = new_terminal("preview", option, name)
        assert done.exit_code == 65
        assert told in done.stderr


class TestDiff:
    def test_answers_that_expire_alike_stand_together(self, new_terminal: Terminal) -> None:
        done = new_terminal("diff", "--at", "2026-03-31", "--at", "2026-04-01")
        assert done.exit_code == 0
        assert "过期提示：" in done.stdout
        assert done.stdout.count("+ ⚠️ 以下是 2025–2026 年度的规定") == 1

    def test_the_same_moment_changes_nothing(self, new_terminal: Terminal) -> None:
        done = new_terminal("diff", "--at", "2026-03-31", "--at", "2026-03-31")
        assert "没有差别" in done.stdout

    def test_one_moment_is_too_few(self, new_terminal: Terminal) -> None:
        done = new_terminal("diff", "--at", "2026-03-31")
        assert done.exit_code == 65
        assert "要写两个时刻" in done.stderr


def _empty(tmp_path: Path) -> Path:
    folder = tmp_path / "unpacked"
    folder.mkdir(exist_ok=True)
    return folder


def _git(root: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=root, check=True, capture_output=True, timeout=60)
