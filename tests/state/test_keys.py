from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from redis.crc import key_slot

from app.domain.access_token import AccessToken
from app.domain.channels import Trigger
from app.domain.handoff import Author, Handoff, Line, Step
from app.domain.journal import JournalEntry, Reason
from app.domain.names import IntentId
from app.domain.operators import Role
from app.domain.turn import Decision, Learned, Session
from app.publishing.drafts import Drafts
from app.publishing.revisions import Revisions
from app.publishing.stored_matchers import StoredMatchers
from app.settings import SHANGHAI
from app.state.audit import AuditLog
from app.state.handoffs import Handoffs
from app.state.journal import Journal
from app.state.key_table import TABLE
from app.state.keys import CHANNEL, CONTENT_CHANNEL, Keyspace
from app.state.lessons import Lessons
from app.state.operators import Operators, SignIns, Tries
from app.state.outbox import Outbox
from app.state.reminders import ReminderIndex
from app.state.statistics import Statistics
from app.state.tokens import SharedTokens

ROOT = Path(__file__).parents[2]
OPENID = "oPENid_Of-A-Parent_0001"


def test_docs_and_code_agree():
    text = (ROOT / "docs" / "state.md").read_text("utf-8")
    documented = [
        tuple(cell.strip().strip("`") for cell in line.strip("|").split("|"))
        for line in text.splitlines()
        if line.startswith("| `")
    ]
    assert documented == [
        (spec.pattern, spec.kind, " / ".join(map(str, spec.ttl_s)), spec.cap, spec.meaning)
        for spec in TABLE
    ]
    assert f"`{CHANNEL}`" in text
    assert f"`{CONTENT_CHANNEL}`" in text


def test_every_key_of_a_conversation_is_in_the_table_and_in_one_slot():
    keys = Keyspace("salt").conversation("liuzhou", OPENID)
    names = [*keys.fixed(), keys.delivery(f"{OPENID}:1734313200")]
    for name in names:
        assert sum(spec.matches(name) for spec in TABLE) == 1, name
        assert OPENID not in name
    assert len({key_slot(name.encode()) for name in names}) == 1
    assert len(names) == len(set(names)) == sum("{account:user}" in spec.pattern for spec in TABLE)


@pytest.mark.parametrize(
    "name",
    ["session", "yb:{liuzhou:x}:session", f"yb:{{a:{'0' * 32}}}:sessions", "yb:wake"],
)
def test_strange_keys_match_nothing(name):
    assert not any(spec.matches(name) for spec in TABLE)


def test_accounts_users_and_salts_are_told_apart():
    spaces = [("s1", "liuzhou", "u"), ("s2", "liuzhou", "u"), ("s1", "beijing", "u")]
    spaces.append(("s1", "liuzhou", "v"))
    names = {Keyspace(salt).conversation(account, user).session for salt, account, user in spaces}
    assert len(names) == len(spaces)


@pytest.mark.parametrize("account", ["", "a}b", "a:b", "{a", "a b"])
def test_an_account_may_not_break_the_hash_tag(account):
    with pytest.raises(ValueError, match="account id"):
        Keyspace("salt").conversation(account, "u")


@pytest.mark.anyio
async def test_after_a_workload_every_key_is_in_the_table_and_expires_or_is_capped(
    redis_url, store, conversations, ledger, keyspace, tmp_path
):
    matcher = tmp_path / "matcher.npz"
    matcher.write_bytes(b"learned")
    await StoredMatchers(store).put([matcher])
    await publish(store, b"files")
    async with conversations.open("liuzhou", OPENID) as turn:
        await turn.save(Session(turns=1), delivery=("first", "好"))
    await ledger.claim("liuzhou", OPENID, "second")
    await ledger.claim("liuzhou", OPENID, "third", awaited_s=0)
    await asyncio.sleep(0.01)
    await ledger.finish("liuzhou", OPENID, "third", "好")
    async with conversations.open("beijing", OPENID) as turn:
        await turn.save(Session(turns=1))
    await Lessons(store).note("beijing", Learned("咋交", IntentId("payment_channels")))
    due = datetime.fromisoformat("2025-12-17T09:00+08:00")
    await ReminderIndex(store).note("beijing", OPENID, due)
    await Outbox(store, keyspace, lambda account: True).opened("liuzhou", OPENID, Trigger.MENU)
    tokens = SharedTokens(store, "salt", lambda: 0.0)
    await tokens.save("liuzhou", "wx1", AccessToken("t", 0.0, 7200.0))
    await tokens.may_force("liuzhou")
    inbox = Handoffs(store, keyspace, SHANGHAI)
    now = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)
    await inbox.note("beijing", OPENID, Handoff(Step.OPEN, (Line(Author.PARENT, "急", now),)), now)
    (case, *_) = await inbox.cases("beijing")
    await inbox.answer("beijing", case.id, "好", now, sent=False, silent=True)
    accounts = Operators(store, lambda: now)
    await accounts.remove("王芳")
    account = await accounts.add("王芳", Role.EDITOR, "hash")
    await SignIns(store, accounts, lambda: now, 3600).begin(account)
    await Tries(store).take("name:王芳", 5)
    await AuditLog(store, lambda: now).note("王芳", "登录", "后台")
    await Drafts(store).put("intents/fee.yml", "title: 多少钱", "", "", "王芳", now)
    journal = Journal(store)
    await journal.record(
        JournalEntry(now, "beijing", "急", Decision.FALLBACK, (), 0.1, 0.1, Reason.FALLBACK)
    )
    await journal.handle("beijing", ["急"])
    await Statistics(store).count("beijing", now.date(), {"messages": 1})
    keys = keyspace.conversation("liuzhou", OPENID)
    await store.client.set(keys.session, b"{")
    async with conversations.open("liuzhou", OPENID) as turn:
        assert turn.quarantined
        async with someone_waiting(conversations), tokens.lock("liuzhou"):
            kinds = await check_all_keys(store, "*" if redis_url is None else "yb:*")
        await turn.save(Session())
    assert kinds == {spec.pattern for spec in TABLE}


async def publish(store, data):
    revisions = Revisions(store)
    current = await revisions.current()
    await revisions.publish(
        data,
        sha256(data).hexdigest(),
        by="小王",
        reason="试",
        at=datetime(2025, 12, 10, 10, tzinfo=SHANGHAI),
        origin="cli",
        expected_current=current.revision if current else None,
    )


@asynccontextmanager
async def someone_waiting(conversations):
    """A second message of the same parent waits while the block runs."""

    async def wait():
        async with conversations.open("liuzhou", OPENID):
            pass

    task = asyncio.create_task(wait())
    await asyncio.sleep(0.05)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def check_all_keys(store, pattern):
    """Check every key in Redis against the table and return the patterns that were met."""
    met = set()
    async for raw in store.client.scan_iter(match=pattern):
        name = raw.decode()
        (spec,) = [spec for spec in TABLE if spec.matches(name)]
        kind, ttl_ms = await store.client.type(name), await store.client.pttl(name)
        if ttl_ms == -2:
            continue  # expired between SCAN and PTTL
        if spec.ttl_s:
            assert 0 < ttl_ms <= max(spec.ttl_s) * 1000, name
        else:
            assert ttl_ms == -1, name
        assert kind.decode() == spec.kind, name
        assert not re.search(OPENID, name)
        met.add(spec.pattern)
    return met
