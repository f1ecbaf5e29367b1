"""Dated questions against the calendar that ships: yes, no, only online, not yet, over, when next.

Each is asked at its own moment. The matcher has no part in most of it: the intent is given.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.dialogue.replies import Replies
from app.domain.calendar import MonthlyWindow
from app.domain.names import IntentId, Region
from app.domain.turn import Decision, Message, MessageKind, Session, Turn
from app.knowledge.calendar import date_lines
from app.wechat.rendering import render
from tests.assistants import shipped_assistant, shipped_catalog
from tests.unit.knowledge.calendars import moment

BEIJING = Region("beijing")
LIMIT_BYTES = 2048
DATED = {
    "payment_window",
    "payment_channels",
    "pay_at_bank_counter",
    "pay_by_bank_app",
    "pay_by_jingtong",
    "pay_by_etax",
    "enrolment_period",
    "bank_batch_debit",
    "personal_account_debit",
    "back_payment",
    "benefit_start_date",
    "batch_failed_same_day",
    "two_years_in_january",
    "newly_or_lapsed_enrolled",
}
PAY, COUNTER, APP = "payment_window", "pay_at_bank_counter", "pay_by_bank_app"
JINGTONG, ETAX, CHANNELS = "pay_by_jingtong", "pay_by_etax", "payment_channels"
ENROL, DEBIT, ACCOUNT = "enrolment_period", "bank_batch_debit", "personal_account_debit"
BACK, BENEFIT, FAILED = "back_payment", "benefit_start_date", "batch_failed_same_day"
TWO, NEW = "two_years_in_january", "newly_or_lapsed_enrolled"

QUESTIONS: list[tuple[str, str, str, list[str], list[str]]] = [
    # at, intent, question, what the lines say, what they must not say
    # -- before the first payment
    ("2025-10-08T10:00", PAY, "现在能交吗", ["还没到", "12月5日", "12月20日"], ["可以：", "结束"]),
    ("2025-11-30T09:00", PAY, "今天参保了能马上交吗", ["还没到", "12月5日"], ["可以："]),
    ("2025-12-04T20:00", PAY, "今晚能交吗", ["还没到", "12月5日"], ["可以："]),
    ("2025-11-20T10:00", PAY, "12月10号能交吗", ["可以", "12月10日（周三）"], ["不能"]),
    # -- open
    ("2025-12-05T10:00", PAY, "今天能交吗", ["可以", "12月20日（周六）", "15天"], ["不能"]),
    ("2025-12-16T10:00", PAY, "今天能交吗", ["可以", "13-17号已锁定", "还有4天"], ["不能："]),
    ("2026-02-14T10:00", PAY, "今天周六能交吗", ["可以", "调休上班", "2月20日"], ["不能："]),
    ("2025-12-10T10:00", PAY, "明天能交不", ["可以", "明天（12月11日周四）"], ["不能"]),
    ("2025-12-10T10:00", PAY, "几号截止", ["12月20日（周六）", "还有10天"], ["结束"]),
    ("2025-12-10T10:00", PAY, "下个月几号能交", ["2026年1月5日至1月20日", "15日除外"], ["不能"]),
    ("2025-12-10T10:00", PAY, "这个月还能交吗", ["可以", "12月10日至12月20日"], ["不能"]),
    # -- about to close
    ("2025-12-18T10:00", PAY, "今天能交吗", ["可以", "只剩2天", "12月19日（周五）"], ["不能"]),
    ("2026-01-20T10:00", PAY, "今天能交吗", ["可以", "今天是最后一天"], ["不能"]),
    ("2026-03-20T16:00", PAY, "还能交吗", ["京通、电子税务局", "今天是最后一天"], ["下一次"]),
    # -- only online
    ("2025-12-13T10:00", PAY, "今天能交吗", ["可以用京通、电子税务局", "12月16日（周二）"], []),
    ("2025-12-10T10:00", PAY, "周末能交吗", ["12月13日至12月14日", "可以用京通、电子税务局"], []),
    ("2025-12-10T10:00", PAY, "晚上八点能交吗", ["20:00可以用京通、电子税务局", "已过15:00"], []),
    ("2025-12-16T15:00", PAY, "下午三点能交吗", ["可以用京通", "银行柜台、银行APP不办"], []),
    ("2025-12-16T14:30", PAY, "现在能交吗", ["银行APP、京通、电子税务局", "已过14:00排号"], []),
    (
        "2026-02-16T16:00",
        PAY,
        "今天能交吗",
        ["可以用京通、电子税务局", "3月5日（周四）"],
        ["不能："],
    ),
    ("2025-12-20T09:00", PAY, "今天能交吗", ["可以用京通", "2026年1月5日", "最后一天"], []),
    # -- the 15th
    ("2025-12-15T10:00", PAY, "今天能交吗", ["15日除外", "文件没有写", "12月16日"], ["可以："]),
    ("2025-12-10T10:00", PAY, "15号能交吗", ["12月15日（周一）", "除外", "文件没有写"], ["可以："]),
    (
        "2026-02-15T10:00",
        PAY,
        "今天能交吗",
        ["文件没有写", "2月16日（周一）", "3月5日"],
        ["可以："],
    ),
    # -- between two windows
    ("2025-12-21T09:00", PAY, "今天能交吗", ["不能", "2026年1月5日（周一）"], ["可以"]),
    ("2025-12-10T10:00", PAY, "20号之后还能交不", ["不能", "2026年1月5日", "还有10天"], ["可以："]),
    ("2025-12-25T10:00", PAY, "周末能交吗", ["不能", "2026年1月5日"], ["可以用"]),
    ("2026-01-02T10:00", PAY, "元旦放假能交吗", ["还没到", "1月5日（周一）"], ["可以"]),
    ("2025-12-10T10:00", PAY, "月底能交吗", ["不能", "2026年1月5日"], ["可以："]),
    ("2026-01-25T10:00", PAY, "过完年再交行吗", ["3月5日至3月20日"], ["2月24日"]),
    ("2026-02-01T10:00", PAY, "春节那几天能交吗", ["2月16日至2月20日可以用京通", "3月5日"], []),
    # -- over
    ("2026-03-25T10:00", PAY, "还能交吗", ["不能", "已经结束", "3月31日（周二）"], ["下一次"]),
    ("2026-04-10T10:00", PAY, "还能交吗", ["不能", "已经结束", "2026年3月5日"], ["下一次", "可以"]),
    ("2026-11-22T10:00", PAY, "15号能交吗", ["已经结束"], ["下一次", "12月15日"]),
    ("2026-03-10T10:00", PAY, "下个月还能交吗", ["不能等到", "到3月20日", "还有10天"], ["可以："]),
    # -- one channel
    ("2025-12-16T10:00", COUNTER, "今天去行吗", ["可以", "不晚于14:00", "12月19日"], ["不能："]),
    ("2025-12-16T14:30", COUNTER, "现在去还来得及吗", ["不能", "14:00", "12月17日", "京通"], []),
    ("2025-12-13T10:00", COUNTER, "今天开门吗", ["不能", "周末", "12月16日（周二）"], ["可以："]),
    ("2025-12-15T10:00", COUNTER, "今天能办吗", ["不能", "15日除外", "12月16日"], []),
    ("2026-02-17T10:00", COUNTER, "过年柜台办吗", ["不办", "3月5日"], ["可以："]),
    ("2025-12-16T10:00", APP, "今晚九点能交吗", ["不能", "已过15:00", "12月17日"], ["可以："]),
    ("2025-12-16T10:00", APP, "下午两点能交吗", ["可以", "14:00", "15:00前"], ["不能："]),
    ("2025-12-13T23:30", JINGTONG, "现在能交吗", ["可以", "全天"], ["不能："]),
    ("2025-12-15T23:30", JINGTONG, "现在能交吗", ["文件没有写", "12月16日"], ["可以："]),
    ("2025-12-21T10:00", JINGTONG, "今天能交吗", ["不能", "2026年1月5日"], ["可以："]),
    ("2025-12-14T10:00", ETAX, "周日能交吗", ["可以", "12月14日"], ["不能："]),
    ("2025-12-14T10:00", CHANNELS, "有哪些缴费方式", ["可以用京通、电子税务局"], ["结束"]),
    # -- enrolment
    ("2025-11-10T10:00", ENROL, "现在能参保吗", ["还没到", "11月30日", "2026年2月28日"], ["可以"]),
    ("2025-12-10T10:00", ENROL, "还来得及参保吗", ["可以", "2026年2月28日", "还有80天"], ["已过"]),
    ("2026-02-25T10:00", ENROL, "几号截止", ["2月28日", "只剩3天"], ["结束"]),
    ("2026-02-28T20:00", ENROL, "今天还行吗", ["最后一天", "3月5日"], ["已过"]),
    ("2026-03-01T08:00", ENROL, "还能参保吗", ["已过", "2026年2月28日结束", "3月5日"], ["可以"]),
    ("2026-11-22T10:00", ENROL, "还能参保吗", ["已过", "结束", "12333"], ["可以", "抓紧"]),
    ("2025-12-10T10:00", ENROL, "三月份还能参保吗", ["不能等到", "2026年2月28日"], ["可以"]),
    ("2025-12-10T10:00", ENROL, "12月登记的哪个月缴费", ["12月参保的", "2026年1月5日"], []),
    # -- bank debit
    ("2025-12-01T10:00", DEBIT, "下次扣款是哪天", ["12月15日至12月17日", "12月11日（周四）"], []),
    ("2025-12-13T10:00", DEBIT, "现在存钱还赶得上吗", ["12月15日", "已经过了", "马上存"], []),
    ("2025-12-18T10:00", DEBIT, "下次扣款是哪天", ["2026年1月15日（周四）", "1月13日"], ["12月1"]),
    ("2026-01-20T10:00", DEBIT, "下次哪天扣", ["2月24日（周二）", "顺延", "2月13日"], []),
    ("2026-02-15T10:00", DEBIT, "今天会扣吗", ["不扣", "2月24日", "顺延"], ["会扣："]),
    ("2026-02-24T10:00", DEBIT, "今天扣吗", ["就是扣款日", "最后一个"], ["下一次"]),
    ("2026-03-02T10:00", DEBIT, "下次扣款是哪天", ["已经结束", "2026年2月24日"], ["下一次"]),
    ("2025-12-10T10:00", DEBIT, "两个工作日前是哪天存钱", ["12月11日（周四）"], []),
    # -- account debit
    ("2025-12-10T10:00", ACCOUNT, "下次划扣是哪天", ["12月31日（周三）", "还剩4次"], []),
    ("2026-01-31T10:00", ACCOUNT, "今天划吗", ["就是划扣日", "2月28日", "文件没有写"], []),
    ("2026-03-31T10:00", ACCOUNT, "今天划吗", ["划扣日", "最后一次"], ["下一次"]),
    ("2026-04-01T10:00", ACCOUNT, "下次哪天划", ["已经结束", "2026年3月31日"], ["下一次"]),
    # -- back payment
    ("2025-12-26T10:00", BACK, "补缴还来得及吗", ["12月29日之前", "只剩3天", "2026年1月5日"], []),
    ("2025-12-29T10:00", BACK, "今天报补缴行吗", ["没有写清", "12333"], ["可以", "来得及"]),
    ("2025-12-30T10:00", BACK, "还能补缴吗", ["上报时间已过", "2026年1月5日"], ["来得及"]),
    ("2026-01-10T10:00", BACK, "现在能交补缴的钱吗", ["可以缴", "1月20日", "还有10天"], []),
    ("2026-01-15T10:00", BACK, "今天能交补缴的钱吗", ["不能确定", "1月16日"], ["现在可以"]),
    ("2026-02-01T10:00", BACK, "还能补缴吗", ["已经结束", "1月"], ["来得及", "现在可以"]),
    # -- effect of a payment
    ("2025-12-10T10:00", BENEFIT, "现在交什么时候能用", ["2026年元旦"], ["实时"]),
    ("2026-02-10T10:00", BENEFIT, "今天交哪天能用", ["实时医保待遇"], ["次日"]),
    ("2026-03-05T10:00", BENEFIT, "今天交哪天能用", ["次日"], ["实时"]),
    ("2026-03-05T10:00", BENEFIT, "二月十号缴的费从几时算", ["2月10日", "实时"], ["次日"]),
    ("2026-11-22T10:00", BENEFIT, "现在交哪天能用", ["已经结束"], ["次日"]),
    # -- failed debit, two years, newly enrolled
    ("2025-12-16T10:00", FAILED, "今天能自己交吗", ["不能", "12月18日至12月20日"], ["可以"]),
    ("2025-12-18T10:00", FAILED, "今天能自己交吗", ["可以", "银行柜台"], ["不能："]),
    ("2025-12-20T10:00", FAILED, "今天能自己交吗", ["可以", "京通、电子税务局都行"], ["柜台"]),
    ("2025-12-22T10:00", FAILED, "今天能自己交吗", ["不能", "2026年1月5日"], ["可以"]),
    ("2026-02-16T10:00", FAILED, "今天能自己交吗", ["说不准", "2月24日", "12366"], ["可以"]),
    ("2026-01-14T10:00", TWO, "今天能交当年的吗", ["锁定", "1月18日至1月20日"], []),
    ("2026-02-03T10:00", TWO, "两年的还能交吗", ["1月的缴费时间已过"], []),
    ("2025-12-10T10:00", NEW, "现在还行吗", ["2026年2月28日", "12月29日之前"], ["已过"]),
    ("2026-01-03T10:00", NEW, "现在还行吗", ["可以", "上报时间已过"], []),
]


def lines_for(at: str, intent: str, text: str) -> str:
    """Return the computed lines, as they stand before the answer."""
    found = date_lines(shipped_catalog(), BEIJING, IntentId(intent), text, moment(at))
    return "\n".join(found)


class TestQuestions:
    def test_there_are_many(self) -> None:
        assert len(QUESTIONS) >= 80
        assert {question[1] for question in QUESTIONS} == DATED

    @pytest.mark.parametrize(
        ("at", "intent", "text", "has", "lacks"),
        QUESTIONS,
        ids=[f"{q[0][:10]}-{q[1]}-{n}" for n, q in enumerate(QUESTIONS)],
    )
    def test_answered_for_its_moment(
        self, at: str, intent: str, text: str, has: list[str], lacks: list[str]
    ) -> None:
        said = lines_for(at, intent, text)
        assert [part for part in has if part not in said] == [], said
        assert [part for part in lacks if part in said] == [], said

    def test_two_mornings_of_the_spring_festival_differ(self) -> None:
        assert lines_for("2026-02-15T10:00", PAY, "今天能交吗") != lines_for(
            "2026-02-16T16:00", PAY, "今天能交吗"
        )


class TestReplies:
    """Whole replies on every day from long before the first to long after the last."""

    first = moment("2025-09-01T08:30")

    def test_exactly_these_answers_are_dated(self) -> None:
        catalog = shipped_catalog()
        dated = {i.id for i in catalog.intents.values() for a in i.answers.values() if a.windows}
        assert dated == DATED
        assert catalog.calendar.keys() == {BEIJING, Region("liuzhou")}
        assert catalog.calendar[Region("liuzhou")].windows == {}

    @pytest.mark.parametrize("intent", sorted(DATED))
    def test_fit_one_message_and_keep_the_answer(self, intent: str) -> None:
        catalog = shipped_catalog()
        account = catalog.accounts["beijing"]
        replies = Replies(catalog, account)
        answer = catalog.intents[IntentId(intent)].answers[BEIJING].text
        last_line = answer.split("\n")[-1].split("{")[0]
        for day in range(460):
            for hours in (0, 12):
                now = self.first + timedelta(days=day, hours=hours)
                reply = replies.answer(IntentId(intent), now, "这周末能交吗" if hours else "")
                texts = render(reply, replies.text("more"))
                assert len(texts) == 1, (now, reply.text)
                assert len(texts[0].encode()) <= LIMIT_BYTES
                assert last_line in reply.text
                assert "{" not in reply.text

    def test_say_nothing_before_an_answer_without_dates(self) -> None:
        catalog = shipped_catalog()
        replies = Replies(catalog, catalog.accounts["beijing"])
        fee = IntentId("fee_standard")
        text = catalog.intents[fee].answers[BEIJING].text.split("{")[0]
        assert replies.answer(fee, self.first).text.startswith(text)

    def test_in_several_answers_each_has_its_own_lines(self) -> None:
        catalog = shipped_catalog()
        replies = Replies(catalog, catalog.accounts["beijing"])
        topics = (IntentId(PAY), IntentId(ENROL))
        asked = {topics[0]: "周末能交吗", topics[1]: "还能参保吗"}
        text = replies.answers(topics, moment("2025-12-10T10:00"), asked).text
        assert "12月13日至12月14日" in text
        assert "2026年2月28日（周六）截止" in text


class TestThroughTheAssistant:
    """Sentences of the operators, word for word, so that the matcher has no say."""

    def ask(self, text: str, at: str) -> Turn:
        message = Message("beijing", "parent", MessageKind.TEXT, text)
        return shipped_assistant().turn(Session(), message, moment(at))

    def test_conclusion_rule_source(self) -> None:
        turn = self.ask("周末能交吗", "2025-12-10T10:00")
        assert (turn.decision, turn.topics) == (Decision.ANSWER, (PAY,))
        lines = turn.text.split("\n")
        assert lines[0].startswith("只能线上：周末（12月13日至12月14日）可以用京通、电子税务局缴")
        assert any(line.startswith("每月5日至20日（15日除外）") for line in lines)
        assert lines[-1].startswith("依据：")

    def test_past_the_last_day_the_notice_stands_first(self) -> None:
        lines = self.ask("周末能交吗", "2026-11-22T10:00").text.split("\n")
        assert lines[0].startswith("⚠️")
        assert lines[1] == "不能：2025–2026 年度的缴费已经结束。"

    @pytest.mark.parametrize(
        ("text", "topic"),
        [
            ("现在能缴费了吗", PAY),
            ("还有几天截止", PAY),
            ("三月份还能登记不", ENROL),
            ("今天银行会扣钱吗", DEBIT),
        ],
    )
    def test_a_mere_question_of_dates_is_answered(self, text: str, topic: str) -> None:
        turn = self.ask(text, "2025-12-10T10:00")
        assert (turn.decision, turn.topics) == (Decision.ANSWER, (topic,))

    @pytest.mark.parametrize("at", ["2025-12-10T10:00", "2026-02-14T18:00", "2026-02-15T10:00"])
    def test_a_flow_begins_with_the_lines_too(self, at: str) -> None:
        message = Message("beijing", "parent", MessageKind.CLICK, CHANNELS)
        turn = shipped_assistant().turn(Session(), message, moment(at))
        assert turn.decision is Decision.FLOW
        assert turn.text.split("\n")[0] in lines_for(at, CHANNELS, "")
        assert turn.session.rest == ()
        assert len(turn.text.encode()) <= LIMIT_BYTES


class TestCalendarFile:
    def test_months_follow_from_enrolment(self) -> None:
        """当月完成参保后次月开始缴费: enrolment from November to February."""
        payment = shipped_catalog().calendar[BEIJING].windows["payment"]
        assert isinstance(payment, MonthlyWindow)
        assert [(s.first.isoformat(), s.last.isoformat()) for s in payment.spans] == [
            ("2025-12-05", "2025-12-20"),
            ("2026-01-05", "2026-01-20"),
            ("2026-02-05", "2026-02-20"),
            ("2026-03-05", "2026-03-20"),
        ]

    def test_facts_are_filled_in(self) -> None:
        for window in shipped_catalog().calendar[BEIJING].windows.values():
            assert not any("{fact" in text for text in window.texts.values())
