"""Questions that mean the same stand together: deterministic, fast, by characters and sound."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.domain.journal import Reason
from app.review.clusters import cluster
from app.state.journal import digest
from tests.assistants import shipped_catalog
from tests.unit.review.journals import asked

LIKE = ("电子社保卡怎么申领", "怎么申领电子社保卡", "电子社保卡申领", "电子社保卡去哪申领")


def test_other_words_for_the_same_join_and_others_do_not() -> None:
    entries = [asked(text, minute=n) for n, text in enumerate((*LIKE, LIKE[1], "异地住院报销"))]
    first, second = cluster(entries)
    assert first.representative == LIKE[1]
    assert (first.count, set(first.wordings)) == (5, set(LIKE))
    assert first.last_at == entries[4].at
    assert second.wordings == ("异地住院报销",)


def test_spelling_by_sound_joins() -> None:
    (found,) = cluster([asked("怎么缴费"), asked("怎么脚费"), asked("zenme jiaofei")])
    assert found.count == 3


def test_punctuation_and_case_make_no_new_wording() -> None:
    (found,) = cluster([asked("Hello，怎么交？"), asked("hello怎么交", minute=1)])
    assert found.wordings == ("Hello，怎么交？",)
    assert found.count == 2


def test_masks_count_for_nothing() -> None:
    texts = ("喵喵喵〔手机号〕", "喵喵喵", "〔手机号〕", "〔号码〕怎么交")
    first, second = cluster([asked(text) for text in texts])
    assert first.wordings == ("喵喵喵", "喵喵喵〔手机号〕")
    assert second.wordings == ("〔号码〕怎么交",)


def test_what_was_dealt_with_stays_away() -> None:
    entries = [asked("异地住院报销"), asked("电子社保卡")]
    (found,) = cluster(entries, {digest("异地住院，报销？")})
    assert found.representative == "电子社保卡"
    assert cluster(entries, {digest(e.question) for e in entries}) == ()
    assert cluster([]) == ()
    assert cluster([asked("？？")]) == ()


def test_reasons_accounts_and_what_failed() -> None:
    entries = [
        asked("一年多少钱", Reason.UNSOLVED, topics=["fee_standard"]),
        asked("一年多少钱", Reason.CLARIFY, topics=["payment_window"], account="liuzhou"),
        asked("一年多少钱", Reason.UNSOLVED, topics=["fee_standard"]),
    ]
    (found,) = cluster(entries)
    assert found.reasons == (Reason.UNSOLVED, Reason.CLARIFY)
    assert found.accounts == ("beijing", "liuzhou")
    assert found.failed == ("fee_standard",)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text("缴费怎么交医保卡abc 〔手机号〕？", max_size=12), max_size=30), st.randoms()
)
def test_nothing_is_lost_and_order_does_not_matter(texts: list[str], chance: random.Random) -> None:
    entries = [asked(text, minute=n) for n, text in enumerate(texts)]
    found = cluster(entries)
    bare = [re.sub("〔[^〕]*〕", "", text) for text in texts]
    assert sum(c.count for c in found) == sum(any(ch.isalnum() for ch in t) for t in bare)
    shuffled = entries[:]
    chance.shuffle(shuffled)
    assert cluster(shuffled) == found
    assert len({c.id for c in found}) == len(found)


def test_five_thousand_different_questions_within_seconds() -> None:
    intents = shipped_catalog().intents.values()
    texts = sorted({text for intent in intents for text in intent.utterances})[:5000]
    assert len(texts) == 5000
    entries = [asked(text) for text in texts]
    began = time.process_time()
    found = cluster(entries)
    assert time.process_time() - began < 5
    assert 500 < len(found) < 5000


def test_embeddings_join_what_shares_no_character() -> None:
    texts = ("娃的钱咋没到账", "缴费记录查询失败", "公园几点关门")

    def embed(keys: Sequence[str]) -> NDArray[np.float32]:
        rows = {texts[0]: [1, 0], texts[1]: [1, 0], texts[2]: [0, 1]}
        return np.array([rows[key] for key in keys], dtype=np.float32)

    entries = [asked(text) for text in texts]
    assert len(cluster(entries)) == 3
    assert len(cluster(entries, embed=lambda _: None)) == 3
    first, second = cluster(entries, embed=embed)
    assert set(first.wordings) == set(texts[:2])
    assert second.wordings == texts[2:]
