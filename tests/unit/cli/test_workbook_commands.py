"""`yibao export` and `yibao import` as typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.assistants import SMALL_CONTENT
from tests.unit.cli.terminal import Terminal


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "content"
    shutil.copytree(SMALL_CONTENT, root)
    monkeypatch.setenv("YIBAO_CONTENT_DIR", str(root))
    monkeypatch.setenv("YIBAO_VAR_DIR", str(tmp_path / "var"))
    return root


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_export_dry_run_and_import(new_terminal: Terminal, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "content.xlsx"
    done = new_terminal("export", str(path))
    assert (done.exit_code, "个问答到" in done.stdout) == (0, True)
    before = tree(root)
    assert new_terminal("import", str(path)).stdout == "没有改动。\n"
    book = load_workbook(path)
    sheet = book["测试句"]
    sheet.append(["fee_standard", None, "娃儿医保好多钱"])
    book.save(path)
    done = new_terminal("import", str(path), "--dry-run")
    assert done.stdout == (
        "修改 intents/fee_standard.yml\n  +  - 娃儿医保好多钱\n"
        "会改 1 个文件；这次没有写（--dry-run）。\n"
    )
    assert tree(root) == before
    assert new_terminal("import", str(path)).stdout.endswith("改了 1 个文件。\n")
    after = tree(root)
    assert [name for name in after if after[name] != before.get(name)] == [
        "intents/fee_standard.yml"
    ]


def test_problems_end_the_command_and_change_nothing(
    new_terminal: Terminal, root: Path, tmp_path: Path
) -> None:
    path = tmp_path / "content.xlsx"
    new_terminal("export", str(path))
    book = load_workbook(path)
    book["说法"]["C2"] = "=1+1"
    book["答案"]["C2"] = "beijng"
    book.save(path)
    before = tree(root)
    done = new_terminal("import", str(path))
    assert done.exit_code == 65
    assert "说法!C2：这里是公式，不是文字 → " in done.stderr
    assert done.stderr.endswith("个问题，什么都没有改。\n")
    assert tree(root) == before


def test_files_that_cannot_be_written(new_terminal: Terminal, root: Path, tmp_path: Path) -> None:
    assert "要以 .xlsx 结尾" in new_terminal("export", str(tmp_path / "a.xls")).stderr
    done = new_terminal("export", str(tmp_path / "none" / "a.xlsx"))
    assert (done.exit_code, "写不了" in done.stderr) == (65, True)


def test_other_bots_become_drafts(new_terminal: Terminal, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "qa.csv"
    path.write_text("问题,答案\n多少钱,435 元\n没答案,\n", "gbk")
    before = tree(root)
    done = new_terminal("import", str(path))
    assert (done.exit_code, "--region" in done.stderr) == (65, True)
    done = new_terminal("import", str(path), "--region", "beijing", "--dry-run")
    assert "没有采用：第 3 行：没有答案\n会写 1 个问答、1 句问法的草稿" in done.stdout
    assert not (tmp_path / "var").exists()
    done = new_terminal("import", str(path), "--region", "beijing")
    (draft,) = (tmp_path / "var/drafts").rglob("*.yml")
    assert "- 多少钱" in draft.read_text("utf-8")
    assert "移到 intents/" in done.stdout
    assert tree(root) == before
