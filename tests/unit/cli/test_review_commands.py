"""`yibao inbox` and `yibao report` on a real Redis."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from app.domain.journal import JournalEntry, Reason
from app.state.embedded import open_store
from app.state.journal import Journal
from app.state.statistics import Statistics
from tests.unit.cli.terminal import Terminal
from tests.unit.review.journals import NOW, asked

PERIOD = ("--from", "2025-12-01", "--to", "2025-12-31")


async def fill(var_dir: Path, *entries: JournalEntry) -> None:
    store = await open_store(None, var_dir)
    for entry in entries:
        await Journal(store).record(entry)
        await Statistics(store).count(entry.account, NOW.date(), {"messages": 1, "hour:10": 1})
    await store.close()


@pytest.fixture
def var_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIBAO_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("YIBAO_NOW", "2025-12-31T10:00")
    return tmp_path


def test_groups_with_proposals_the_most_frequent_first(terminal: Terminal, var_dir: Path) -> None:
    entries = [asked("一年的学生保费多少"), asked("一年学生保费多少钱"), asked("帮我写首诗")]
    answered = asked("每月几号能缴费", Reason.ANSWERED)
    asyncio.run(fill(var_dir, *entries, answered, asked("柳州的呢", account="liuzhou")))
    done = terminal("inbox", "--account", "beijing")
    assert done.exit_code == 0, done.stderr
    shown = done.stdout.splitlines()
    assert shown[0].startswith("1. 2 次 “一年")
    assert "没听懂" in shown[0]
    assert shown[1].startswith("   还说成“一年")
    assert shown[2].startswith("   建议：加到“一年交多少钱”（intents/fee_standard.yml），把握 ")
    assert shown[4].startswith("   建议：不归我们管：“")
    assert "每月几号" not in done.stdout
    assert "柳州的呢" not in done.stdout
    assert "柳州的呢" in terminal("inbox").stdout
    assert terminal("inbox", "--limit", "1").stdout.count("建议：") == 1


def test_an_empty_inbox_says_so(terminal: Terminal, var_dir: Path) -> None:
    assert "没有待处理的问题" in terminal("inbox").stdout


def test_a_report_in_both_forms(terminal: Terminal, var_dir: Path) -> None:
    asyncio.run(fill(var_dir, asked("喵喵喵"), asked("=1+1是多少")))
    sheet, page = var_dir / "report.xlsx", var_dir / "report.html"
    done = terminal("report", *PERIOD, "--out", str(sheet))
    assert done.exit_code == 0, done.stderr
    assert "已写到" in done.stdout
    book = load_workbook(io.BytesIO(sheet.read_bytes()))
    assert ("家长消息", "2") in list(book["总览"].values)
    done = terminal(
        "report", *PERIOD, "--format", "html", "--out", str(page), "--account", "beijing"
    )
    assert done.exit_code == 0, done.stderr
    assert "喵喵喵" in page.read_text("utf-8")


def test_a_report_without_data(terminal: Terminal, var_dir: Path) -> None:
    done = terminal("report", *PERIOD, "--out", str(var_dir / "r.xlsx"))
    assert done.exit_code == 0
    assert "没有数据" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "2025-12-31", "--to", "2025-12-01"), "--from 要在 --to 之前"),
        (("--from", "2000-01-01", "--to", "2025-12-01"), "最多 800 天"),
        ((*PERIOD, "--account", "nanning"), "没有账号 nanning"),
    ],
)
def test_bad_periods_and_accounts(
    terminal: Terminal, var_dir: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = terminal("report", *arguments, "--out", str(var_dir / "r.xlsx"))
    assert done.exit_code == 65
    assert says in done.stderr


def test_a_folder_that_is_not_there_and_redis_away(
    terminal: Terminal, var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = terminal("report", *PERIOD, "--out", str(var_dir / "no/r.xlsx"))
    assert done.exit_code == 65
    assert "写不了" in done.stderr
    monkeypatch.setenv("YIBAO_REDIS_URL", "redis://127.0.0.1:1/0")
    assert terminal("inbox").exit_code == 69
