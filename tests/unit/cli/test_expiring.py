"""`yibao expiring`: what ends soon, in time to do something about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.cli.expiring import parse_within
from app.cli.input_error import InputError
from tests.assistants import ROOT
from tests.unit.cli.terminal import Terminal


@pytest.mark.parametrize(
    ("text", "days"), [("60d", 60), ("60", 60), ("0d", 0), ("8w", 56), ("30天", 30), (" 7D ", 7)]
)
def test_times_are_read(text: str, days: int) -> None:
    assert parse_within(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "soon", "-3d", "1.5d", "60m", "99999d"])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="60d"):
        parse_within(text)


class TestCommand:
    def test_documents_and_dated_periods(
        self, new_terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("YIBAO_CONTENT_DIR", str(ROOT))
        done = new_terminal("expiring", "--within", "30d", "--at", "2026-02-01")
        assert done.exit_code == 0
        assert "2026-02-28 还有 27 天：参保时间（knowledge/calendar/beijing.yml）" in done.stdout
        assert "knowledge/liuzhou-2023.md" in done.stdout
        assert "knowledge/beijing-2026.md" not in done.stdout

    def test_nothing_ends(self, new_terminal: Terminal) -> None:
        done = new_terminal("expiring", "--within", "1d", "--at", "2022-10-01")
        assert done.stdout == "1 天内没有到期的内容。\n"

    def test_a_time_that_cannot_be_read(self, new_terminal: Terminal) -> None:
        done = new_terminal("expiring", "--within", "soon")
        assert done.exit_code == 65
        assert "60d" in done.stderr
