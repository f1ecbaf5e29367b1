"""Out of a real Redis into a file and back: everything that the product writes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.channels import Trigger
from app.domain.handoff import Author, Handoff, Line, Step
from app.domain.journal import JournalEntry, Reason
from app.domain.names import IntentId
from app.domain.operators import Role
from app.domain.turn import Decision, Learned, Session
from app.errors import BackupError, StateUnavailableError
from app.publishing.drafts import Drafts
from app.publishing.revisions import Revisions
from app.publishing.stored_matchers import StoredMatchers
from app.settings import SHANGHAI
from app.state.audit import AuditLog
from app.state.backup_archive import open_backup
from app.state.backup_file import Record, StreamValue
from app.state.backup_parts import PARTS, Part
from app.state.deliveries import DeliveryLedger
from app.state.dumping import Dump
from app.state.embedded import open_store
from app.state.handoffs import Handoffs
from app.state.journal import Journal
from app.state.keys import CONTENT_ARCHIVE, CONTENT_CHANNEL, CONTENT_HISTORY, Keyspace, journal_key
from app.state.lessons import Lessons
from app.state.operators import Operators, SignIns
from app.state.outbox import Outbox
from app.state.reminders import ReminderIndex
from app.state.restoring import Restoring, Terms, existing, write_key
from app.state.sessions import Conversations
from app.state.statistics import Statistics
from app.state.store import Store, connect
from app.state.tokens import SharedTokens
from tests.redis_servers import Cluster, SentinelSet
from tests.state.backups import (
    ALL,
    dumped,
    patterns,
    patterns_of,
    real_ms,
    restored,
    written,
)

pytestmark = pytest.mark.anyio
OPENID = "oPENid_Of-A-Parent_0001"
NOW = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)
DIGEST = "0" * 32
SESSION = f"yb:{{a:{DIGEST}}}:session"


@pytest.fixture
async def store(tmp_path):
    """A Redis of this test alone: a backup has everything in it."""
    opened = await open_store(None, tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def other(tmp_path):
    opened = await open_store(None, tmp_path / "other")
    yield opened
    await opened.close()


async def publish(store, data, expected=None):
    await Revisions(store).publish(
        data,
        sha256(data).hexdigest(),
        by="小王",
        reason="试",
        at=NOW,
        origin="cli",
        expected_current=expected and sha256(expected).hexdigest(),
    )


async def use_everything(store, tmp_path):
    """The product's own code writes every kind of key that a backup holds, and others."""
    keyspace = Keyspace("salt")
    conversations = Conversations(store, keyspace)
    await publish(store, b"\x00\xfffirst")
    await publish(store, b"second", b"\x00\xfffirst")
    await Drafts(store).put("intents/fee.yml", "title: 多少钱", "", "", "王芳", NOW)
    async with conversations.open("beijing", OPENID) as turn:
        await turn.save(Session(turns=3), delivery=("first", "好"))
    async with conversations.open("liuzhou", OPENID) as turn:
        await turn.save(Session(turns=1))
    await Outbox(store, keyspace, lambda account: True).opened("beijing", OPENID, Trigger.MENU)
    inbox = Handoffs(store, keyspace, SHANGHAI, keeps_openid=lambda account: True)
    handoff = Handoff(Step.OPEN, (Line(Author.PARENT, "急", NOW),))
    await inbox.note("beijing", OPENID, handoff, NOW)
    (case, *_) = await inbox.cases("beijing")
    await inbox.answer("beijing", case.id, "好", NOW, sent=False, silent=True)
    await Lessons(store).note("beijing", Learned("咋交", IntentId("payment_channels")))
    await ReminderIndex(store).note("beijing", OPENID, NOW + timedelta(days=5))
    journal = Journal(store)
    entry = JournalEntry(NOW, "beijing", "急", Decision.FALLBACK, (), 0.1, 0.1, Reason.FALLBACK)
    await journal.record_all("beijing", [entry, entry])
    await journal.handle("beijing", ["急"])
    await Statistics(store).count("beijing", NOW.date(), {"messages": 1})
    accounts = Operators(store, lambda: NOW)
    account = await accounts.add("王芳", Role.EDITOR, "hash")
    await SignIns(store, accounts, lambda: NOW, 3600).begin(account)
    await AuditLog(store, lambda: NOW).note("王芳", "登录", "后台")
    matcher = tmp_path / "matcher.npz"
    matcher.write_bytes(b"learned")
    await StoredMatchers(store).put([matcher])
    await SharedTokens(store, "salt", lambda: 0.0).may_force("beijing")
    await late_reply(store, keyspace)


async def late_reply(store, keyspace):
    ledger = DeliveryLedger(store, keyspace, per_minute=999)
    await ledger.claim("beijing", OPENID, "third", awaited_s=0)
    await asyncio.sleep(0.01)
    await ledger.finish("beijing", OPENID, "third", "迟到的回复")


def near(a, b):
    """Compare records; a moment may differ by what passes between two reads."""
    assert {r.key for r in a} == {r.key for r in b}
    other = {r.key: r for r in b}
    for record in a:
        same = other[record.key]
        assert (record.kind, record.value) == (same.kind, same.value), record.key
        if record.expires_ms is None or same.expires_ms is None:
            assert record.expires_ms is same.expires_ms
        else:
            assert abs(record.expires_ms - same.expires_ms) < 1000, record.key


async def test_everything_comes_back_in_another_redis(store, other, tmp_path):
    await use_everything(store, tmp_path)
    before = await dumped(store)
    assert patterns(before) == set(PARTS)
    path = written(tmp_path / "b.gz", before)
    await restored(other, path)
    near(before, await dumped(other))
    # The product's own code reads it.
    conversations = Conversations(other, Keyspace("salt"))
    async with conversations.open("beijing", OPENID) as turn:
        assert turn.session.turns == 3
    assert await ReminderIndex(other).claim("beijing", NOW + timedelta(days=6)) == (OPENID,)
    current = await Revisions(other).current()
    assert current is not None
    assert current.number == 2
    assert await Revisions(other).archive(sha256(b"\x00\xfffirst").hexdigest()) == b"\x00\xfffirst"
    assert [entry.question for entry in await Journal(other).recent("beijing", 9)] == ["急", "急"]
    assert [a.name for a in await Operators(other, lambda: NOW).all()] == ["王芳"]
    assert len(await Handoffs(other, Keyspace("salt"), SHANGHAI).cases("beijing")) == 1
    assert (await Drafts(other).files())["intents/fee.yml"].text == "title: 多少钱"
    # Streams go on after the greatest id.
    await AuditLog(other, lambda: NOW).note("王芳", "退出", "后台")
    assert [entry.action for entry in await AuditLog(other, lambda: NOW).recent(9)] == [
        "退出",
        "登录",
    ]


@pytest.mark.parametrize("kind", [SentinelSet, Cluster])
async def test_it_moves_to_another_kind_of_redis_and_back(
    kind, store, other, tmp_path, servers_stack
):
    await use_everything(store, tmp_path)
    before = await dumped(store)
    away = connect(kind(servers_stack, tmp_path, patience_ms=30_000).url)
    try:
        await restored(away, written(tmp_path / "there.gz", before))
        there = await dumped(away)
        assert sum((await existing(away, set(Part))).counts.values()) == len(before)
        assert await away.client.publish(CONTENT_CHANNEL, "content") >= 0
    finally:
        await away.close()
    near(before, there)
    await restored(other, written(tmp_path / "back.gz", there))
    near(before, await dumped(other))


async def test_restoring_twice_is_restoring_once(store, other, tmp_path):
    await use_everything(store, tmp_path)
    before = await dumped(store)
    path = written(tmp_path / "b.gz", before)
    await restored(other, path)
    await restored(other, path)
    near(before, await dumped(other))


@pytest.mark.parametrize("part", list(Part))
async def test_one_part_alone(part, store, other, tmp_path):
    await use_everything(store, tmp_path)
    alone = await dumped(store, {part})
    assert patterns(alone) == patterns_of(part)
    path = written(tmp_path / "b.gz", await dumped(store))
    await restored(other, path, {part})
    assert patterns(await dumped(other)) == patterns_of(part)
    found = await existing(store, {part})
    assert found.counts == {part: len(alone)}


async def test_nothing_lives_longer_for_being_restored(store, tmp_path):
    soon = Record(SESSION, "string", real_ms() + 60_000, b"{}")
    gone = Record(f"yb:{{a:{'1' * 32}}}:session", "string", real_ms() + 1000, b"{}")
    path = written(tmp_path / "b.gz", [soon, gone])
    restoring = await restored(store, path, later_ms=5000)
    assert restoring.overdue == 1
    assert 50_000 < await store.client.pttl(SESSION) <= 55_000
    assert await dumped(store) != []
    assert not await store.client.exists(gone.key)


@pytest.mark.parametrize(("days", "left"), [(30, 2), (10, 1), (0, 0)])
async def test_questions_beyond_their_days_stay_away(days, left, store, tmp_path):
    day = 24 * 3600 * 1000
    entries = ((f"{real_ms() - 20 * day}-0", {b"e": b"old"}), (f"{real_ms()}-0", {b"e": b"new"}))
    stream = StreamValue(entries[-1][0], entries)
    journal = Record(journal_key("a"), "stream", real_ms() + 29 * day, stream)
    path = written(tmp_path / "b.gz", [journal])
    restoring = await restored(store, path, journal_days=days)
    assert await store.client.xlen(journal.key) == left
    assert restoring.overdue == (left == 0)
    if left:
        assert await store.client.pttl(journal.key) <= min(days, 29) * day


async def test_a_revision_published_meanwhile_leaves_history_and_files_fitting(store):
    for number in range(21):
        data = str(number).encode()
        await publish(store, data, str(number - 1).encode() if number else None)
    found = []
    records = Dump(store, {Part.CONTENT}, real_ms).records()
    found.append(await anext(records))
    for number in range(21, 24):
        await publish(store, str(number).encode(), str(number - 1).encode())
    found += [record async for record in records]
    (history,) = [record for record in found if record.key == CONTENT_HISTORY]
    assert isinstance(history.value, list)
    named = {line.split(b'"revision":"')[1][:64].decode() for line in history.value}
    assert {r.key for r in found} - {CONTENT_HISTORY} == {CONTENT_ARCHIVE + name for name in named}
    assert sha256(b"20").hexdigest() in named
    assert found.index(history) == len(found) - 1


async def test_files_that_no_history_names_are_removed(store, other, tmp_path):
    await publish(store, b"ours")
    path = written(tmp_path / "b.gz", await dumped(store))
    await publish(other, b"theirs")
    there = await existing(other, {Part.CONTENT})
    restoring = await restored(other, path)
    await restoring.drop_archives(there.archives)
    keys = sorted([key async for key in other.client.scan_iter(match="yb:{content}:archive:*")])
    assert keys == [(CONTENT_ARCHIVE + sha256(b"ours").hexdigest()).encode()]


async def test_large_values_are_read_and_written_in_pages(store, tmp_path):
    members = {f"{number:06}": number / 7 for number in range(6500)}
    await store.client.zadd("yb:a:reminders", members)
    await store.client.hset("yb:a:stats:2025-12-10", mapping=dict.fromkeys(members, "1"))
    for number in range(2500):
        await store.client.xadd("yb:audit", {"n": str(number)}, id=f"{number + 1}-1")
    before = await dumped(store)
    path = written(tmp_path / "b.gz", before)
    await store.client.flushdb()
    await restored(store, path)
    near(before, await dumped(store))
    (reminders,) = [r for r in before if r.key == "yb:a:reminders"]
    assert reminders.value == {k.encode(): v for k, v in members.items()}
    (audit,) = [r for r in before if r.key == "yb:audit"]
    assert isinstance(audit.value, StreamValue)
    assert len(audit.value.entries) == 2500


async def test_many_keys(store, other, tmp_path):
    for number in range(450):
        await store.client.set(f"yb:{{a:{number:032x}}}:session", str(number), ex=1000)
    await store.client.set("yb:someone-else's", "1")
    dump = Dump(store, ALL, real_ms)
    before = [record async for record in dump.records()]
    assert len(before) == 450
    assert dump.unknown == 1
    path = written(tmp_path / "b.gz", before)
    restoring = await restored(other, path)
    assert restoring.written == {Part.PARENTS: 450}
    near(before, await dumped(other))


keys = st.binary(max_size=20)
ids = st.tuples(st.integers(0, 2**40), st.integers(1, 2**40))
dicts = st.dictionaries(keys, keys, min_size=1, max_size=5)


@st.composite
def stream_values(draw):
    places = sorted(draw(st.sets(ids, max_size=4)))
    last = max([*places, draw(ids)])
    entries = tuple((f"{a}-{b}", draw(dicts)) for a, b in places)
    return StreamValue(f"{last[0]}-{last[1]}", entries)


values = st.one_of(
    st.tuples(st.just("string"), keys),
    st.tuples(st.just("list"), st.lists(keys, min_size=1)),
    st.tuples(st.just("set"), st.sets(keys, min_size=1)),
    st.tuples(st.just("hash"), dicts),
    st.tuples(
        st.just("zset"),
        st.dictionaries(keys, st.floats(allow_nan=False), min_size=1, max_size=9),
    ),
    st.tuples(st.just("stream"), stream_values()),
)


@pytest.mark.parametrize("at_once", [1000, 2])
async def test_any_value_comes_back(at_once, store, monkeypatch):
    monkeypatch.setattr("app.state.dumping._AT_ONCE", at_once)
    monkeypatch.setattr("app.state.restoring._CHUNK", 2)
    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(pair=values, lasting=st.booleans())
    def check(pair, lasting):
        kind, value = pair
        expires_ms = None if lasting else real_ms() + 100_000
        record = Record("yb:any", kind, expires_ms, value)

        async def there_and_back():
            await write_key(store, record, real_ms())
            await write_key(store, record, real_ms())
            return await Dump(store, ALL, real_ms)._read(["yb:any"])

        (back,) = asyncio.run_coroutine_threadsafe(there_and_back(), loop).result(10)
        near([record], [back])

    await asyncio.to_thread(check)


class Away(Store):
    """A store whose Redis goes away after some scripts."""

    def __init__(self, store, scripts):
        super().__init__(store.client)
        self._store = store
        self._left = scripts

    async def run(self, *args):
        self._left -= 1
        if self._left < 0:
            raise StateUnavailableError("Redis 没有应答")
        return await self._store.run(*args)


async def test_redis_away_in_the_middle_is_told_and_can_be_repeated(store, tmp_path):
    many = [
        Record(f"yb:{{a:{number:032x}}}:session", "string", real_ms() + 10**6, b"{}")
        for number in range(100)
    ]
    path = written(tmp_path / "b.gz", many)
    restoring = Restoring(Away(store, 70), Terms(frozenset(ALL), real_ms, 30))
    told = r"前 64 个键.*第 65 到 96 个.*--force"
    with open_backup(path) as reader, pytest.raises(StateUnavailableError, match=told):
        await restoring.write(reader.records())
    assert restoring.written.total() == 64
    await restored(store, path)
    near(many, await dumped(store))


async def test_redis_that_is_not_there(tmp_path):
    away = connect(f"unix://{tmp_path}/none")
    with pytest.raises(StateUnavailableError):
        await dumped(away)
    with pytest.raises(StateUnavailableError):
        await existing(away, ALL)
    await away.close()


async def test_a_history_that_nobody_can_read_is_told(store):
    await store.client.rpush(CONTENT_HISTORY, "moon")
    with pytest.raises(BackupError, match="读不懂"):
        await dumped(store)
