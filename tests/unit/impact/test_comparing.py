"""What a change of the content does, as `compare` sees it: each kind of change is planted."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.impact.cases import CaseKind, cases_of, joined, real_cases
from app.impact.comparing import ComparisonCancelledError, compare
from app.impact.findings import Change, ChangeKind, Impact
from tests.unit.impact.contents import ALIPAY, AT, BANK, THIEVES, impact_of, learned, planted

TALK = """conversations:
  - conversation: 用支付宝
    account: liuzhou
    turns:
      - user: 市民中心点社保，下一步呢
        reply_has: [输入身份证号及姓名]
"""


def sentences(impact: Impact, kind: ChangeKind) -> list[Change]:
    return [c for c in impact.changes if c.kind is kind and c.case.kind is CaseKind.TEST]


def test_the_same_content_changes_nothing() -> None:
    impact = impact_of()
    assert impact.is_empty
    assert impact.regressions == ()
    assert impact.accuracy_old == impact.accuracy_new > 0.8
    assert impact.totals[CaseKind.TEST] > 50
    assert {CaseKind.NOT, CaseKind.FLOW} <= impact.totals.keys()


class TestAnswers:
    EDIT = (ALIPAY, "输入身份证号及姓名", "输入身份证号和手机号")

    def test_a_changed_text_is_told_from_and_to(self) -> None:
        (change,) = impact_of(self.EDIT).answers
        assert (change.intent, change.region, change.state) == ("pay_by_alipay", "liuzhou", "正文")
        assert "2. 输入身份证号及姓名。" in change.before
        assert "2. 输入身份证号和手机号。" in change.after
        assert change.file == ALIPAY

    def test_the_tests_that_are_answered_in_other_words_are_no_regression(self) -> None:
        impact = impact_of(self.EDIT)
        assert {c.kind for c in impact.changes} == {ChangeKind.REPLY}
        assert impact.regressions == ()

    def test_a_conversation_that_wants_the_old_words_is_broken(self) -> None:
        talk = ("tests/conversations/talk.yml", "", TALK)
        old, cases = learned(talk)
        new, _ = learned(talk, self.EDIT)
        impact = compare(old, new, cases, AT)
        (change,) = impact.regressions
        assert (change.kind, change.case.kind) == (ChangeKind.BROKEN, CaseKind.CONVERSATION)
        assert "输入身份证号及姓名" in change.after.note
        assert change.case.file == "tests/conversations/talk.yml:2"


class TestThief:
    def test_it_is_caught_by_tests_and_named(self) -> None:
        impact = impact_of(planted(BANK, THIEVES))
        stolen = sentences(impact, ChangeKind.STOLEN)
        assert {c.case.text for c in stolen} == {
            "打开支付宝后从哪个栏目给孩子付医保",
            "钱在余额宝，能用支付宝给娃缴居民医保不",
        }
        assert set(stolen) <= set(impact.regressions)
        for change in stolen:
            assert change.before.topics == ("pay_by_alipay",)
            assert change.after.topics == ("pay_by_bank",)
            assert change.thief is not None
            assert (change.thief.file, change.thief.intent) == (BANK, "pay_by_bank")
            assert change.thief.text in THIEVES
        assert impact.accuracy_new < impact.accuracy_old

    def test_one_that_no_test_meets_is_seen_by_the_utterances(self) -> None:
        impact = impact_of(planted(BANK, ("在支付宝里缴医保", "用支付宝点哪里交", "支付宝能交")))
        assert not sentences(impact, ChangeKind.STOLEN)
        taken = [c for c in impact.regressions if c.case.kind is CaseKind.UTTERANCE]
        found = {(c.case.text, c.thief.text) for c in taken if c.thief}
        assert ("支付宝可以交居民医保吗", "支付宝能交") in found
        assert impact.accuracy_new == impact.accuracy_old

    def test_a_gap_that_makes_the_bot_ask_back_is_a_thief_too(self) -> None:
        impact = impact_of(
            planted("intents/gap_newborn.yml", ["打开支付宝后从哪个栏目给孩子付医保呢"])
        )
        (change,) = sentences(impact, ChangeKind.CLARIFIED)
        assert change in impact.regressions
        assert change.thief is not None
        assert change.thief.intent == "gap_newborn"

    def test_a_fitting_utterance_harms_nothing(self) -> None:
        impact = impact_of(planted(BANK, ["中国银行的柜台可以给娃缴费吗"]))
        assert impact.regressions == ()
        (edit,) = impact.edits
        assert (edit.file, edit.added) == (BANK, ("中国银行的柜台可以给娃缴费吗",))

    def test_deleting_the_stolen_tests_hides_nothing(self) -> None:
        test = "  - 打开支付宝后从哪个栏目给孩子付医保\n"
        impact = impact_of(
            planted(BANK, THIEVES), (ALIPAY, test, "  - 支付宝里面给孩子付医保是点哪里呀\n")
        )
        assert test.strip("- \n") in {c.case.text for c in sentences(impact, ChangeKind.STOLEN)}


class TestDeletedIntent:
    @staticmethod
    def impact() -> Impact:
        related = "  - pay_by_alipay\n"
        flow = "intents/flows/choose_payment_channel.yml"
        return impact_of(
            (ALIPAY, "", ""),
            (BANK, related, ""),
            ("intents/payment_channels.yml", related, ""),
            (flow, "answer: pay_by_alipay", "answer: pay_by_bank"),
            (flow, "ends: pay_by_alipay", "ends: pay_by_bank"),
        )

    def test_its_answer_is_gone(self) -> None:
        gone = [a for a in self.impact().answers if a.intent == "pay_by_alipay"]
        assert [(a.region, bool(a.before), a.after) for a in gone] == [("liuzhou", True, "")]

    def test_its_tests_are_regressions(self) -> None:
        own = frozenset({"pay_by_alipay"})
        lost = {c.case.text for c in self.impact().regressions if c.case.expected == own}
        assert "市民中心点社保，下一步呢" in lost

    def test_the_edit_names_it(self) -> None:
        assert ("意图", ("pay_by_alipay",)) in {(e.what, e.removed) for e in self.impact().edits}


def test_a_synonym_with_wide_effect_is_told() -> None:
    synonyms = (
        "intents/_synonyms.yml",
        "  怎么: [咋, 怎样, 如何]",
        "  怎么: [咋, 怎样, 如何]\n  银行: [支付宝, 市民中心, 余额宝, 哪, 给, 付]",
    )
    impact = impact_of(synonyms)
    assert {topic for c in impact.changes for topic in c.before.topics if c.before.answered}
    assert len(impact.changes) > 1
    (edit,) = impact.edits
    assert edit.what == "同义词"
    assert "银行：支付宝" in edit.added
    assert {c.thief for c in impact.changes} == {None}


class TestRealQuestions:
    STOLEN = "打开支付宝后从哪个栏目给孩子付这个钱"

    def test_a_theft_counts_as_often_as_it_is_asked(self) -> None:
        impact = impact_of(planted(BANK, THIEVES), real=[("liuzhou", self.STOLEN, 7)])
        (change,) = [c for c in impact.changes if c.case.kind is CaseKind.REAL]
        assert (change.kind, change.case.count) == (ChangeKind.STOLEN, 7)
        assert change in impact.regressions
        assert impact.totals[CaseKind.REAL] == 7

    def test_a_question_that_an_operator_adopts_is_meant_to_move(self) -> None:
        asked = self.STOLEN
        impact = impact_of(planted(BANK, [asked]), real=[("liuzhou", asked, 1)])
        (change,) = [c for c in impact.changes if c.case.kind is CaseKind.REAL]
        assert change.kind is ChangeKind.TOPIC
        assert not change.is_regression

    def test_one_that_is_answered_now_is_good_news(self) -> None:
        asked = "漓江农合行给不给代收"
        impact = impact_of(planted(BANK, [asked]), real=[("liuzhou", asked, 2)])
        (change,) = [c for c in impact.changes if c.case.kind is CaseKind.REAL]
        assert change.kind is ChangeKind.ANSWERED
        assert (impact.refused.old, impact.refused.new) == (2, 0)

    def test_they_are_masked_and_added_up(self) -> None:
        asked = [("liuzhou", "13800138000 能交吗", 1), ("liuzhou", "13800138000 能交吗", 2)]
        (case,) = real_cases([*asked, ("liuzhou", "  ", 4)])
        assert "13800138000" not in case.text
        assert case.count == 3

    def test_an_unknown_account_is_no_error(self) -> None:
        assert impact_of(real=[("tianjin", "多少钱", 1)]).is_empty


def test_progress_goes_up_to_the_end() -> None:
    old, cases = learned()
    steps: list[tuple[int, int]] = []
    compare(old, old, cases[:5], AT, lambda done, total: steps.append((done, total)))
    assert steps == [(n, 6) for n in range(7)]


def test_it_can_be_cancelled() -> None:
    old, cases = learned()
    with pytest.raises(ComparisonCancelledError):
        compare(old, old, cases, AT, cancelled=lambda: True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(["liuzhou", "beijing"]), st.text(max_size=30))))
def test_whatever_is_asked_the_same_content_changes_nothing(asked: list[tuple[str, str]]) -> None:
    old, _ = learned()
    cases = real_cases((account, text, 1) for account, text in asked)
    assert compare(old, old, cases, AT).is_empty


def test_cases_are_joined_with_the_new_expectation() -> None:
    old, _ = learned()
    cases = cases_of(old.catalog)
    assert joined(cases, cases) == cases
    assert len({c.key for c in cases}) == len(cases)
