"""What choices teach is counted, capped and expires."""

from __future__ import annotations

import pytest

from app.domain.names import IntentId
from app.domain.turn import Learned
from app.state import lessons
from app.state.keys import LESSONS_TTL_S, lessons_key
from app.state.lessons import Lesson, Lessons

ACCOUNT = "lessons-test"

pytestmark = pytest.mark.anyio


async def test_the_most_frequent_wording_comes_first(store):
    kept = Lessons(store)
    await store.client.delete(lessons_key(ACCOUNT))
    for question in ("交钱", "咋交", "咋交"):
        await kept.note(ACCOUNT, Learned(question, IntentId("payment_channels")))
    found = await kept.most_common(ACCOUNT)
    assert found == (
        Lesson("咋交", IntentId("payment_channels"), 2),
        Lesson("交钱", IntentId("payment_channels"), 1),
    )
    assert await kept.most_common("elsewhere") == ()


async def test_the_rarest_are_dropped_beyond_the_cap_and_all_expire(store, monkeypatch):
    monkeypatch.setattr(lessons, "LESSONS_CAP", 2)
    kept = Lessons(store)
    await store.client.delete(lessons_key(ACCOUNT))
    for question in ("a", "a", "b", "b", "c"):
        await kept.note(ACCOUNT, Learned(question, IntentId("x")))
    assert {lesson.question for lesson in await kept.most_common(ACCOUNT)} == {"a", "b"}
    assert 0 < await store.client.ttl(lessons_key(ACCOUNT)) <= LESSONS_TTL_S
