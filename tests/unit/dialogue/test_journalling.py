"""What a turn leaves behind: questions with a reason, counts, and never anything personal."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from app.dialogue.journalling import is_close, noted
from app.domain.handoff import CaseState, Hold
from app.domain.journal import DayStatistics, Noted, Reason
from app.domain.turn import Candidate, Decision, Message, MessageKind, Ranking, Session
from tests.unit.dialogue.desks import CONSOLE, staffed
from tests.unit.dialogue.parent import Parent

OPENID = "oPENid_Of-A-Parent_0001"


class Watched(Parent):
    """A conversation whose turns are written down."""

    def note(self, text: str, kind: MessageKind = MessageKind.TEXT) -> Noted:
        before = self.session
        turn = self.send(kind, text)
        message = Message(self.account, OPENID, kind, text)
        return noted(before, message, turn, self.now, 12.0)


def test_an_answered_question_with_its_topic() -> None:
    entry = Watched().note("一年多少钱").entry
    assert entry is not None
    assert entry.question == "一年多少钱"
    assert (entry.decision, entry.reason) == (Decision.ANSWER, Reason.ANSWERED)
    assert entry.topics == ("fee_standard",)
    assert entry.confidence is not None
    assert entry.confidence > 0.9


def test_a_miss_and_an_honest_no_are_told_apart() -> None:
    parent = Watched()
    missed = parent.note("咕咚咕咚")
    assert missed.entry is not None
    assert missed.entry.reason is Reason.FALLBACK
    assert "missed" in missed.counts
    gap = parent.note("新生儿怎么参保")
    assert gap.entry is not None
    assert gap.entry.decision is Decision.FALLBACK, gap.entry
    assert gap.entry.reason is Reason.ANSWERED
    assert gap.entry.topics == ("gap_newborn",)
    assert "missed" not in gap.counts


def test_unsolved_and_handoff_name_the_question_before() -> None:
    parent = Watched()
    parent.note("一年多少钱")
    unsolved = parent.note("没解决")
    assert unsolved.entry is not None
    assert unsolved.entry.question == "一年多少钱"
    assert unsolved.entry.reason is Reason.UNSOLVED
    assert "unsolved" in unsolved.counts
    parent.note("每月几号能缴费")
    wanted = parent.note("转人工")
    assert wanted.entry is not None
    assert (wanted.entry.question, wanted.entry.reason) == ("每月几号能缴费", Reason.HANDOFF)
    assert "handoff" in wanted.counts


@pytest.mark.parametrize("text", ["你好", "帮助", "谢谢", "有人让我转账到安全账户"])
def test_small_talk_commands_and_alarms_leave_counts_only(text: str) -> None:
    written = Watched().note(text)
    assert written.entry is None
    assert "messages" in written.counts


def test_taps_flows_and_pictures_leave_counts_only() -> None:
    parent = Watched()
    parent.note("一年多少钱")
    assert parent.note("1").entry is None
    parent = Watched()
    opened = parent.note("我家能不能参保")
    assert opened.entry is not None
    assert parent.session.flow is not None
    assert parent.note("本市户籍").entry is None
    assert parent.note("", MessageKind.IMAGE).entry is None
    assert parent.note("", MessageKind.SILENT) == Noted("beijing", parent.now, ())


def test_words_to_a_person_are_not_kept() -> None:
    parent = Watched(assistant=staffed(CONSOLE))
    hold = Hold(CaseState.WAITING, parent.now - timedelta(minutes=1))
    parent.session = replace(Session(), hold=hold)
    written = parent.note("我孩子得了白血病，一年多少钱")
    assert written.entry is None
    assert "handoff" not in written.counts


@pytest.mark.parametrize(
    "secret",
    [
        *(
            "450201201501011234",
            "13800138000",
            "6222020200112233446",
            "oZAb1cD2eF3gH4iJ5kL6mN7oP8qR",
        ),
        *(
            "a.parent@example.com",
            "123456",
            "0772-2825533",
            "一三八零零一三八零零零",
            "G45020120150101",
        ),
    ],
)
def test_numbers_never_get_into_an_entry(secret: str) -> None:
    parent = Watched()
    first = parent.note(f"一年多少钱，号码{secret}")
    second = parent.note("没解决")
    for written in (first, second):
        assert secret not in str(asdict(written))
        assert OPENID not in str(asdict(written))
    assert any(written.entry for written in (first, second))


def test_counts_of_an_answer() -> None:
    counts = Watched().note("一年多少钱").counts
    assert set(counts) == {
        *("messages", "decision:answer", "hour:10", "latency:10"),
        *("topic:fee_standard", "answered"),
    }


def test_near_things_by_the_calibration_of_the_catalogue() -> None:
    def ranking(best: float, second: float, *, is_exact: bool = False) -> Ranking:
        rows = tuple(Candidate(i, c) for i, c in (("a", best), ("b", second)))  # type: ignore[arg-type]
        return Ranking("x", (), rows, accept=0.8, offer=0.5, is_exact=is_exact)

    assert not is_close(ranking(0.95, 0.1))
    assert is_close(ranking(0.95, 0.7))
    assert is_close(ranking(0.75, 0.1))
    assert not is_close(ranking(0.95, 0.7, is_exact=True))


def test_resolved_is_what_nobody_asked_again() -> None:
    day = DayStatistics("a", Watched().now.date(), {"answered": 5, "reasked": 1, "unsolved": 1})
    assert day.resolved == 3
    assert DayStatistics("a", day.day, {"unsolved": 2}).resolved == 0
