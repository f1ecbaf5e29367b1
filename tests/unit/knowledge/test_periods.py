"""Enrolment, back payment and the effect of a payment, before, within and after."""

from __future__ import annotations

import pytest

from app.knowledge.calendar import window_lines
from tests.unit.knowledge.calendars import moment, state_told, whole_calendar
from tests.unit.knowledge.test_payment_answers import values

CALENDAR = whole_calendar(2025)


def told(window: str, at: str, text: str = "") -> list[str]:
    return list(window_lines(CALENDAR, [window], text, moment(at)))


class TestEnrolment:
    @pytest.mark.parametrize(
        ("at", "text", "state"),
        [
            ("2025-11-29T23:59", "", "before"),
            ("2025-11-30T00:00", "", "open"),
            ("2026-02-24T10:00", "", "open"),
            ("2026-02-25T00:00", "", "closing"),
            ("2026-02-27T23:59", "", "closing"),
            ("2026-02-28T00:00", "", "last_day"),
            ("2026-02-28T23:59", "", "last_day"),
            ("2026-03-01T00:00", "", "over_paying"),
            ("2026-03-20T23:59", "", "over_paying"),
            ("2026-03-21T00:00", "", "over"),
            ("2026-11-22T10:00", "", "over"),
            ("2025-12-10T10:00", "下个月还能参保吗", "asked_open"),
            ("2025-12-10T10:00", "三月份还能参保吗", "asked_after"),
            ("2025-11-01T10:00", "12月能参保吗", "asked_open"),
            ("2025-11-01T10:00", "11月10号能参保吗", "before"),
            ("2026-03-10T10:00", "下个月能参保吗", "over_paying"),
        ],
    )
    def test_states(self, at: str, text: str, state: str) -> None:
        assert state_told(told("enrolment", at, text)[0]) == state

    @pytest.mark.parametrize(
        ("at", "text", "month", "pay_start"),
        [
            ("2025-11-30T10:00", "", "11月", "12月5日（周五）"),
            ("2025-12-10T10:00", "", "12月", "2026年1月5日（周一）"),
            ("2026-02-10T10:00", "", "2月", "3月5日（周四）"),
            ("2025-12-10T10:00", "2月参保行吗", "2月", "2026年3月5日（周四）"),
            ("2026-01-03T10:00", "我12月5号登记的，哪个月付钱", "12月", "1月5日（周一）"),
        ],
    )
    def test_one_pays_in_the_month_after(
        self, at: str, text: str, month: str, pay_start: str
    ) -> None:
        found = values(told("enrolment", at, text)[0])
        assert (found["month"], found["pay_start"]) == (month, pay_start)

    def test_days_left_count_to_the_last_day(self) -> None:
        assert values(told("enrolment", "2026-02-25T10:00")[0])["days_left"] == "3"


class TestBackPayment:
    @pytest.mark.parametrize(
        ("at", "text", "state"),
        [
            ("2025-11-29T10:00", "", "early"),
            ("2025-11-30T10:00", "", "open"),
            ("2025-12-25T23:59", "", "open"),
            ("2025-12-26T00:00", "", "closing"),
            ("2025-12-28T23:59", "", "closing"),
            ("2025-12-29T00:00", "", "due_day"),
            ("2025-12-30T00:00", "", "reported"),
            ("2026-01-04T23:59", "", "reported"),
            ("2026-01-05T00:00", "", "paying"),
            ("2026-01-15T10:00", "", "paying_pause"),
            ("2026-01-20T23:59", "", "paying"),
            ("2026-01-21T00:00", "", "over"),
            ("2025-12-10T10:00", "29号报行吗", "due_day"),
            ("2025-12-10T10:00", "下个月报行吗", "asked_late"),
        ],
    )
    def test_states(self, at: str, text: str, state: str) -> None:
        assert state_told(told("back", at, text)[0]) == state

    def test_when_it_is_paid(self) -> None:
        found = values(told("back", "2025-12-26T10:00")[0])
        assert found["pay_start"] == "2026年1月5日（周一）"
        assert found["pay_end"] == "1月20日"
        assert found["days_left"] == "3"


class TestBenefit:
    @pytest.mark.parametrize(
        ("at", "text", "states"),
        [
            ("2025-11-01T10:00", "", []),
            ("2025-12-31T23:59", "", ["phase_1"]),
            ("2026-01-01T00:00", "", ["phase_2"]),
            ("2026-02-28T23:59", "", ["phase_2"]),
            ("2026-03-01T00:00", "", ["phase_3"]),
            ("2026-03-20T23:59", "", ["phase_3"]),
            ("2026-03-21T00:00", "", ["over"]),
            ("2026-11-22T10:00", "现在交什么时候能用", ["over"]),
            ("2026-11-22T10:00", "2月10号缴的从什么时候算", ["phase_2"]),
            ("2025-12-10T10:00", "3月交的话什么时候能用", ["phase_3"]),
        ],
    )
    def test_states(self, at: str, text: str, states: list[str]) -> None:
        assert [state_told(line) for line in told("benefit", at, text)] == states
