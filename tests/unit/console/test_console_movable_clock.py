"""The playground's clock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.console.movable_clock import MovableClock, Preset, presets
from app.domain.content import Document
from app.domain.names import Region

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=SHANGHAI)


def clock() -> MovableClock:
    return MovableClock(lambda: NOW)


def test_runs_until_a_moment_is_chosen():
    moving = clock()
    assert moving() == NOW
    assert moving.words() == "2026-11-22 10:30"
    assert moving.choose("2025-12-10 08:05")
    assert moving() == datetime(2025, 12, 10, 8, 5, tzinfo=SHANGHAI)
    assert moving().utcoffset() == NOW.utcoffset()
    moving.run()
    assert moving() == NOW


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("2025-12-10T10:00", "2025-12-10 10:00"),
        ("2025年12月1日", "2025-12-01 10:00"),
        ("2025/1/2 23:59", "2025-01-02 23:59"),
        ("２０２５－１２－１０　９：０５", "2025-12-10 09:05"),
        ("2025年12月1日 8时30分", "2025-12-01 08:30"),
        ("2025-12-10 00:00", "2025-12-10 00:00"),
    ],
)
def test_moments_as_people_write_them(words, shown):
    moving = clock()
    assert moving.choose(words)
    assert moving.words() == shown


@pytest.mark.parametrize(
    "words",
    ["", "明天", "2025-13-01", "2025-02-30 10:00", "2025-12-10 25:00", "1999-12-31", "2100-01-01"],
)
def test_what_is_no_moment_changes_nothing(words):
    moving = clock()
    moving.choose("2025-12-10")
    assert not moving.choose(words)
    assert moving.words() == "2025-12-10 10:00"


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.times())
def test_reads_what_it_writes(day, at):
    moving, again = clock(), clock()
    moment = datetime.combine(day, at, SHANGHAI)
    assert moving.choose(f"{moment:%Y-%m-%d %H:%M}")
    assert again.choose(moving.words())
    assert again() == moving() == moment.replace(second=0, microsecond=0, fold=0)


@given(st.text())
def test_any_words_are_judged(words):
    clock().choose(words)


def document(valid_from: date, valid_until: date) -> Document:
    return Document(
        id="d",
        title="文件",
        publisher="局",
        published=valid_from,
        region=Region("north"),
        applies_to="2025 年度",
        valid_from=valid_from,
        valid_until=valid_until,
        confirm="12393",
        sections={},
    )


def test_presets_lie_within_and_after_the_validity():
    assert presets([document(date(2025, 11, 30), date(2026, 3, 31))]) == (
        Preset("文件有效期内", "2025-12-10 10:00"),
        Preset("文件过期后", "2026-04-01 10:00"),
    )
    assert (
        presets([document(date(2025, 11, 30), date(2025, 12, 1))])[0].moment == "2025-12-01 10:00"
    )
    assert presets([]) == ()
