"""One bare word is no question: it is asked back, never answered, and rings no alarm."""

from __future__ import annotations

import pytest

from app.domain.turn import Decision
from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import Parent

WORDS = ["医保", "社保", "孩子", "没有", "大学", "外地", "北京", "柳州", "学校", "手机", "身份证"]


@pytest.mark.parametrize("account", ["beijing", "liuzhou"])
@pytest.mark.parametrize("word", WORDS)
def test_it_is_neither_answered_nor_an_alarm(account: str, word: str) -> None:
    turn = Parent(account, shipped_assistant()).say(word)
    assert turn.decision in {Decision.SMALLTALK, Decision.CLARIFY, Decision.FALLBACK}, word
    assert turn.topics == () or turn.decision is Decision.CLARIFY


@pytest.mark.parametrize("account", ["beijing", "liuzhou"])
def test_social_insurance_is_no_abuse(account: str) -> None:
    turn = Parent(account, shipped_assistant()).say("社保")
    assert "参保" in turn.text or "缴费" in turn.text


@pytest.mark.parametrize("word", ["小学", "大学", "外地", "没有"])
def test_inside_a_flow_a_word_is_an_answer(word: str) -> None:
    parent = Parent("beijing", shipped_assistant())
    parent.say("参保资格")
    parent.say(word)
    flow = parent.session.flow
    assert flow is not None
    assert flow.slots or flow.unclear
