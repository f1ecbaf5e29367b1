"""The content that ships, through the whole assistant: every topic is answered, and right."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.dialogue.assistant import Assistant
from app.domain.content import Account, Intent, IntentKind
from app.domain.names import IntentId
from app.domain.turn import Decision, Message, MessageKind, Session, Turn
from app.settings import SHANGHAI
from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import links, shown

TOPICS = Path(__file__).resolve().parents[1] / "data/topics.yml"
LIMIT_BYTES = 2048
FIRST_LINE_CHARS = 40
NOW = datetime(2025, 12, 10, 10, 0, tzinfo=SHANGHAI)
LONG_AGO = datetime(2022, 10, 1, 12, 0, tzinfo=SHANGHAI)
MUCH_LATER = datetime(2027, 1, 1, 12, 0, tzinfo=SHANGHAI)
ANSWERED = {Decision.ANSWER, Decision.FLOW}

Topic = dict[str, Any]


def _topics() -> list[Topic]:
    """Return the 79 topics: id, region, canonical question, and strings of a right answer."""
    return list(YAML(typ="safe", pure=True).load(TOPICS.read_text("utf-8")))


def plain(text: str) -> str:
    """Return the form in which facts are compared: spacing and width do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    return shipped_assistant()


def ask(assistant: Assistant, account: str, text: str, now: datetime = NOW) -> Turn:
    """Send the first message of a new parent."""
    return assistant.turn(Session(), Message(account, "parent", MessageKind.TEXT, text), now)


def answered(assistant: Assistant) -> Iterator[tuple[Account, Intent]]:
    """Yield every topic with every account that answers it."""
    for account in assistant.catalog.accounts.values():
        for intent in assistant.catalog.intents.values():
            if intent.kind is IntentKind.FAQ and account.region in intent.answers:
                yield account, intent


def opened(assistant: Assistant, account: Account, intent: Intent, now: datetime) -> Turn:
    """Open a topic by its menu key: its reply, whatever the matcher thinks."""
    message = Message(account.id, "parent", MessageKind.CLICK, intent.id)
    return assistant.turn(Session(), message, now)


class TestTopics:
    topics = _topics()

    def test_there_are_79(self) -> None:
        assert len(self.topics) == 79
        assert len({(topic["id"], topic["region"]) for topic in self.topics}) == 79

    def test_each_has_an_answer_and_nothing_else_has(self, assistant: Assistant) -> None:
        wanted = {(topic["region"], topic["id"]) for topic in self.topics}
        assert {(account.id, intent.id) for account, intent in answered(assistant)} == wanted

    @pytest.mark.parametrize("topic", topics, ids=[f"{t['region']}-{t['id']}" for t in topics])
    def test_canonical_question(self, assistant: Assistant, topic: Topic) -> None:
        turn = ask(assistant, topic["region"], topic["question"])
        assert turn.decision in ANSWERED, turn.trace.reason
        assert turn.topics[0] == topic["id"], turn.trace.reason
        reply = plain(shown(turn.text))
        missing = [
            fact
            for fact in topic["facts"]
            if not any(plain(option) in reply for option in str(fact).split("|"))
        ]
        assert missing == [], turn.text


class TestEveryReply:
    @pytest.mark.parametrize("now", [LONG_AGO, NOW, MUCH_LATER], ids=["2022", "2025", "2027"])
    def test_fits_one_message(self, assistant: Assistant, now: datetime) -> None:
        sizes = {
            (account.id, intent.id): len(opened(assistant, account, intent, now).text.encode())
            for account, intent in answered(assistant)
        }
        assert {key: size for key, size in sizes.items() if not 0 < size <= LIMIT_BYTES} == {}

    @pytest.mark.parametrize("now", [NOW, MUCH_LATER], ids=["2025", "2027"])
    def test_nothing_waits_for_more(self, assistant: Assistant, now: datetime) -> None:
        split = [
            (account.id, intent.id)
            for account, intent in answered(assistant)
            if opened(assistant, account, intent, now).session.rest
        ]
        assert split == []

    def test_other_kinds_fit_too(self, assistant: Assistant) -> None:
        for account in assistant.catalog.accounts:
            for intent in assistant.catalog.intents.values():
                turn = ask(assistant, account, intent.utterances[0])
                assert 0 < len(turn.text.encode()) <= LIMIT_BYTES, (account, intent.id)

    def test_last_line_is_the_source(self, assistant: Assistant) -> None:
        documents = assistant.catalog.documents.values()
        for account, intent in answered(assistant):
            line = opened(assistant, account, intent, NOW).text.split("\n")[-1]
            titles = {
                f"依据：{document.title}（{document.applies_to}）"
                for document in documents
                if document.region == account.region
            }
            assert line in titles, (account.id, intent.id)

    def test_first_line_is_short_enough_to_be_read(self, assistant: Assistant) -> None:
        long = {
            (account.id, intent.id): first
            for account, intent in answered(assistant)
            for first in [_conclusion(opened(assistant, account, intent, NOW))]
            if len(first) > FIRST_LINE_CHARS
        }
        assert long == {}

    def test_two_or_three_related_questions_that_exist(self, assistant: Assistant) -> None:
        wrong = {}
        for account, intent in answered(assistant):
            if (
                intent.flow is not None
                and account.region in assistant.catalog.flows[intent.flow].regions
            ):
                continue  # its choices are the answers to the first question
            offered = links(opened(assistant, account, intent, NOW).text)
            keys = [IntentId(key) for _, _, key in offered]
            exist = all(assistant.catalog.answer(key, account.region) for key in keys)
            if not (2 <= len(keys) <= 3 and exist and intent.id not in keys):
                wrong[account.id, intent.id] = keys
        assert wrong == {}

    def test_no_reply_shows_a_placeholder(self, assistant: Assistant) -> None:
        for account, intent in answered(assistant):
            text = shown(opened(assistant, account, intent, NOW).text)
            assert "{" not in text, (account.id, intent.id)
            assert "**" not in text


class TestValidity:
    def test_past_the_last_day_the_first_line_warns(self, assistant: Assistant) -> None:
        for account, intent in answered(assistant):
            lines = opened(assistant, account, intent, MUCH_LATER).text.split("\n")
            assert lines[0].startswith("⚠️"), (account.id, intent.id)
            assert "现已过期" in lines[0]
            assert not lines[1].startswith("⚠️")

    def test_within_it_none_does(self, assistant: Assistant) -> None:
        for account, intent in answered(assistant):
            last = _last_day(assistant, account)
            moment = datetime.combine(last, time.max, SHANGHAI)
            assert "⚠️" not in opened(assistant, account, intent, moment).text


class TestTitles:
    def test_what_a_tap_sends_leads_to_its_own_topic(self, assistant: Assistant) -> None:
        wrong = {
            (account.id, intent.title): turn.topics
            for account, intent in answered(assistant)
            for turn in [ask(assistant, account.id, intent.title)]
            if turn.decision not in ANSWERED or turn.topics[0] != intent.id
        }
        assert wrong == {}

    def test_and_so_it_does_in_the_middle_of_any_flow(self, assistant: Assistant) -> None:
        """A tap on an older message, while the bot waits for an answer to something else."""
        wrong = {}
        for account, intent in answered(assistant):
            for flow in assistant.catalog.flows.values():
                topic = assistant.catalog.intents[flow.topic]
                if account.region not in flow.regions or topic.id == intent.id:
                    continue
                before = opened(assistant, account, topic, NOW).session
                tap = Message(account.id, "p", MessageKind.TEXT, intent.title, intent.id)
                turn = assistant.turn(before, tap, NOW)
                if intent.id not in turn.topics:
                    wrong[account.id, flow.id, intent.title] = turn.topics
        assert wrong == {}


def _conclusion(turn: Turn) -> str:
    """Return the first line of an answer, without a notice above it."""
    lines = shown(turn.text).split("\n")
    return next(line for line in lines if not line.startswith("⚠️"))


def _last_day(assistant: Assistant, account: Account) -> date:
    return next(
        d.valid_until for d in assistant.catalog.documents.values() if d.region == account.region
    )


class TestPickedUpFromParents:
    """Short words in flows that real parents send; each of them once went wrong."""

    @pytest.mark.parametrize("text", ["河北", "河北的", "老家河北", "石家庄"])
    def test_a_place_answers_where_the_child_is_registered(
        self, assistant: Assistant, text: str
    ) -> None:
        first = ask(assistant, "beijing", "参保资格")
        turn = assistant.turn(first.session, Message("beijing", "p", MessageKind.TEXT, text), NOW)
        assert turn.session.flow is not None
        assert turn.session.flow.slots == {"hukou": "other"}

    @pytest.mark.parametrize("text", ["通州户口，上小学", "北京户口，在读小学"])
    def test_where_the_child_is_registered_does_not_say_where_it_learns(
        self, assistant: Assistant, text: str
    ) -> None:
        first = ask(assistant, "beijing", "参保资格")
        turn = assistant.turn(first.session, Message("beijing", "p", MessageKind.TEXT, text), NOW)
        assert turn.trace.ended is not None
        assert turn.trace.ended.slots == {"stage": "school", "hukou": "local"}

    @pytest.mark.parametrize("account", ["beijing", "liuzhou"])
    @pytest.mark.parametrize("text", ["1", "2", "3", "第一个", "②"])
    def test_a_number_without_an_offer_is_not_answered(
        self, assistant: Assistant, account: str, text: str
    ) -> None:
        assert ask(assistant, account, text).decision not in ANSWERED

    @pytest.mark.parametrize("flow", ["check_coverage", "choose_payment_channel"])
    @pytest.mark.parametrize("account", ["beijing", "liuzhou"])
    @pytest.mark.parametrize(
        "text", ["有什么区别", "跳过", "返回", "为什么问这个", "再说一遍", "帮助"]
    )
    def test_every_command_works_in_every_flow(
        self, assistant: Assistant, account: str, flow: str, text: str
    ) -> None:
        catalog = assistant.catalog
        topic = next(f.topic for f in catalog.flows.values() if f.id == flow)
        first = opened(assistant, catalog.accounts[account], catalog.intents[topic], NOW)
        turn = assistant.turn(first.session, Message(account, "p", MessageKind.TEXT, text), NOW)
        assert 0 < len(turn.text.encode()) <= LIMIT_BYTES
