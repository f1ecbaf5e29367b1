"""What was just ranked is not ranked again, unless something from outside takes part."""

from __future__ import annotations

import dataclasses

from app.domain.turn import Ranking
from app.matching.matcher import Matcher
from app.matching.normalise import MAX_CHARS
from tests.unit.matching.little import SENTENCES, catalog, intent, trained


def matcher() -> Matcher:
    return trained(catalog(*(intent(name, texts) for name, texts in SENTENCES.items())))


def test_a_message_that_was_just_ranked_is_not_ranked_again() -> None:
    ranker = matcher()
    first = ranker.rank("卡丢了咋整")
    assert ranker.rank("卡丢了咋整") is first
    # Equal to what another matcher of the same content finds, so nothing leaks between messages.
    ranker.rank("退费找谁呀")
    assert _plain(matcher().rank("卡丢了咋整")) == _plain(first)


def test_a_ranking_in_which_a_service_took_part_is_made_anew() -> None:
    ranker = matcher()

    def vector_of(_text: str) -> None:
        return None

    assert ranker.rank("卡丢了咋整", vector_of) is not ranker.rank("卡丢了咋整", vector_of)


def test_long_texts_are_not_kept() -> None:
    ranker = matcher()
    text = "卡丢了" + "啊" * MAX_CHARS
    assert ranker.rank(text) is not ranker.rank(text)


def _plain(ranking: Ranking) -> dict[str, object]:
    return dataclasses.asdict(ranking)
