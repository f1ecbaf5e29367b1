"""Every text as of a moment, and which texts differ between contents or moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.dialogue.replies import Replies
from app.domain.names import IntentId, Region
from app.impact.answer_changes import compare_answers, compare_contents
from app.impact.answers import AnswerText, answers_at
from app.impact.preview import by_kind
from app.settings import SHANGHAI
from tests.assistants import shipped_catalog, small_catalog
from tests.unit.impact.contents import AT

MOMENTS = [datetime(2025, 9, 1, 10, tzinfo=SHANGHAI) + timedelta(days=n) for n in range(0, 280, 23)]


def test_a_preview_says_what_a_parent_reads() -> None:
    catalog = shipped_catalog()
    accounts = {a.region: a for a in catalog.accounts.values()}
    for at in MOMENTS:
        for answer in answers_at(catalog, at):
            if answer.kind == "faq":
                replies = Replies(catalog, accounts[Region(answer.region)])
                reply = replies.answer(IntentId(answer.intent), at)
                assert answer.shown == f"{reply.text}\n\n{reply.source}"


def test_every_intent_and_flow_is_in_it() -> None:
    catalog = shipped_catalog()
    found = {a.intent for a in answers_at(catalog, AT)}
    silent = {i.id for i in catalog.intents.values() if i.kind == "handoff" and not i.replies}
    assert found >= ({*catalog.intents, *catalog.flows} - silent)
    assert sum(map(len, by_kind(answers_at(catalog, AT)).values())) == len(answers_at(catalog, AT))


def test_an_account_has_the_answers_of_its_region_only() -> None:
    found = answers_at(small_catalog(), AT, accounts=["beijing"])
    assert {a.region for a in found} == {"beijing", ""}


def test_a_calendar_text_is_seen_whenever_it_will_be_said() -> None:
    old = shipped_catalog()
    beijing = Region("beijing")
    calendar = old.calendar[beijing]
    window = calendar.windows["payment"]
    texts = {**window.texts, "over": "缴费全部结束了。"}
    changed = replace(
        calendar, windows={**calendar.windows, "payment": replace(window, texts=texts)}
    )
    new = replace(old, calendar={**old.calendar, beijing: changed})
    found = [c for c in compare_contents(old, new, AT) if c.intent == "payment_window"]
    assert found
    assert found[0].state.startswith("日期 2026-")
    assert found[0].after == "缴费全部结束了。"


def test_the_bots_own_wording_is_compared() -> None:
    old = small_catalog()
    entries = {**old.texts.entries, "more": ("还有下文",)}
    new = replace(old, texts=replace(old.texts, entries=entries))
    (change,) = compare_contents(old, new, AT)
    assert (change.intent, change.state, change.after) == ("_texts", "more", "还有下文")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(
            replace,
            st.sampled_from(answers_at(small_catalog(), AT)),
            text=st.text(max_size=8),
            notice=st.sampled_from(["", "⚠️"]),
        ),
        max_size=6,
        unique_by=lambda a: (a.intent, a.region, a.state),
    )
)
def test_differences_are_empty_only_between_equals(answers: list[AnswerText]) -> None:
    assert compare_answers(answers, answers) == ()
    whole = compare_answers(answers, [])
    assert {(c.intent, c.region) for c in whole} == {(a.intent, a.region) for a in answers}
    assert all(not c.after for c in whole)
