"""What choices teach is counted, capped and expires."""

from __future__ import annotations

import pytest

from app.domain.content import IntentId
from app.domain.turn import Learned
from app.state import lessons
from app.state.keys import LESSONS_TTL_S, lessons_key
from app.state.lessons import Lesson, Lessons

pytestmark = pytest.mark.anyio


async def test_the_most_frequent_wording_comes_first(store):
    kept = Lessons(store)
    for question in ("交钱", "咋交", "咋交"):
        await kept.note("beijing", Learned(question, IntentId("payment_channels")))
    found = await kept.most_common("beijing")
    assert found == (
        Lesson("咋交", IntentId("payment_channels"), 2),
        Lesson("交钱", IntentId("payment_channels"), 1),
    )
    assert await kept.most_common("liuzhou") == ()


async def test_the_rarest_are_dropped_beyond_the_cap_and_all_expire(store, monkeypatch):
    monkeypatch.setattr(lessons, "LESSONS_CAP", 2)
    kept = Lessons(store)
    for question in ("a", "a", "b", "b", "c"):
        await kept.note("beijing", Learned(question, IntentId("x")))
    assert {lesson.question for lesson in await kept.most_common("beijing")} == {"a", "b"}
    assert 0 < await store.client.ttl(lessons_key("beijing")) <= LESSONS_TTL_S
