"""Next bank debit, moved past holidays; month ends; what is locked meanwhile."""

from __future__ import annotations

import pytest

from app.knowledge.calendar import window_lines
from tests.unit.knowledge.calendars import moment, state_told, whole_calendar
from tests.unit.knowledge.test_payment_answers import values

CALENDAR = whole_calendar(2025)


def told(window: str, at: str, text: str = "") -> list[str]:
    return list(window_lines(CALENDAR, [window], text, moment(at)))


def states(window: str, at: str, text: str = "") -> list[str]:
    return [state_told(line) for line in told(window, at, text)]


class TestBankDebit:
    @pytest.mark.parametrize(
        ("at", "text", "expected"),
        [
            ("2025-11-01T10:00", "", ["next"]),
            ("2025-12-11T23:59", "", ["next"]),
            ("2025-12-12T00:00", "", ["next_late"]),
            ("2025-12-15T00:00", "", ["today_next"]),
            ("2025-12-17T10:00", "", ["today_next"]),
            ("2025-12-18T10:00", "", ["next"]),
            ("2026-01-15T10:00", "", ["today_next"]),
            ("2026-01-16T10:00", "", ["next", "shifted"]),
            ("2026-02-15T10:00", "今天会扣吗", ["asked_no", "next_late", "shifted"]),
            ("2026-02-24T10:00", "", ["today"]),
            ("2026-02-25T10:00", "", ["over"]),
            ("2025-12-10T10:00", "16号扣吗", ["asked_yes"]),
            ("2025-12-10T10:00", "18号扣吗", ["asked_no", "next"]),
            ("2026-02-10T10:00", "2月15号扣吗", ["asked_no", "next", "shifted"]),
            ("2026-02-10T10:00", "2月24号扣吗", ["asked_yes", "shifted"]),
            ("2026-02-10T10:00", "这个月哪天扣", ["asked_yes", "shifted"]),
            ("2025-12-10T10:00", "昨天没扣成怎么办", ["next"]),
        ],
    )
    def test_states(self, at: str, text: str, expected: list[str]) -> None:
        assert states("debit", at, text) == expected

    def test_three_days_in_a_row_are_one(self) -> None:
        found = values(told("debit", "2025-12-01T10:00")[0])
        assert found["next"] == "12月15日至12月17日"
        assert found["deposit"] == "12月11日（周四）"
        assert found["days_until"] == "14"

    def test_moved_past_the_spring_festival(self) -> None:
        first, second = told("debit", "2026-01-20T10:00")
        assert values(first)["next"] == "2月24日（周二）"
        assert values(first)["deposit"] == "2月13日（周五）"
        assert values(second) == {"planned": "2月15日（周日）", "moved": "2月24日（周二）"}

    def test_where_the_document_does_not_move_days(self) -> None:
        fixed = whole_calendar(2025, shifts=False)
        lines = window_lines(fixed, ["debit"], "", moment("2026-01-20T10:00"))
        assert values(lines[0])["next"] == "2月15日（周日）"
        assert len(lines) == 1


class TestMonthEnds:
    @pytest.mark.parametrize(
        ("at", "text", "expected"),
        [
            ("2025-11-01T10:00", "", ["next", "day_off"]),  # 30 November is a Sunday
            ("2025-11-30T10:00", "", ["today_next", "day_off"]),
            ("2025-12-10T10:00", "", ["next"]),
            ("2026-01-10T10:00", "", ["next", "day_off"]),  # 31 January is a Saturday
            ("2026-02-10T10:00", "", ["next"]),  # 28 February is a Saturday that is worked
            ("2026-02-10T10:00", "二月底还会扣吗", ["asked_yes"]),
            ("2026-02-10T10:00", "15号扣吗", ["asked_no", "next"]),
            ("2026-02-10T10:00", "今天扣吗", ["asked_no", "next"]),
            ("2026-03-31T10:00", "", ["today"]),
            ("2026-04-01T10:00", "", ["over"]),
        ],
    )
    def test_states(self, at: str, text: str, expected: list[str]) -> None:
        assert states("ends", at, text) == expected

    def test_how_many_are_left(self) -> None:
        found = values(told("ends", "2026-01-10T10:00")[0])
        assert found == {"next": "1月31日（周六）", "days_until": "21", "remaining": "3"}

    def test_leap_day(self) -> None:
        lines = window_lines(whole_calendar(2023), ["ends"], "", moment("2024-02-10T00:00"))
        assert values(lines[0])["next"] == "2月29日（周四）"


class TestLock:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("2025-11-10T10:00", "before"),
            ("2025-12-04T10:00", "before"),
            ("2025-12-05T10:00", "free"),
            ("2025-12-12T23:59", "free"),
            ("2025-12-13T00:00", "locked"),
            ("2025-12-17T23:59", "locked"),
            ("2025-12-18T00:00", "afterwards"),
            ("2025-12-20T23:59", "afterwards"),
            ("2025-12-21T00:00", "closed"),
            ("2026-01-03T10:00", "closed"),
            ("2026-01-14T10:00", "locked"),
            ("2026-01-18T10:00", "afterwards"),
            ("2026-02-10T10:00", "shifted"),
            ("2026-02-15T10:00", "shifted"),
            ("2026-02-24T10:00", "debit_day"),
            ("2026-02-25T10:00", "closed"),
            ("2026-03-10T10:00", "afterwards"),  # no bank debit in March
            ("2026-03-21T10:00", "over"),
        ],
    )
    def test_states(self, at: str, expected: str) -> None:
        assert states("lock", at) == [expected]

    def test_which_channels_work_afterwards(self) -> None:
        assert values(told("lock", "2025-12-18T10:00")[0])["open"] == "柜台、APP、网上"
        assert values(told("lock", "2025-12-20T10:00")[0])["open"] == "网上"  # Saturday

    def test_when_it_ends(self) -> None:
        found = values(told("lock", "2025-12-16T10:00")[0])
        assert found["free_start"] == "12月18日"
        assert found["free_end"] == "12月20日"

    def test_a_later_day(self) -> None:
        assert states("lock", "2025-12-16T10:00", "18号能用别的方式吗") == ["afterwards"]
