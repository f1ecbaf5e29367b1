"""Can one pay? Every state of the monthly window, to the minute."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import MonthlyWindow
from app.knowledge.calendar import window_lines
from app.knowledge.payment_answers import channels_asked
from app.knowledge.workdays import Workdays
from tests.unit.knowledge.calendars import moment, state_told, whole_calendar

CALENDAR = whole_calendar(2025)
PAYMENT = CALENDAR.windows["payment"]
assert isinstance(PAYMENT, MonthlyWindow)


def told(at: str, text: str = "今天能交吗", window: str = "payment") -> list[str]:
    """Return the lines at a moment written like `2025-12-16T10:00`."""
    return list(window_lines(CALENDAR, [window], text, moment(at)))


def values(line: str) -> dict[str, str]:
    """Return the values that a line names."""
    return dict(part.split("=", 1) for part in line.split("|")[1:])


class TestStatesToday:
    @pytest.mark.parametrize(
        ("at", "state"),
        [
            ("2025-10-08T10:00", "before"),
            ("2025-12-04T23:59", "before"),
            ("2025-12-05T00:00", "early"),
            ("2025-12-05T05:59", "early"),
            ("2025-12-05T06:00", "open_limited"),  # the 20th is a Saturday
            ("2025-12-05T10:00", "open_limited"),
            ("2025-12-05T14:00", "open_limited"),
            ("2025-12-05T14:01", "some"),
            ("2025-12-05T14:59", "some"),
            ("2025-12-05T15:00", "some"),
            ("2025-12-06T10:00", "some"),  # Saturday
            ("2025-12-15T10:00", "unsure"),
            ("2025-12-16T10:00", "open_limited"),
            ("2025-12-20T23:59", "some"),
            ("2025-12-21T00:00", "closed"),
            ("2025-12-31T23:59", "closed"),
            ("2026-01-01T00:00", "not_yet"),
            ("2026-01-04T10:00", "not_yet"),
            ("2026-01-05T10:00", "open"),  # the 20th is a Tuesday
            ("2026-01-20T14:00", "open"),
            ("2026-01-20T15:00", "some"),
            ("2026-02-14T10:00", "open_limited"),  # Saturday, worked
            ("2026-02-15T10:00", "unsure_apart"),  # Spring Festival: counters only in March
            ("2026-02-16T16:00", "some"),
            ("2026-02-20T10:00", "some"),
            ("2026-02-21T10:00", "closed"),
            ("2026-03-20T14:00", "open"),
            ("2026-03-20T15:00", "some_last"),
            ("2026-03-20T23:59", "some_last"),
            ("2026-03-21T00:00", "over_but"),
            ("2026-03-31T23:59", "over_but"),
            ("2026-04-01T00:00", "over"),
            ("2026-11-22T10:00", "over"),
            ("2030-12-10T10:00", "over"),
        ],
    )
    def test_all_channels(self, at: str, state: str) -> None:
        assert state_told(told(at)[0]) == state

    @pytest.mark.parametrize(
        ("at", "state"),
        [
            ("2025-12-04T10:00", "before"),
            ("2025-12-16T05:00", "early"),
            ("2025-12-16T14:00", "open_one"),
            ("2025-12-16T14:01", "none_others"),
            ("2025-12-13T10:00", "none_others"),
            ("2025-12-15T10:00", "none"),  # others are unstated
            ("2025-12-22T10:00", "closed"),
            ("2026-03-20T14:30", "none_others_last"),
            ("2026-03-21T10:00", "over_but"),
        ],
    )
    def test_the_counter_alone(self, at: str, state: str) -> None:
        assert state_told(told(at, window="payment.counter")[0]) == state

    @pytest.mark.parametrize(
        ("at", "state"),
        [
            ("2025-12-05T00:00", "open_one"),
            ("2025-12-06T03:00", "open_one"),
            ("2025-12-15T10:00", "unsure_one"),
            ("2025-12-20T23:59", "open_one"),
            ("2025-12-21T00:00", "closed"),
        ],
    )
    def test_online_alone(self, at: str, state: str) -> None:
        assert state_told(told(at, window="payment.online")[0]) == state


class TestDatesToday:
    @pytest.mark.parametrize(
        ("at", "name", "expected"),
        [
            ("2025-12-13T10:00", "next_day", "12月16日（周二）"),  # not Monday, the 15th
            ("2025-12-19T15:00", "next_day", "2026年1月5日（周一）"),
            ("2026-02-16T16:00", "next_day", "3月5日（周四）"),
            ("2025-12-16T10:00", "end", "12月20日（周六）"),
            ("2025-12-16T10:00", "limited_end", "12月19日（周五）"),
            ("2026-02-05T10:00", "limited_end", "2月14日（周六）"),
            ("2025-12-21T10:00", "next_start", "2026年1月5日（周一）"),
            ("2025-12-21T10:00", "next_end", "1月20日（周二）"),
            ("2026-02-15T10:00", "sure_day", "2月16日（周一）"),
            ("2026-04-01T10:00", "last_start", "2026年3月5日"),
            ("2026-04-01T10:00", "last_end", "3月20日"),
            ("2026-03-22T10:00", "debit_day", "3月31日（周二）"),
        ],
    )
    def test_value(self, at: str, name: str, expected: str) -> None:
        assert values(told(at)[0])[name] == expected

    @pytest.mark.parametrize(
        ("at", "state", "days"),
        [
            ("2025-12-16T10:00", "left", "4"),
            ("2025-12-17T10:00", "left_soon", "3"),
            ("2025-12-19T10:00", "left_soon", "1"),
            ("2025-12-20T10:00", "left_last", None),
        ],
    )
    def test_days_left(self, at: str, state: str, days: str | None) -> None:
        line = told(at)[0]
        assert f"<{state}>" in line
        if days:
            assert f"days_left={days}" in line

    def test_the_day_is_named_as_parents_say_it(self) -> None:
        assert values(told("2025-12-16T10:00")[0])["when"] == "今天（12月16日周二）"
        assert values(told("2026-02-14T10:00")[0])["when"] == "今天（2月14日周六，调休上班）"
        assert values(told("2026-02-16T10:00")[0])["when"] == "今天（2月16日周一，放假）"
        late = values(told("2025-12-16T10:00", "明天晚上八点能交吗")[0])["when"]
        assert late == "明天（12月17日周三）20:00"


class TestOtherDays:
    @pytest.mark.parametrize(
        ("at", "text", "states"),
        [
            ("2025-12-10T10:00", "明天能交吗", ["open_limited"]),
            ("2025-12-10T10:00", "周末能交吗", ["some"]),
            ("2025-12-18T10:00", "周末能交吗", ["some", "closed_hurry"]),
            ("2025-12-25T10:00", "周末能交吗", ["closed"]),
            ("2025-12-10T10:00", "20号之后能交吗", ["closed_hurry"]),
            ("2025-12-10T10:00", "1月3号能交吗", ["not_yet_hurry"]),
            ("2025-12-22T10:00", "1月3号能交吗", ["not_yet"]),
            ("2025-11-10T10:00", "12月1号能交吗", ["before"]),
            ("2025-11-10T10:00", "12月10号能交吗", ["open_limited"]),
            ("2025-12-10T10:00", "下个月能交吗", ["range_limited"]),
            ("2025-12-10T10:00", "网上下个月能交吗", ["range"]),
            ("2026-02-01T10:00", "春节能交吗", ["some", "unsure_apart", "closed"]),
            ("2026-03-10T10:00", "下个月能交吗", ["after_hurry"]),
            ("2025-12-22T10:00", "国庆能交吗", ["after"]),
            ("2026-04-10T10:00", "下个月能交吗", ["over"]),
            ("2025-12-10T10:00", "昨天没交上，还能交吗", ["open_limited"]),
            ("2025-12-10T10:00", "15号或者18号能交吗", ["unsure", "open_limited"]),
        ],
    )
    def test_states(self, at: str, text: str, states: list[str]) -> None:
        found = [state_told(line) for line in told(at, text) if line.startswith("<")]
        assert [s for s in found if s != "note"] == states

    def test_what_can_be_paid_in_a_long_time(self) -> None:
        line = told("2025-12-10T10:00", "明年再交行吗")[0]
        assert values(line)["dates"] == (
            "2026年1月5日至1月20日、2026年2月5日至2月20日、2026年3月5日至3月20日"
        )


class TestNote:
    @pytest.mark.parametrize("day", [13, 14, 15, 16, 17])
    def test_while_the_banks_collect(self, day: int) -> None:
        assert "<note>" in told(f"2025-12-{day}T10:00")[-1]

    @pytest.mark.parametrize("at", ["2025-12-12T10:00", "2025-12-18T10:00", "2026-03-16T10:00"])
    def test_not_otherwise(self, at: str) -> None:
        assert "<note>" not in told(at)[-1]

    def test_not_where_nothing_can_be_paid(self) -> None:
        assert "<note>" not in told("2025-12-13T10:00", window="payment.counter")[-1]


class TestChannels:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("能交吗", ["counter", "app", "online"]),
            ("柜台能交吗", ["counter"]),
            ("手机能交吗", ["app", "online"]),
            ("柜台不开的话网上行吗", ["counter", "online"]),
        ],
    )
    def test_named_in_the_question(self, text: str, names: list[str]) -> None:
        assert isinstance(PAYMENT, MonthlyWindow)
        assert [c.id for c in channels_asked(PAYMENT, text)] == names


@given(
    year=st.integers(2004, 2025),
    offset=st.timedeltas(timedelta(0), timedelta(days=150)),
    channel=st.sampled_from(["counter", "app", "online"]),
)
@settings(deadline=None, max_examples=300)
def test_agrees_with_the_rule_spelled_out(year: int, offset: timedelta, channel: str) -> None:
    """The rule once more in its plainest form, for winters of many years."""
    now = moment(f"{year}-11-20T00:00") + offset
    (line, *_) = window_lines(whole_calendar(year), [f"payment.{channel}"], "今天能交吗", now)
    state = state_told(line)
    day = now.date()
    inside = day.month in {12, 1, 2, 3} and 5 <= day.day <= 20
    if not inside:
        assert state in {"before", "closed", "not_yet", "over", "over_but"}
        return
    if channel == "online":
        assert state == ("unsure_one" if day.day == 15 else "open_one")
        return
    at = now.time()
    in_time = at <= time(14) if channel == "counter" else at < time(15)
    if day.day != 15 and Workdays().is_workday(day) and in_time:
        assert state == ("open_one" if at >= time(6) else "early")
    else:
        assert state.startswith("none")
