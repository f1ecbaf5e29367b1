"""Every kind of message gets a text, events that take none get nothing."""

from __future__ import annotations

import pytest

from app.domain.turn import Decision, MessageKind
from tests.unit.dialogue.parent import LIMIT_BYTES, Parent, links, says

UNREADABLE = [
    *(MessageKind.IMAGE, MessageKind.VOICE, MessageKind.VIDEO, MessageKind.LOCATION),
    *(MessageKind.LINK, MessageKind.UNSUPPORTED),
]


@pytest.mark.parametrize("account", ["beijing", "liuzhou"])
@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_has_a_reply_or_none_at_all(account: str, kind: MessageKind) -> None:
    turn = Parent(account).send(kind, "多少钱" if kind is MessageKind.TEXT else "")
    if kind is MessageKind.SILENT:
        assert (turn.text, turn.reply) == ("", None)
    else:
        assert 0 < len(turn.text.encode()) <= LIMIT_BYTES


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_says_so(kind: MessageKind) -> None:
    parent = Parent()
    turn = parent.send(kind)
    assert (turn.decision, turn.topics) == (Decision.FALLBACK, ())
    assert says(turn, parent.wording(kind.value))


@pytest.mark.parametrize("kind", [*UNREADABLE, MessageKind.SILENT])
def test_it_does_not_disturb_the_conversation(kind: MessageKind) -> None:
    parent = Parent()
    parent.say("多少钱")
    parent.send(kind)
    assert parent.say("2").topics == ("payment_window",)
    parent.say("参保资格")
    parent.send(kind)
    assert parent.session.flow is not None
    assert "上什么学" in parent.say("1").text


def test_silence_changes_nothing_that_matters() -> None:
    parent = Parent()
    parent.say("呜啦啦啦")
    before = parent.session
    parent.send(MessageKind.SILENT)
    after = parent.session
    assert (after.misses, after.last_text, after.flow) == (before.misses, before.last_text, None)


class TestWelcome:
    def test_a_new_follower_learns_what_can_be_asked(self) -> None:
        parent = Parent("liuzhou")
        turn = parent.send(MessageKind.SUBSCRIBE)
        assert says(turn, parent.wording("welcome"))
        assert "柳州" in turn.text
        welcome = parent.assistant.catalog.accounts["liuzhou"].welcome
        assert [key for _, _, key in links(turn.text)] == list(welcome)

    def test_the_first_number_is_the_first_question(self) -> None:
        parent = Parent()
        parent.send(MessageKind.SUBSCRIBE, "qrscene_x")
        assert parent.say("2").topics == ("payment_window",)


class TestMenuAndScan:
    @pytest.mark.parametrize("kind", [MessageKind.CLICK, MessageKind.SCAN])
    def test_the_key_may_be_a_topic(self, kind: MessageKind) -> None:
        turn = Parent().send(kind, "fee_standard")
        assert (turn.decision, turn.topics) == (Decision.ANSWER, ("fee_standard",))

    @pytest.mark.parametrize("kind", [MessageKind.CLICK, MessageKind.SCAN])
    def test_the_key_may_start_a_flow(self, kind: MessageKind) -> None:
        turn = Parent().send(kind, "enrolment_eligibility")
        assert turn.decision is Decision.FLOW
        assert turn.session.flow is not None

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "nothing",
            "benefits_overview",
            "gap_newborn",
            "{{7*7}}",
            "../../etc/passwd",
            "\ud800",
        ],
    )
    @pytest.mark.parametrize("kind", [MessageKind.CLICK, MessageKind.SCAN])
    def test_any_other_key_is_a_welcome(self, kind: MessageKind, key: str) -> None:
        parent = Parent()
        turn = parent.send(kind, key)
        assert says(turn, parent.wording("welcome"))
