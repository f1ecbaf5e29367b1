"""The seam to the dialogue: whatever is asked at whatever moment, short and true lines."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.calendar import MonthlyWindow
from app.domain.names import IntentId, Region
from app.knowledge.calendar import date_lines, window_lines
from tests.assistants import shipped_catalog
from tests.unit.knowledge.calendars import moment, whole_calendar

BEIJING = Region("beijing")
WINDOW = IntentId("payment_window")
QUESTIONS = [
    *("", "今天能交吗", "周末能交吗", "15号能交吗", "20号之后呢", "下个月几号", "晚上八点行吗"),
    *("月底还行吗", "春节能交吗", "2月29号能交吗", "31号呢", "明年再交行吗", "柜台三点以后呢"),
    *("昨天没交上", "元旦前能办吗", "3天后", "手机能交吗", "过了今天呢", "12月31号到1月6号"),
]


class TestSeam:
    def test_nothing_where_an_answer_names_no_window(self) -> None:
        now = moment("2025-12-10T10:00")
        assert date_lines(shipped_catalog(), BEIJING, IntentId("fee_standard"), "", now) == ()

    def test_nothing_where_a_region_has_no_calendar(self) -> None:
        catalog = dataclasses.replace(shipped_catalog(), calendar={})
        assert date_lines(catalog, BEIJING, WINDOW, "", moment("2025-12-10T10:00")) == ()
        liuzhou = Region("liuzhou")
        channels = IntentId("payment_channels")
        assert (
            date_lines(shipped_catalog(), liuzhou, channels, "", moment("2025-12-10T00:00")) == ()
        )

    def test_nothing_for_an_intent_that_is_not_there(self) -> None:
        now = moment("2025-12-10T10:00")
        assert date_lines(shipped_catalog(), BEIJING, IntentId("nothing"), "", now) == ()

    def test_moments_are_those_of_shanghai(self) -> None:
        catalog = shipped_catalog()
        zoned = moment("2025-12-21T00:30")
        lines = date_lines(catalog, BEIJING, WINDOW, "", zoned)
        assert "12月21日" in lines[0]
        assert date_lines(catalog, BEIJING, WINDOW, "", zoned.astimezone(UTC)) == lines
        assert date_lines(catalog, BEIJING, WINDOW, "", zoned.replace(tzinfo=None)) == lines

    def test_several_windows_give_one_line_each(self) -> None:
        calendar = whole_calendar(2025)
        lines = window_lines(calendar, ["enrolment", "back"], "", moment("2025-12-10T00:00"))
        assert [line[:6] for line in lines] == ["<open>", "<open>"]


class TestUnknownYears:
    def test_the_reply_says_that_days_are_assumed(self) -> None:
        calendar = whole_calendar(2090)
        lines = window_lines(calendar, ["payment"], "今天能交吗", moment("2090-12-11T10:00"))
        assert lines[-1] == "（2090年按周一至周五推算）"
        lines = window_lines(calendar, ["debit"], "", moment("2091-01-20T10:00"))
        assert lines[-1].endswith("2091年按周一至周五推算）")

    def test_a_weekend_still_moves_a_debit(self) -> None:
        """15 December 2091 is a Saturday."""
        lines = window_lines(whole_calendar(2091), ["debit"], "", moment("2091-12-01T10:00"))
        assert "next=12月17日（周一）" in lines[0]

    def test_known_years_need_no_such_line(self) -> None:
        lines = window_lines(whole_calendar(2025), ["payment"], "", moment("2025-12-11T10:00"))
        assert not any("推算" in line for line in lines)


@given(
    year=st.integers(2000, 2095),
    offset=st.timedeltas(timedelta(days=-400), timedelta(days=800)),
    text=st.sampled_from(QUESTIONS),
    window=st.sampled_from(
        [*whole_calendar(2025).windows, "payment.counter", "payment.app", "payment.online"]
    ),
    shifts=st.booleans(),
)
@settings(deadline=None, max_examples=600)
def test_every_text_finds_its_values(
    year: int, offset: timedelta, text: str, window: str, shifts: bool
) -> None:
    """No state lacks a value that its text may use, in any year, for any window."""
    now = moment(f"{year}-11-30T00:00") + offset
    lines = window_lines(whole_calendar(year, shifts=shifts), [window], text, now)
    assert len(lines) <= 6
    for line in lines:
        assert "{" not in line
        assert "None" not in line


_NEXT = re.compile(r"(?:next|next_day|next_start|sure_day)=(?:(\d{4})年)?(\d+)月(\d+)日")


@given(
    year=st.integers(2004, 2095),
    offset=st.timedeltas(timedelta(days=-60), timedelta(days=400)),
    text=st.sampled_from(QUESTIONS),
    window=st.sampled_from([*whole_calendar(2025).windows, "payment.counter", "payment.online"]),
)
@settings(deadline=None, max_examples=600)
def test_no_expired_date_is_presented_as_coming(
    year: int, offset: timedelta, text: str, window: str
) -> None:
    now = moment(f"{year}-11-30T00:00") + offset
    for line in window_lines(whole_calendar(year), [window], text, now):
        for named, month, day in _NEXT.findall(line):
            coming = date(int(named or now.year), int(month), int(day))
            assert coming >= now.date(), line


@pytest.mark.parametrize("window", sorted(whole_calendar(2025).windows))
def test_after_the_last_day_everything_is_over(window: str) -> None:
    for now in (moment("2026-04-01T00:00"), moment("2026-11-22T00:00"), moment("2031-12-10T00:00")):
        lines = window_lines(whole_calendar(2025), [window], "还能交吗", now)
        assert [line.partition(">")[0] for line in lines] == ["<over"]


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=1826, hours=23)).map(
    lambda ahead: moment("2024-01-01T00:00") + ahead
)
"""Any moment of 2024 to 2028."""
WORDS = (
    "今天能交吗",
    "31号能交吗",
    "2月29号能交吗",
    "下个月底呢",
    "初八能交吗",
    "大年三十能交吗",
    "过年能交吗",
    "年后再交行吗",
    "元旦过后能交吗",
    "15号能交吗",
    "几号截止",
    "过了还能交吗",
    "20号之后还能交吗",
    "下次扣款是哪天",
    "这个月扣过了吗",
    "今天几点截止",
    "刚参保，什么时候能交",
    "我签了代扣，16号能自己用京通交吗",
    "没扣成，下次啥时候扣",
    "半个月后能交吗",
    "1/31能交吗",
)


@given(
    now=MOMENTS,
    text=st.sampled_from(WORDS),
    window=st.sampled_from(sorted(whole_calendar(2025).windows)),
    year=st.sampled_from([2024, 2025, 2026, 2027]),
)
@settings(deadline=None, max_examples=600)
@example(moment("2028-02-29T12:00"), "2月29号能交吗", "payment", 2027)
@example(moment("2025-12-31T23:59"), "31号能交吗", "payment", 2025)
@example(moment("2026-01-01T00:00"), "今天能交吗", "payment", 2025)
@example(moment("2026-01-31T23:00"), "下个月底呢", "payment", 2025)
def test_any_moment_of_five_years(now: datetime, text: str, window: str, year: int) -> None:
    """No clock breaks it; what comes next lies ahead and is a day on which one surely can pay."""
    calendar = whole_calendar(year)
    payment = calendar.windows["payment"]
    assert isinstance(payment, MonthlyWindow)
    lines = window_lines(calendar, [window], text, now)
    assert 1 <= len(lines) <= 7 or window == "benefit"
    for line in lines:
        assert "{" not in line
        for named, month, day in _NEXT.findall(line):
            coming = date(int(named or now.year), int(month), int(day))
            assert coming >= now.date(), line
        for named, month, day in _PAID.findall(line):
            coming = date(int(named or now.year), int(month), int(day))
            assert 5 <= coming.day <= 20, line
            assert coming.day != 15, line
            assert any(coming in span for span in payment.spans), line


_PAID = re.compile(r"(?:next_day|next_start|sure_day)=(?:(\d{4})年)?(\d+)月(\d+)日")


@given(now=MOMENTS)
@settings(deadline=None)
def test_the_clock_may_jump(now: datetime) -> None:
    """The lines depend on the moment alone: asked later or earlier in between changes nothing."""
    calendar = whole_calendar(2025)
    first = window_lines(calendar, ["payment"], "今天能交吗", now)
    window_lines(calendar, ["payment"], "今天能交吗", now - timedelta(days=500))
    assert window_lines(calendar, ["payment"], "今天能交吗", now) == first
