"""A calendar file becomes the values that the program computes with."""

from __future__ import annotations

import shutil
from datetime import date, time
from pathlib import Path

import pytest

from app.content.calendar_model import CalendarFile
from app.content.calendar_texts import texts_schema
from app.content.loader import load_catalog
from app.domain.calendar import (
    OPTIONAL_TEXTS,
    PLACEHOLDERS,
    DeadlineWindow,
    DebitDaysWindow,
    LockWindow,
    MonthEndsWindow,
    MonthlyWindow,
    PeriodWindow,
    PhasesWindow,
    Span,
    WindowKind,
)
from app.domain.names import Region
from tests.assistants import shipped_catalog
from tests.content.broken_content import SOUND

BEIJING = shipped_catalog().calendar[Region("beijing")]


def test_a_small_file() -> None:
    calendar = load_catalog(SOUND).calendar[Region("north")]
    debit = calendar.windows["debit"]
    assert isinstance(debit, DebitDaysWindow)
    assert debit.planned[0] == date(2025, 9, 15)
    assert (debit.shifts, debit.deposit_workdays, debit.period) == (True, 2, "2025 年度")
    assert debit.sources == ("north-2025#扣款日",)
    assert (calendar.closing_days, calendar.file) == (3, "knowledge/calendar/north.yml")


def test_a_calendar_is_part_of_the_revision(tmp_path: Path) -> None:
    shutil.copytree(SOUND, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "knowledge/calendar/north.yml"
    path.write_text(path.read_text("utf-8") + "# 注\n", "utf-8")
    assert load_catalog(tmp_path).revision != load_catalog(SOUND).revision


def test_content_without_calendars_loads(tmp_path: Path) -> None:
    shutil.copytree(SOUND, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "knowledge/calendar")
    assert load_catalog(tmp_path).calendar == {}


def test_every_kind_of_window() -> None:
    kinds = {type(window) for window in BEIJING.windows.values()}
    assert kinds == {
        PeriodWindow,
        MonthlyWindow,
        DeadlineWindow,
        DebitDaysWindow,
        MonthEndsWindow,
        PhasesWindow,
        LockWindow,
    }


def test_channels() -> None:
    payment = BEIJING.windows["payment"]
    assert isinstance(payment, MonthlyWindow)
    counter, jingtong = payment.channels["counter"], payment.channels["jingtong"]
    assert (counter.workdays_only, counter.until, counter.arrive_by) == (True, time(15), time(14))
    assert counter.hint == "不晚于14:00排号，先问是否暂缓"  # the fact is filled in
    assert (jingtong.workdays_only, jingtong.until) == (False, None)
    assert jingtong.unstated_days == payment.except_days == {15}
    assert "银行app" in payment.channels["bank_app"].words  # as the normaliser writes it


def test_what_is_worked_out_from_other_windows() -> None:
    back, ends = BEIJING.windows["back_payment"], BEIJING.windows["account_debit"]
    assert isinstance(back, DeadlineWindow)
    assert back.first == date(2025, 11, 30)
    assert back.pay == Span(date(2026, 1, 5), date(2026, 1, 20))
    assert isinstance(ends, MonthEndsWindow)
    assert ends.days[3] == date(2026, 2, 28)
    benefit = BEIJING.windows["benefit"]
    assert isinstance(benefit, PhasesWindow)
    assert len(benefit.firsts) == 3
    assert all(f"phase_{n}" in benefit.texts for n in (1, 2, 3))


@pytest.mark.parametrize("kind", list(WindowKind))
def test_editors_know_every_text_and_its_names(kind: WindowKind) -> None:
    schema = texts_schema(kind)
    assert schema["properties"].keys() == PLACEHOLDERS[kind].keys()
    assert set(schema["required"]) == PLACEHOLDERS[kind].keys() - OPTIONAL_TEXTS.get(kind, set())
    for state, names in PLACEHOLDERS[kind].items():
        description = schema["properties"][state]["description"]
        assert all(f"{{{name}}}" in description for name in names)


def test_headings_are_the_kinds() -> None:
    assert {kind.value for kind in WindowKind} <= CalendarFile.model_fields.keys()
