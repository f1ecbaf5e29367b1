"""What ends soon, for operators."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from app.domain.names import Region
from app.knowledge.expiry import counts, expiring, start_up_warnings, unknown_years
from tests.assistants import shipped_catalog
from tests.unit.knowledge.calendars import moment, whole_calendar

NOW = moment("2026-02-01T10:00")


def test_what_ends_in_time_or_has_ended_earliest_first() -> None:
    found = expiring(shipped_catalog(), NOW, timedelta(days=30))
    assert [item.last for item in found] == sorted(item.last for item in found)
    by_title = {item.title: item for item in found}
    assert by_title["参保时间"].days_left == 27
    assert by_title["参保时间"].file == "knowledge/calendar/beijing.yml"
    assert by_title["银行批量扣款"].last.isoformat() == "2026-02-24"  # moved
    assert by_title["补缴上报"].days_left == -12
    assert "自己缴费" not in by_title
    assert any(item.file == "knowledge/liuzhou-2023.md" for item in found)
    assert not any(item.file == "knowledge/beijing-2026.md" for item in found)


def test_the_last_day_counts_as_left() -> None:
    found = {
        i.title: i for i in expiring(shipped_catalog(), moment("2026-03-31T00:00"), timedelta(0))
    }
    document = found["北京市城乡医保学生问答"]
    assert document.days_left == 0
    assert str(document).startswith("2026-03-31 今天是最后一天：")


def test_lines_are_chinese_sentences() -> None:
    lines = [str(item) for item in expiring(shipped_catalog(), NOW, timedelta(days=30))]
    assert "2026-02-28 还有 27 天：参保时间（knowledge/calendar/beijing.yml）" in lines
    assert "2026-01-20 已过期 12 天：补缴上报（knowledge/calendar/beijing.yml）" in lines


def test_start_up_names_years_without_holidays() -> None:
    small = dataclasses.replace(
        shipped_catalog(), documents={}, calendar={Region("north"): whole_calendar(2090)}
    )
    lines = start_up_warnings(small, moment("2090-01-01T00:00"))
    assert any("2091 年的放假安排程序里还没有" in line and "north.yml" in line for line in lines)
    assert start_up_warnings(dataclasses.replace(small, calendar={}), NOW) == ()
    usual = start_up_warnings(shipped_catalog(), moment("2025-12-01T00:00"))
    assert not any("放假安排" in line for line in usual)


def test_this_year_is_named_while_anything_lies_ahead() -> None:
    small = dataclasses.replace(shipped_catalog(), calendar={Region("north"): whole_calendar(2090)})
    found = unknown_years(small, moment("2090-12-01T00:00"))
    assert [line[:4] for line in found] == ["2090", "2091"]
    assert [line[:4] for line in unknown_years(small, moment("2095-01-01T00:00"))] == ["2091"]
    assert unknown_years(shipped_catalog(), moment("2025-12-01T00:00")) == ()


def test_counts_by_account_and_state() -> None:
    found = counts(shipped_catalog(), moment("2026-02-01T10:00"))
    # 参保 02-28, 自己缴费 03-20, 批扣 02-24, 划扣 and the document 03-31; 补缴 ended on 01-20.
    assert found["beijing", "expired"] == 1
    assert found["beijing", "soon"] == 5
    assert found["beijing", "current"] == 0
    assert (found["liuzhou", "expired"], found["liuzhou", "soon"]) == (1, 0)
    later = counts(shipped_catalog(), moment("2026-04-01T00:00"))
    assert (later["beijing", "expired"], later["beijing", "soon"]) == (6, 0)
    before = counts(shipped_catalog(), moment("2025-09-01T00:00"))
    assert before["beijing", "current"] == 6
