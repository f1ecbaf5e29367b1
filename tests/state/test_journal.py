"""Journal and statistics on a real Redis: capped, expiring, written behind the turns' backs."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.domain.journal import TO_REVIEW, JournalEntry, Noted, Reason
from app.domain.names import IntentId
from app.domain.turn import Decision
from app.errors import StateUnavailableError
from app.settings import SHANGHAI
from app.state import diary as diaries
from app.state import journal as journals
from app.state import statistics as counters
from app.state.diary import Diary
from app.state.journal import Journal, digest
from app.state.keys import (
    HANDLED_TTL_S,
    STATISTICS_TTL_S,
    handled_key,
    journal_key,
    statistics_key,
)
from app.state.statistics import Statistics

pytestmark = pytest.mark.anyio
NOW = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)
DAY_S = 24 * 3600


@pytest.fixture
def account() -> str:
    return f"journal-{secrets.token_hex(4)}"


def entry(account: str, question: str, reason: Reason = Reason.FALLBACK) -> JournalEntry:
    topics = (IntentId("fee_standard"),)
    return JournalEntry(NOW, account, question, Decision.FALLBACK, topics, 0.41, 0.1, reason)


async def test_what_is_recorded_is_read_back_latest_first(store, account):
    journal = Journal(store)
    first, second = entry(account, "一"), entry(account, "二", Reason.ANSWERED)
    await journal.record(first)
    await journal.record(replace(second, confidence=None, margin=None))
    assert await journal.recent(account, 10) == (
        replace(second, confidence=None, margin=None),
        first,
    )
    assert await journal.recent(account, 1, {Reason.FALLBACK}) == (first,)
    assert await journal.recent(account, 10, TO_REVIEW) == (first,)
    assert await journal.recent("elsewhere-x", 10) == ()


async def test_many_are_paged_through(store, account, monkeypatch):
    monkeypatch.setattr(journals, "_PAGE", 3)
    journal = Journal(store)
    await journal.record_all(account, [entry(account, str(n)) for n in range(8)])
    found = await journal.recent(account, 7)
    assert [e.question for e in found] == [str(n) for n in range(7, 0, -1)]
    assert len(await journal.recent(account, 100)) == 8


async def test_the_oldest_are_dropped_beyond_the_cap(store, account, monkeypatch):
    monkeypatch.setattr(journals, "JOURNAL_CAP", 2)
    await Journal(store).record_all(account, [entry(account, q) for q in "abc"])
    assert [e.question for e in await Journal(store).recent(account, 9)] == ["c", "b"]


async def test_what_is_too_old_is_dropped_and_all_expires(store, account):
    packed = json.dumps({"at": NOW.isoformat()})
    seconds, _ = await store.client.time()
    for age_days in (8, 6):
        moment = f"{(seconds - age_days * DAY_S) * 1000}-0"
        await store.client.xadd(journal_key(account), {"e": packed}, id=moment)
    await Journal(store, days=7).record(entry(account, "新"))
    assert await store.client.xlen(journal_key(account)) == 2
    assert 0 < await store.client.ttl(journal_key(account)) <= 7 * DAY_S


async def test_nothing_is_kept_with_zero_days(store, account):
    await Journal(store).record(entry(account, "旧"))
    off = Journal(store, days=0)
    await off.record(entry(account, "新"))
    assert [e.question for e in await off.recent(account, 9)] == ["旧"]
    async with Diary(off, Statistics(store), never).kept([account]) as diary:
        diary.note(Noted(account, NOW, ("messages",), entry(account, "新")))
        await asyncio.sleep(0.05)
    assert not await store.client.exists(journal_key(account))
    (day,) = await Statistics(store).days(account, NOW.date(), NOW.date())
    assert day.of("messages") == 1


async def test_what_another_version_wrote_is_passed_over(store, account):
    for strange in ("{", "[]", '{"at": 3}', "null"):
        await store.client.xadd(journal_key(account), {"e": strange})
    await store.client.xadd(journal_key(account), {"f": "x"})
    await Journal(store).record(entry(account, "好"))
    assert [e.question for e in await Journal(store).recent(account, 9)] == ["好"]


async def test_handled_wordings_are_digests_capped_and_expire(store, account, monkeypatch):
    monkeypatch.setattr(journals, "HANDLED_CAP", 2)
    journal = Journal(store)
    assert await journal.handled(account) == frozenset()
    await journal.handle(account, ["怎么交？", "多少钱"])
    assert digest("怎么交") in await journal.handled(account)
    await journal.handle(account, ["退钱"])
    assert len(await journal.handled(account)) == 2
    raw = await store.client.zrange(handled_key(account), 0, -1)
    assert all(len(member) == 16 and member.isalnum() for member in raw)
    assert 0 < await store.client.ttl(handled_key(account)) <= HANDLED_TTL_S


async def test_counts_add_up_and_stay_below_the_cap(store, account, monkeypatch):
    monkeypatch.setattr(counters, "STATISTICS_FIELDS", 3)
    statistics, day = Statistics(store), date(2025, 12, 10)
    await statistics.count(account, day, {"messages": 2, "topic:a": 1})
    await statistics.count(account, day, {"topic:b": 1, "topic:c": 1, "messages": 1})
    (found,) = await statistics.days(account, day, day)
    assert found.counts == {"messages": 3, "topic:a": 1, "topic:b": 1}
    assert found.family("topic") == {"a": 1, "b": 1}
    assert 0 < await store.client.ttl(statistics_key(account, day)) <= STATISTICS_TTL_S


async def test_every_day_is_there_also_the_empty_ones(store, account):
    statistics = Statistics(store)
    await statistics.count(account, date(2025, 12, 31), {"messages": 4})
    found = await statistics.days(account, date(2025, 10, 1), date(2026, 1, 1))
    assert len(found) == 93
    assert [d.day for d in found if d.counts] == [date(2025, 12, 31)]


async def test_the_diary_writes_in_batches_and_what_is_left_at_the_end(store, account):
    lost: list[int] = []
    journal, statistics = Journal(store), Statistics(store)
    async with Diary(journal, statistics, lost.append).kept() as diary:
        for n in range(600):
            diary.note(Noted(account, NOW, ("messages",), entry(account, f"问{n}")))
        diary.note(Noted(account, NOW + timedelta(days=1), ("messages",)))
        diary.note(Noted(account, NOW, ()))
        assert await journal.recent(account, 1) == ()
    assert len(await journal.recent(account, 1000)) == 600
    days = await statistics.days(account, NOW.date(), NOW.date() + timedelta(days=1))
    assert [day.of("messages") for day in days] == [600, 1]
    assert lost == []


async def test_the_diary_writes_while_the_process_runs(store, account):
    journal = Journal(store)
    async with Diary(journal, Statistics(store), never).kept() as diary:
        for n in range(2):
            diary.note(Noted(account, NOW, ("messages",), entry(account, str(n))))
            async with asyncio.timeout(5):
                while len(await journal.recent(account, 9)) <= n:  # noqa: ASYNC110 - another process or task writes it
                    await asyncio.sleep(0.02)


def never(count: int) -> None:
    pytest.fail(f"{count} notes were lost")


class Away(Journal):
    async def record_all(self, account, entries):
        raise StateUnavailableError


class Hanging(Journal):
    async def record_all(self, account, entries):
        await asyncio.Event().wait()


@pytest.mark.parametrize("kind", [Away, Hanging])
async def test_notes_are_dropped_and_counted_where_redis_is_away(store, account, kind, monkeypatch):
    monkeypatch.setattr(diaries, "_LAST_S", 0.1)
    monkeypatch.setattr(diaries, "MAX_WAITING", 5)
    lost: list[int] = []
    async with Diary(kind(store), Statistics(store), lost.append).kept() as diary:
        for n in range(7):
            diary.note(Noted(account, NOW, ("messages",), entry(account, str(n))))
    assert sum(lost) == 7
