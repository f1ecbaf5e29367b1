"""What a question is about: the day, the time of day, or now."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import Span
from app.knowledge.calendar import SHANGHAI
from app.knowledge.moments import find_enrolment, find_moments, find_payment
from tests.unit.knowledge.calendars import moment

WEDNESDAY = moment("2025-12-10T10:00")


def days(text: str, now: datetime = WEDNESDAY) -> list[str]:
    """Return the spans as `12-13` or `12-13..12-14`."""
    shown = []
    for found in find_moments(text, now):
        first, last = found.span.first, found.span.last
        shown.append(f"{first:%m-%d}" if first == last else f"{first:%m-%d}..{last:%m-%d}")
    return shown


def clock(text: str, now: datetime = WEDNESDAY) -> str:
    """Return day and time of the only moment."""
    (found,) = find_moments(text, now)
    return f"{found.span.first:%m-%d} {found.at:%H:%M}" if found.at else "no time"


class TestNow:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "几号截止",
            "还来得及吗",
            "下次扣款是哪天",
            "现在能交吗",
            "目前可以缴吗",
            "每月5号到20号才能交吗",
            "明年的保费什么时候交",
            "早点交行吗",
            "有两点问题想问",
            "2月30号能交吗",
            "13月5号能交吗",
            "两个工作日前是哪天存钱",
            "435元什么时候交",
            "三楼15号窗口能办吗",
        ],
    )
    def test_nothing_named(self, text: str) -> None:
        (found,) = find_moments(text, WEDNESDAY)
        assert found.is_now
        assert found.span == Span(WEDNESDAY.date(), WEDNESDAY.date())
        assert found.at == time(10)

    @pytest.mark.parametrize("text", ["15号没交成怎么办", "昨天去了没办成", "3号那天试了一次没成"])
    def test_what_is_told_is_not_asked(self, text: str) -> None:
        assert find_moments(text, WEDNESDAY)[0].is_now


class TestDays:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("今天能交吗", "12-10"),
            ("今儿能缴不", "12-10"),
            ("明天呢", "12-11"),
            ("明儿个能去不", "12-11"),
            ("后天能不能缴", "12-12"),
            ("大后天行吗", "12-13"),
            ("昨天交晚了吗", "12-09"),
            ("周末能交吗", "12-13..12-14"),
            ("下周末能交吗", "12-20..12-21"),
            ("这周六行吗", "12-13"),
            ("礼拜天能交不", "12-14"),
            ("周六日能交吗", "12-13..12-14"),
            ("周6日能交吗", "12-13..12-14"),  # as the normaliser writes it
            ("周六周日能交吗", "12-13..12-14"),
            ("下周一能去柜台吗", "12-15"),
            ("下周能交吗", "12-15..12-21"),
            ("这周还能交吗", "12-10..12-14"),
            ("15号能交吗", "12-15"),
            ("十五号能交吗", "12-15"),
            ("5号能交吗", "01-05"),
            ("31号能交吗", "12-31"),
            ("20号之后还能交不", "12-21..12-31"),
            ("过了20号还能交吗", "12-21..12-31"),
            ("20号之前能交吗", "12-10..12-19"),
            ("5号之前能交吗", "12-10..01-04"),
            ("12号到14号能交吗", "12-12..12-14"),
            ("12月28日至1月3日能交吗", "12-28..01-03"),
            ("月底能交吗", "12-27..12-31"),
            ("月底之前能交吗", "12-10..12-31"),
            ("这个月还能交吗", "12-10..12-31"),
            ("下个月几号能交", "01-01..01-31"),
            ("下个月5号能交吗", "01-05"),
            ("下月初能交吗", "01-01..01-05"),
            ("下下个月能交吗", "02-01..02-28"),
            ("1月3号能交吗", "01-03"),
            ("一月三号能交吗", "01-03"),
            ("十二月三十能缴吗", "12-30"),
            ("2026年1月15日扣款吗", "01-15"),
            ("2026-02-15扣吗", "02-15"),
            ("明年1月能交吗", "01-01..01-31"),
            ("三月份还能参保吗", "03-01..03-31"),
            ("2月底还会扣吗", "02-24..02-28"),
            ("元旦能交吗", "01-01..01-03"),
            ("过年期间能交吗", "02-15..02-23"),
            ("过完年再交行吗", "02-24..03-31"),
            ("国庆放假能交吗", "10-01..10-07"),
            ("3天后能交吗", "12-13"),
            ("过两天再交行不", "12-12"),
            ("两周后能交吗", "12-24"),
            ("一个月后能交吗", "01-10"),
            ("过了今天还行不行", "12-11..12-24"),
            ("明年再交行吗", "01-01..12-31"),
            ("年底之前能参保吗", "12-10..12-31"),
        ],
    )
    def test_named(self, text: str, expected: str) -> None:
        assert days(text) == [expected]

    @pytest.mark.parametrize(
        ("now", "text", "expected"),
        [
            (moment("2025-12-25T09:00"), "20号之后还能交不", "12-25..12-31"),
            (moment("2025-12-21T09:00"), "12月20号能交吗", "12-20"),
            (moment("2026-11-22T09:00"), "1月5号能交吗", "01-05"),
            (moment("2025-12-14T09:00"), "周六能交吗", "12-20"),
            (moment("2025-12-14T09:00"), "周末能交吗", "12-13..12-14"),
            (moment("2026-01-31T09:00"), "一个月后能交吗", "02-28"),
            (moment("2028-01-31T09:00"), "下个月底能交吗", "02-25..02-29"),
            (moment("2025-12-31T09:00"), "明天能交吗", "01-01"),
            (moment("2026-02-10T09:00"), "30号能交吗", "03-30"),
        ],
    )
    def test_depends_on_now(self, now: datetime, text: str, expected: str) -> None:
        assert days(text, now) == [expected]

    def test_year_of_a_date_without_one(self) -> None:
        (ahead,) = find_moments("1月5号能交吗", moment("2026-11-22T09:00"))
        assert ahead.span.first == date(2027, 1, 5)
        (behind,) = find_moments("12月20号能交吗", moment("2026-01-10T09:00"))
        assert behind.span.first == date(2025, 12, 20)


class TestWhichOfSeveral:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("老师说20号截止，我明天交还来得及吗", ["12-11"]),
            ("明天能交吗，老师说到20号", ["12-11"]),
            ("上周六去没办成，今天能办吗", ["12-10"]),
            ("今天都10号了还能交吗", ["12-10"]),
            ("明天就是11号了，还能交吗", ["12-11"]),
            ("今儿个礼拜三，医保费能交不", ["12-10"]),
            ("我今天才想起来，是不是要等下个月了", ["01-01..01-31"]),
            ("学校说最晚这两天，我这礼拜六才在家，能办吗", ["12-13"]),
            ("12号没交成，15号还能交吗", ["12-15"]),
            ("15号或者16号能交吗", ["12-15..12-16"]),
            ("15号或者18号能交吗", ["12-15", "12-18"]),
            ("我15号去柜台，让办吗", ["12-15"]),
        ],
    )
    def test_the_one_asked_about(self, text: str, expected: list[str]) -> None:
        assert days(text) == expected


class TestTimeOfDay:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("今天能交吗", "12-10 10:00"),
            ("今晚能交吗", "12-10 20:00"),
            ("晚上八点能交吗", "12-10 20:00"),
            ("下午三点半能交吗", "12-10 15:30"),
            ("下午两点十分到网点还给排吗", "12-10 14:10"),
            ("14点前到银行行吗", "12-10 13:59"),
            ("三点以后还能缴吗", "12-10 15:01"),
            ("五点半去行吗", "12-10 17:30"),
            ("15:00能交吗", "12-10 15:00"),
            ("下午3:30能交吗", "12-10 15:30"),
            ("十点一刻行吗", "12-10 10:15"),
            ("中午12点半能办吗", "12-10 12:30"),
            ("半夜十二点能交吗", "12-10 23:59"),
            ("半夜能缴吗", "12-10 23:30"),
            ("凌晨两点能交吗", "12-11 02:00"),  # today's is over
            ("上午九点能交吗", "12-11 09:00"),
            ("现在是下午四点，还能交吗", "12-10 16:00"),
            ("明天下午3点能交吗", "12-11 15:00"),
            ("明早九点去柜台行吗", "12-11 09:00"),
            ("周六晚上能交吗", "12-13 20:00"),
            ("明天就是11号了，我晚上下夜班再弄赶得上吗", "12-11 20:00"),
            ("明天能交吗", "no time"),
            ("明天下午能交吗", "no time"),
        ],
    )
    def test_named(self, text: str, expected: str) -> None:
        assert clock(text) == expected

    def test_a_time_just_passed_is_still_today(self) -> None:
        assert clock("下午三点能交吗", moment("2025-12-10T15:05")) == "12-10 15:00"
        assert clock("下午三点能交吗", moment("2025-12-10T15:30")) == "12-11 15:00"


class TestDayOfPayment:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("二月十号缴的费，从几时起算有医保", date(2026, 2, 10)),
            ("今天交了明天能用吗", date(2025, 12, 10)),
            ("去年12月交的，元旦能用吗", date(2024, 12, 1)),
            ("元旦想看病，12月15号交来得及吗", date(2025, 12, 15)),
            ("交了什么时候能用", date(2025, 12, 10)),
        ],
    )
    def test_is_the_date_next_to_paying(self, text: str, expected: date) -> None:
        assert find_payment(text, WEDNESDAY).span.first == expected


_MOMENTS = st.builds(
    datetime.combine,
    st.dates(date(2000, 1, 1), date(2099, 12, 1)),
    st.times(),
    tzinfo=st.just(SHANGHAI),
)
_WORDS = [
    *(
        "今天",
        "明天",
        "后天",
        "周末",
        "周六",
        "下周一",
        "15号",
        "31号",
        "2月29号",
        "月底",
        "下个月",
    ),
    *(
        "之后",
        "之前",
        "过了",
        "到",
        "和",
        "、",
        "，",
        "能交吗",
        "春节",
        "年前",
        "晚上",
        "下午三点半",
    ),
    *("12月20日", "2026年1月5日", "3天后", "十一", "明年再", "每月", "29", "号", "点", "周", "月"),
]


class TestAnyText:
    @given(
        text=st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_WORDS)).map("".join)),
        now=_MOMENTS,
    )
    @settings(deadline=None, max_examples=300)
    def test_gives_one_or_two_moments(self, text: str, now: datetime) -> None:
        moments = find_moments(text, now)
        assert 1 <= len(moments) <= 2
        for found in moments:
            assert found.span.first <= found.span.last
        payment = find_payment(text, now)
        assert payment.span.first <= payment.span.last

    @given(now=_MOMENTS)
    @settings(deadline=None)
    def test_relative_words_on_any_day(self, now: datetime) -> None:
        today = now.date()
        assert find_moments("明天能交吗", now)[0].span.first.toordinal() == today.toordinal() + 1
        fifteenth = find_moments("15号能交吗", now)[0].span.first
        assert fifteenth.day == 15
        assert 0 <= (fifteenth - today).days <= 31
        thirty_first = find_moments("31号能交吗", now)[0].span.first
        assert thirty_first.day == 31
        assert 0 <= (thirty_first - today).days <= 62
        saturday = find_moments("周六能交吗", now)[0].span.first
        assert saturday.weekday() == 5
        assert 0 <= (saturday - today).days <= 6
        next_month = find_moments("下个月能交吗", now)[0].span
        assert next_month.first.day == 1
        assert (next_month.first - today).days <= 31


class TestLunarDays:
    @pytest.mark.parametrize(
        ("text", "today", "expected"),
        [
            ("初八能交吗", "2026-02-01T10:00", "2026-02-24"),
            ("大年初一给交不", "2026-02-01T10:00", "2026-02-17"),
            ("大年三十能交吗", "2026-02-01T10:00", "2026-02-16"),
            ("除夕能交吗", "2025-01-10T10:00", "2025-01-28"),
            ("正月十五能交吗", "2026-02-01T10:00", "2026-03-03"),
            ("元宵节能交吗", "2026-02-01T10:00", "2026-03-03"),
            ("初八能交吗", "2026-02-25T10:00", "2026-02-24"),
            ("大年初二能交吗", "2028-01-01T10:00", "2028-01-27"),
        ],
    )
    def test_named(self, text: str, today: str, expected: str) -> None:
        assert find_moments(text, moment(today))[0].span.first.isoformat() == expected

    @pytest.mark.parametrize(
        "text", ["上初一的能交吗", "初一新生能交吗", "初中能交吗", "初三学生呢"]
    )
    def test_school_years_are_no_days(self, text: str) -> None:
        for today in ("2026-02-01T10:00", "2025-10-01T10:00"):
            assert find_moments(text, moment(today))[0].is_now

    def test_far_from_the_festival_a_bare_number_is_a_school_year(self) -> None:
        assert find_moments("初一能交吗", moment("2025-09-10T10:00"))[0].is_now

    def test_beyond_the_table_nothing_is_guessed(self) -> None:
        assert find_moments("大年初八呢", moment("2035-02-01T10:00"))[0].is_now


class TestEnrolmentDays:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("12月参的保，什么时候交", "2025-12-10"),
            ("刚参保完，今天能交吗", "2025-12-10"),
            ("上个月登记的，现在能交吗", "2025-11-01"),
        ],
    )
    def test_named(self, text: str, expected: str) -> None:
        found = find_enrolment(text, moment("2025-12-10T10:00"))
        assert found is not None
        assert found.span.first.isoformat() == expected

    @pytest.mark.parametrize("text", ["今天能交吗", "什么时候参保", "12月交，行吗"])
    def test_none(self, text: str) -> None:
        assert find_enrolment(text, moment("2025-12-10T10:00")) is None
