"""`yibao operator`: accounts of the console from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.terminal import Terminal

GOOD = "correct horse 12\n"


@pytest.fixture
def operator(new_terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("YIBAO_VAR_DIR", str(tmp_path))
    return new_terminal


def test_an_account_is_made_changed_and_removed(operator: Terminal) -> None:
    assert "operator add 名字 --role approver" in operator("operator", "list").stdout
    made = operator("operator", "add", "王芳", "--role", "approver", "--password-stdin", typed=GOOD)
    assert (made.exit_code, made.stdout) == (0, "已新建账号 王芳（审核）。\n")
    assert "王芳　审核" in operator("operator", "list").stdout
    assert "王芳 现在是“编辑”" in operator("operator", "role", "王芳", "editor").stdout
    changed = operator("operator", "password", "王芳", "--password-stdin", typed="another pass 3\n")
    assert changed.exit_code == 0
    removed = operator("operator", "remove", "王芳")
    assert "没有人能发布" in removed.stdout
    assert removed.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "typed", "problem"),
    [
        (("add", "a", "--password-stdin"), "short\n", "密码太短"),
        (("add", "a b", "--password-stdin"), GOOD, "不能用"),
        (("add", "operator-one", "--password-stdin"), "Operator-One\n", "账号名"),
        (("add", "a"), GOOD, "--password-stdin"),
        (("remove", "nobody"), "", "没有名叫 nobody"),
        (("role", "nobody", "editor"), "", "没有名叫 nobody"),
        (("password", "nobody", "--password-stdin"), GOOD, "没有名叫 nobody"),
    ],
)
def test_what_cannot_be_is_told(
    operator: Terminal, arguments: tuple[str, ...], typed: str, problem: str
) -> None:
    done = operator("operator", *arguments, typed=typed)
    assert done.exit_code != 0
    assert problem in done.stderr
    assert typed.strip() not in done.stdout + done.stderr or not typed


def test_a_name_is_taken_once(operator: Terminal) -> None:
    operator("operator", "add", "a", "--password-stdin", typed=GOOD)
    done = operator("operator", "add", "a", "--password-stdin", typed=GOOD)
    assert "已经有名叫 a 的账号" in done.stderr
