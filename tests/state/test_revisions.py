"""Published revisions in a real Redis: compare and set, the last twenty, their files."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from app.errors import EditConflictError, PublishingError, StateUnavailableError
from app.publishing.revisions import TOPIC, Published, Revisions
from app.publishing.stored_matchers import StoredMatchers
from app.settings import SHANGHAI
from app.state.keys import CONTENT_ARCHIVE, CONTENT_CHANNEL, CONTENT_HISTORY, CONTENT_KEPT
from app.state.signals import Signals

pytestmark = pytest.mark.anyio
AT = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)


@pytest.fixture
async def revisions(store) -> Revisions:
    """Nothing was ever published."""
    names = [name async for name in store.client.scan_iter(match="yb:{content}:*")]
    if names:
        await store.client.delete(*names)
    return Revisions(store)


def name(data: bytes) -> str:
    return sha256(data).hexdigest()


async def publish(revisions: Revisions, data: bytes, expected: bytes | None, **how) -> Published:
    return await revisions.publish(
        data,
        name(data),
        **{"by": "小王", "reason": "改“保费”", "at": AT, "origin": "console", **how},
        expected_current=None if expected is None else name(expected),
    )


async def test_nothing_published(revisions):
    assert await revisions.current() is None
    assert await revisions.history() == ()
    assert await revisions.archive(name(b"a")) is None


async def test_what_is_published_comes_back_as_it_was(revisions):
    data = bytes(range(256)) * 1000
    first = await publish(revisions, data, None)
    assert first == Published(name(data), 1, AT, "小王", "改“保费”", "console")
    assert await revisions.current() == first
    assert await revisions.archive(first.revision) == data


async def test_whoever_did_not_see_the_current_one_changes_nothing(revisions):
    await publish(revisions, b"a", None)
    second = await publish(revisions, b"b", b"a", by="小李")
    for stale in (b"a", None, b"z"):
        with pytest.raises(EditConflictError, match="小李 在 12-10 10:00 已经发布了第 2 号"):
            await publish(revisions, b"c", stale)
    assert await revisions.current() == second
    assert await revisions.archive(name(b"c")) is None


async def test_of_many_at_once_one_wins(revisions, open_another):
    others = [Revisions(await open_another()) for _ in range(4)]
    done = await asyncio.gather(
        *(publish(one, bytes([n]), None) for n, one in enumerate(others)), return_exceptions=True
    )
    assert sum(isinstance(result, Published) for result in done) == 1
    assert sum(isinstance(result, EditConflictError) for result in done) == 3
    assert len(await revisions.history()) == 1


async def test_twenty_are_kept_with_their_files(revisions, store):
    before = None
    for number in range(CONTENT_KEPT + 3):
        data = f"content {number}".encode()
        await publish(revisions, data, before, at=AT + timedelta(minutes=number))
        before = data
    history = await revisions.history()
    assert [entry.number for entry in history] == list(range(23, 3, -1))
    stored = {key.decode() async for key in store.client.scan_iter(match=f"{CONTENT_ARCHIVE}*")}
    assert stored == {CONTENT_ARCHIVE + entry.revision for entry in history}


async def test_a_revision_that_is_published_again_keeps_its_files(revisions):
    before = b"first"
    await publish(revisions, before, None)
    for number in range(CONTENT_KEPT - 1):
        data = str(number).encode()
        await publish(revisions, data, before)
        before = data
    back = await publish(revisions, b"first", before, origin="rollback")
    assert back.number == CONTENT_KEPT + 1
    await publish(revisions, b"next", b"first")
    assert await revisions.archive(name(b"first")) == b"first", "the old entry went, not the new"


async def test_replicas_are_told(revisions, open_another):
    other = await open_another()
    signals = Signals(other.client, CONTENT_CHANNEL)
    signals.start()
    with signals.expect(TOPIC) as event:
        for number in range(50):  # a signal is lost while the connection is being made
            await publish(revisions, bytes([number]), bytes([number - 1]) if number else None)
            try:
                await asyncio.wait_for(event.wait(), 0.1)
                break
            except TimeoutError:
                continue
    await signals.close()
    assert event.is_set()


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b'{"revision": "a"}'])
async def test_what_cannot_be_read_is_told(revisions, store, stored):
    await store.client.lpush(CONTENT_HISTORY, stored + b" ")
    with pytest.raises(PublishingError):
        await revisions.current()


async def test_matchers_of_one_revision(revisions, open_another, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    files = [here / "matcher-a-1.npz", here / "matcher-b-1.npz"]
    files[0].write_bytes(bytes(range(256)) * 10_000)
    files[1].write_bytes(b"small")
    matchers = StoredMatchers(await open_another())
    wanted = [there / file.name for file in files]
    assert not await matchers.fetch(wanted)
    await matchers.put(files)
    assert await matchers.fetch(wanted)
    assert [file.read_bytes() for file in wanted] == [file.read_bytes() for file in files]
    newer = here / "matcher-a-2.npz"
    newer.write_bytes(b"newer")
    await matchers.put([newer])
    assert await matchers.has([newer])
    assert not await matchers.has(files)


async def test_a_damaged_matcher_counts_as_none(revisions, store, tmp_path):
    file = tmp_path / "matcher.npz"
    file.write_bytes(b"learned")
    matchers = StoredMatchers(store)
    await matchers.put([file])
    await store.client.hset("yb:{content}:matchers", "matcher.npz#0", b"damaged")
    assert not await matchers.fetch([tmp_path / "there" / "matcher.npz"])


async def test_redis_away(tmp_path):
    from app.state.store import connect

    store = connect(f"unix://{tmp_path / 'nobody'}")
    with pytest.raises(StateUnavailableError):
        await publish(Revisions(store), b"a", None)
    with pytest.raises(StateUnavailableError):
        await Revisions(store).current()
    await store.close()
