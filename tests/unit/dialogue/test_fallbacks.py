"""Not understood: said honestly, each time differently, and never for ever."""

from __future__ import annotations

from app.domain.turn import Decision
from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import Parent, links, nonsense, says, shown


def new_parent() -> Parent:
    """Return one who talks to the content that ships: little content makes sense of nonsense."""
    return Parent("beijing", shipped_assistant())


def test_each_miss_is_worded_differently_and_the_last_names_someone_to_ask() -> None:
    parent = new_parent()
    variants = parent.wording("fallback")
    turns = [parent.say(text) for text in nonsense()]
    assert all(turn.decision is Decision.FALLBACK for turn in turns)
    assert all(turn.topics == () for turn in turns)
    for turn, variant in zip(turns, variants, strict=False):
        assert shown(turn.text).startswith(variant)
    assert says(turns[-1], [variants[-1]])
    assert "12333" in turns[len(variants) - 1].text


def test_a_right_answer_begins_anew() -> None:
    parent = new_parent()
    parent.say(nonsense()[0])
    parent.say(nonsense()[1])
    assert parent.session.misses == 2
    parent.say("多少钱")
    assert parent.session.misses == 0
    assert says(parent.say(nonsense()[2]), parent.wording("fallback")[:1])


def test_there_is_always_something_to_tap() -> None:
    parent = new_parent()
    for text in nonsense():
        offered = links(parent.say(text).text)
        assert 1 <= len(offered) <= 5
    assert parent.say("1").decision in {Decision.ANSWER, Decision.FLOW, Decision.COMMAND}


def test_none_of_these_asks_for_other_words() -> None:
    parent = Parent()
    parent.say("多少钱")
    turn = parent.say("都不是")
    assert turn.decision is Decision.COMMAND
    assert says(turn, parent.wording("none_of_these"))


def vague() -> list[str]:
    """Return some of the operators' own test sentences that are asked back."""
    found = []
    for intent in shipped_assistant().catalog.intents.values():
        for sentence in intent.tests:
            if new_parent().say(sentence).decision is Decision.CLARIFY:
                found.append(sentence)
        if len(found) > 8:
            return found
    return found


def test_asking_back_offers_topics_and_none_of_them() -> None:
    sentences = vague()
    assert sentences, "nothing is ever asked back"
    for text in sentences:
        parent = new_parent()
        turn = parent.say(text)
        keys = [key for _, _, key in links(turn.text)]
        assert tuple(keys[:-1]) == turn.topics, text
        assert 1 <= len(turn.topics) <= 4
        assert says(turn, parent.wording("clarify"))
        assert parent.say("1").topics[:1] == turn.topics[:1], text


def test_none_of_them_asks_for_other_words() -> None:
    parent = new_parent()
    offered = links(parent.say(vague()[0]).text)
    turn = parent.tap(len(offered))
    assert turn.decision is Decision.COMMAND
    assert says(turn, parent.wording("none_of_these"))
    assert parent.session.misses == 1
