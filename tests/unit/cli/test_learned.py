"""`yibao learned`: what parents' choices teach, as proposals for operators."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.cli.learned import lines
from app.domain.names import IntentId
from app.domain.turn import Learned
from app.state.embedded import open_store
from app.state.lessons import Lesson, Lessons
from tests.assistants import small_catalog
from tests.unit.cli.terminal import Terminal


async def note(var_dir: Path, *questions: str) -> None:
    store = await open_store(None, var_dir)
    for question in questions:
        await Lessons(store).note("beijing", Learned(question, IntentId("fee_standard")))
    await store.close()


def test_the_most_frequent_first_with_the_file_to_edit(
    new_terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIBAO_VAR_DIR", str(tmp_path))
    asyncio.run(note(tmp_path, "得花几个钱", "要破费多少", "得花几个钱"))
    done = new_terminal("learned", "--account", "beijing")
    assert done.exit_code == 0, done.stderr
    first, second, total = done.stdout.splitlines()
    assert first.startswith("2 次 “得花几个钱” → 选了“")
    assert "intents/fee_standard.yml" in first
    assert second.startswith("1 次 “要破费多少”")
    assert total == "共 2 条。"
    assert new_terminal("learned", "--account", "beijing", "--limit", "1").stdout.count("次 “") == 1


def test_what_is_written_already_or_gone_is_left_out() -> None:
    catalog = small_catalog()
    known = catalog.intents[IntentId("fee_standard")].utterances[0]
    lessons = [
        Lesson(f"{known}？", IntentId("fee_standard"), 9),
        Lesson("x", IntentId("gone"), 3),
    ]
    assert list(lines(catalog, lessons)) == ["还没有新的说法：家长在反问之后点过选项，这里才有。"]


def test_an_unknown_account(new_terminal: Terminal) -> None:
    done = new_terminal("learned", "--account", "nanning")
    assert done.exit_code == 65
    assert "没有账号 nanning" in done.stderr


def test_redis_away(new_terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIBAO_REDIS_URL", "redis://127.0.0.1:1/0")
    done = new_terminal("learned", "--account", "beijing")
    assert done.exit_code == 69
    assert "Redis" in done.stderr
