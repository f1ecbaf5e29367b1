"""A question gets its curated answer: conclusion first, related questions, source last."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest

from app.dialogue.assistant import Assistant
from app.domain.content import Catalog, IntentKind
from app.domain.names import IntentId, Region
from app.domain.turn import Decision
from app.settings import SHANGHAI
from app.wechat.rendering import render
from tests.assistants import small_assistant, small_catalog
from tests.unit.dialogue.parent import LIMIT_BYTES, NOW, Parent, links, says, shown

PAIRS = [
    (account.id, intent.id)
    for account in small_catalog().accounts.values()
    for intent in small_catalog().intents.values()
    if account.region in intent.answers
]


class TestTopics:
    @pytest.mark.parametrize(("account", "topic"), PAIRS)
    def test_every_sentence_of_the_operators_finds_its_topic(
        self, account: str, topic: IntentId
    ) -> None:
        intent = small_catalog().intents[topic]
        others = [a for a in small_catalog().accounts.values() if a.id != account]
        for sentence in (intent.title, *intent.utterances):
            if any(place in sentence for other in others for place in other.places):
                continue  # a question about the other account's insurance is sent there
            turn = Parent(account).say(sentence)
            assert turn.decision in {Decision.ANSWER, Decision.FLOW}, sentence
            assert turn.topics[:1] == (topic,), sentence

    def test_the_answer_is_the_operators_text_with_facts(self) -> None:
        turn = Parent().say("多少钱")
        assert (turn.decision, turn.topics) == (Decision.ANSWER, ("fee_standard",))
        lines = turn.text.split("\n")
        assert lines[0] == "学生每人435元/年。"
        assert lines[-1] == "依据：北京市城乡医保学生问答（2025–2026 年度）"
        assert "{fact" not in turn.text

    def test_related_questions_are_tappable_and_exist(self) -> None:
        turn = Parent().say("多少钱")
        assert [key for _, _, key in links(turn.text)] == ["payment_channels", "payment_window"]
        assert all(label == say for label, say, _ in links(turn.text))

    def test_only_related_questions_of_the_own_region_are_offered(self) -> None:
        keys = [key for _, _, key in links(Parent().say("参保资格").text)]
        assert "benefits_overview" not in keys

    def test_the_trace_tells_why(self) -> None:
        turn = Parent().say("多少钱")
        assert turn.trace.decision is turn.decision
        assert turn.trace.reason
        assert turn.trace.sources == ("依据：北京市城乡医保学生问答（2025–2026 年度）",)
        assert turn.trace.revision == small_catalog().revision
        assert turn.trace.rankings[0].candidates[0].intent == "fee_standard"
        assert turn.candidates[0].confidence > 0.9

    def test_the_same_question_has_another_answer_elsewhere(self) -> None:
        beijing = Parent("beijing").say("参保资格").text
        liuzhou = Parent("liuzhou").say("参保资格").text
        assert "北京市城乡医保" in beijing
        assert "柳州区域内" in liuzhou

    def test_typing_differs_and_the_answer_does_not(self) -> None:
        expected = Parent().say("缴费标准").text
        for text in (
            "繳費標準",
            "  缴 费 标准 ？？？",
            "缴费标准[微笑]",
            "缴费标准😀",
            "／缴费标准／",
        ):
            assert Parent().say(text).text == expected, text


class TestWhatIsNotWritten:
    def test_a_gap_says_so_and_where_to_ask(self) -> None:
        parent = Parent()
        turn = parent.say("新生儿医保")
        assert (turn.decision, turn.topics) == (Decision.FALLBACK, ())
        about = small_catalog().intents[IntentId("gap_newborn")].about
        document = "北京市城乡医保学生问答"
        assert says(turn, parent.wording("not_stated", document=document, about=about))
        assert "12333" in turn.text
        assert "依据：" not in turn.text

    def test_a_gap_of_one_region_only(self) -> None:
        assert Parent("liuzhou").say("个人缴费标准").decision is Decision.FALLBACK

    def test_an_honest_no_is_no_miss(self) -> None:
        parent = Parent()
        for _ in range(3):
            assert parent.say("新生儿医保").session.misses == 0

    def test_other_matters_are_named_as_such(self) -> None:
        turn = Parent().say("地球到月亮有多远")
        reply = small_catalog().intents[IntentId("background_general")].replies[0]
        assert (turn.decision, turn.topics) == (Decision.FALLBACK, ())
        assert reply in turn.text

    def test_another_citys_insurance_is_not_guessed(self) -> None:
        parent = Parent()
        turn = parent.say("天津的学生医保怎么交")
        assert turn.decision is Decision.FALLBACK
        assert says(turn, parent.wording("other_region", other="天津"))


class TestOtherKindsOfIntent:
    @pytest.mark.parametrize(
        ("text", "decision"),
        [
            ("谢谢", Decision.SMALLTALK),
            ("人工客服", Decision.HANDOFF),
            ("有人冒充老师私聊我要转医保费", Decision.SAFETY),
        ],
    )
    def test_decision_and_no_topics(self, text: str, decision: Decision) -> None:
        turn = Parent().say(text)
        assert (turn.decision, turn.topics) == (decision, ())
        assert turn.text
        assert "依据：" not in turn.text

    @pytest.mark.parametrize("kind", [IntentKind.SMALLTALK, IntentKind.SAFETY])
    def test_replies_are_the_operators(self, kind: IntentKind) -> None:
        for intent in small_catalog().intents.values():
            if intent.kind is kind:
                turn = Parent().say(intent.utterances[0])
                assert any(reply in turn.text for reply in intent.replies)

    def test_handoff_says_where_a_person_can_be_reached(self) -> None:
        parent = Parent()
        turn = parent.say("转人工")
        assert says(turn, parent.wording("handoff"))
        assert "12333" in turn.text


class TestExpiry:
    notice = "⚠️ 以下是 2025–2026 年度的规定，现已过期，请以 12333 的最新答复为准。"
    last_second = datetime(2026, 3, 31, 23, 59, 59, tzinfo=SHANGHAI)

    @pytest.mark.parametrize("text", ["多少钱", "参保资格", "京籍，上小学，可以参保吗"])
    def test_no_notice_on_the_last_day(self, text: str) -> None:
        assert self.notice not in Parent(now=self.last_second).say(text).text

    @pytest.mark.parametrize("text", ["多少钱", "参保资格", "京籍，上小学，可以参保吗"])
    def test_first_line_from_the_next_day_on(self, text: str) -> None:
        turn = Parent(now=self.last_second + timedelta(seconds=1)).say(text)
        assert turn.decision in {Decision.ANSWER, Decision.FLOW}
        assert turn.text.split("\n")[0] == self.notice
        assert turn.text.split("\n")[-1].startswith("依据：")

    def test_a_comparison_carries_it_too(self) -> None:
        parent = Parent("liuzhou", now=NOW)
        parent.say("缴费渠道")
        assert parent.say("有什么区别").text.startswith("⚠️ 以下是 2023 年度的规定")

    @pytest.mark.parametrize("text", ["谢谢", "帮助", "新生儿医保", "转人工"])
    def test_not_where_nothing_is_quoted(self, text: str) -> None:
        turn = Parent("liuzhou", now=datetime(2030, 1, 1, tzinfo=SHANGHAI)).say(text)
        assert "⚠️" not in turn.text


def with_answer(text: str) -> Assistant:
    """Return the small assistant with this answer to the fee question."""
    small = small_assistant()
    intents = dict(small.catalog.intents)
    fee = intents[IntentId("fee_standard")]
    answer = dataclasses.replace(fee.answers[Region("beijing")], text=text)
    intents[fee.id] = dataclasses.replace(fee, answers={**fee.answers, Region("beijing"): answer})
    catalog: Catalog = dataclasses.replace(small.catalog, intents=intents)
    return Assistant(catalog, small.matchers, render)


class TestLongAnswers:
    lines = tuple(f"{i}. 第{i}步，请带上孩子的身份证和户口本到银行办理。" for i in range(1, 121))

    def read_all(self, parent: Parent) -> list[str]:
        texts = [parent.say("多少钱").text]
        while parent.session.rest:
            assert len(texts) < 20
            texts.append(parent.say("更多").text)
        return texts

    def test_are_split_and_nothing_is_lost(self) -> None:
        parent = Parent(assistant=with_answer("\n".join(self.lines)))
        texts = self.read_all(parent)
        assert len(texts) > 2
        assert all(0 < len(text.encode()) <= LIMIT_BYTES for text in texts)
        whole = "\n".join(shown(text) for text in texts)
        assert [line for line in whole.split("\n") if line in self.lines] == list(self.lines)

    def test_every_part_but_the_last_says_how_to_go_on(self) -> None:
        parent = Parent(assistant=with_answer("\n".join(self.lines)))
        texts = self.read_all(parent)
        assert all(links(text)[-1][1] == "更多" for text in texts[:-1])
        assert all(say != "更多" for _, say, _ in links(texts[-1]))
        assert "依据：" in texts[-1]
        assert all("依据：" not in text for text in texts[:-1])

    def test_can_be_tapped_through(self) -> None:
        parent = Parent(assistant=with_answer("\n".join(self.lines)))
        first = parent.say("多少钱").text
        second = parent.tap(1).text
        assert first != second
        assert second.startswith(tuple(self.lines))

    def test_another_question_ends_the_waiting_parts(self) -> None:
        parent = Parent(assistant=with_answer("\n".join(self.lines)))
        parent.say("多少钱")
        parent.say("谢谢")
        assert parent.session.rest == ()
        assert says(parent.say("更多"), parent.wording("nothing_more"))
        assert not says(parent.say("再说一遍"), parent.wording("nothing_more"))

    def test_the_numbers_still_work_after_the_last_part(self) -> None:
        parent = Parent(assistant=with_answer("\n".join(self.lines)))
        self.read_all(parent)
        assert parent.say("1").topics == ("payment_channels",)

    def test_one_line_without_end_is_split_as_well(self) -> None:
        parent = Parent(assistant=with_answer("医" * 3000))
        texts = self.read_all(parent)
        assert all(len(text.encode()) <= LIMIT_BYTES for text in texts)
        assert sum(text.count("医") for text in texts) >= 3000

    def test_a_short_answer_is_one_message(self) -> None:
        parent = Parent()
        parent.say("多少钱")
        assert parent.session.rest == ()
