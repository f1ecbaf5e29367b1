"""Proposals come from the live matcher, and never repeat what has just failed."""

from __future__ import annotations

import pytest

from app.domain.content import IntentKind
from app.domain.journal import Reason
from app.review.clusters import Cluster, cluster
from app.review.proposals import Kind, background_of, propose
from tests.assistants import small_assistant
from tests.unit.review.journals import asked


def one(*texts: str, reason: Reason = Reason.FALLBACK, topics: tuple[str, ...] = ()) -> Cluster:
    (found,) = cluster([asked(text, reason, topics=topics) for text in texts])
    return found


def test_what_is_like_a_topic_is_to_be_added_there() -> None:
    proposal = propose(one("一年的学生保费多少"), small_assistant())
    assert (proposal.kind, proposal.intent) == (Kind.ADD, "fee_standard")
    assert proposal.confidence > 0.5


def test_what_is_not_ours_goes_to_the_background() -> None:
    proposal = propose(one("帮我写首诗"), small_assistant())
    assert proposal.kind is Kind.OUT_OF_SCOPE
    assert proposal.intent is not None
    assert small_assistant().catalog.intents[proposal.intent].kind is IntentKind.BACKGROUND


def test_what_failed_is_not_proposed_again() -> None:
    found = one("一年多少钱", reason=Reason.UNSOLVED, topics=("fee_standard",))
    proposal = propose(found, small_assistant())
    assert proposal.intent != "fee_standard"
    assert proposal.kind is Kind.NEW
    assert proposal.confidence > 0.5


@pytest.mark.parametrize("text", ["喵喵喵", "〔手机号〕怎么"])
def test_a_proposal_is_always_made_and_its_confidence_is_a_probability(text: str) -> None:
    assert 0 <= propose(one(text), small_assistant()).confidence <= 1


def test_a_background_intent_to_start_from() -> None:
    intent = background_of(one("喵喵喵"), small_assistant())
    assert intent is not None
    assert small_assistant().catalog.intents[intent].kind is IntentKind.BACKGROUND
