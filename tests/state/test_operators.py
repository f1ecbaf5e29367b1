"""Accounts of the console, their sign-ins, the tries and the audit log on a real Redis."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta

import pytest

from app.domain.operators import Role
from app.errors import ConsoleError
from app.settings import SHANGHAI
from app.state import audit, operators
from app.state.audit import AuditLog
from app.state.keys import (
    AUDIT_KEY,
    OPERATORS_KEY,
    SIGN_IN_LASTS_S,
    TRIES_TTL_S,
)
from app.state.operators import Operators, SignIns, Tries

pytestmark = pytest.mark.anyio

NOW = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)
LASTS_S = 600


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def accounts(store, clock) -> Operators:
    await store.client.delete(OPERATORS_KEY, AUDIT_KEY)
    return Operators(store, clock)


@pytest.fixture
def sign_ins(store, accounts, clock) -> SignIns:
    return SignIns(store, accounts, clock, LASTS_S)


async def test_accounts_are_kept_with_role_and_hash(accounts):
    await accounts.add("王芳", Role.APPROVER, "hash1")
    await accounts.add("李雷", Role.VIEWER, "hash2")
    found = await accounts.all()
    assert {a.name: (a.role, a.password_hash, a.created) for a in found} == {
        "王芳": (Role.APPROVER, "hash1", NOW),
        "李雷": (Role.VIEWER, "hash2", NOW),
    }
    assert await accounts.find("nobody") is None


async def test_a_name_is_taken_once_also_by_two_at_the_same_time(accounts):
    tries = [accounts.add("a", Role.VIEWER, "h"), accounts.add("a", Role.APPROVER, "h")]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(o, ConsoleError) for o in outcomes) == 1


async def test_accounts_are_capped(accounts, monkeypatch):
    monkeypatch.setattr(operators, "OPERATORS_CAP", 1)
    await accounts.add("a", Role.VIEWER, "h")
    with pytest.raises(ConsoleError, match="先删掉"):
        await accounts.add("b", Role.VIEWER, "h")


async def test_a_session_knows_the_role_of_now(accounts, sign_ins):
    account = await accounts.add("a", Role.APPROVER, "h")
    token = await sign_ins.begin(account)
    assert (await sign_ins.operator(token)).role is Role.APPROVER
    await accounts.change("a", role=Role.VIEWER)
    assert (await sign_ins.operator(token)).role is Role.VIEWER


async def test_only_a_digest_of_the_token_is_stored(store, accounts, sign_ins):
    token = await sign_ins.begin(await accounts.add("a", Role.VIEWER, "h"))
    assert len(token) >= 43
    keys = [key.decode() async for key in store.client.scan_iter("yb:console-session:*")]
    values = [(await store.client.get(key)).decode() for key in keys]
    assert keys
    assert all(token not in text for text in (*keys, *values))


async def test_new_password_removal_and_sign_out_end_sessions(accounts, sign_ins):
    first = await accounts.add("a", Role.VIEWER, "h")
    tokens = [await sign_ins.begin(first), await sign_ins.begin(first)]
    await sign_ins.end(tokens[0])
    assert await sign_ins.operator(tokens[0]) is None
    assert await sign_ins.operator(tokens[1]) is not None
    changed = await accounts.change("a", password_hash="h2")
    assert await sign_ins.operator(tokens[1]) is None
    token = await sign_ins.begin(changed)
    assert await accounts.remove("a")
    assert not await accounts.remove("a")
    assert await sign_ins.operator(token) is None
    again = await accounts.add("a", Role.VIEWER, "h2")
    assert again.stamp != changed.stamp
    assert await sign_ins.operator(token) is None


async def test_sessions_slide_and_have_a_last_day(store, accounts, sign_ins, clock):
    token = await sign_ins.begin(await accounts.add("a", Role.VIEWER, "h"))
    keys = [k async for k in store.client.scan_iter("yb:console-session:*")]
    for key in keys:
        await store.client.expire(key, 5)
    assert await sign_ins.operator(token, renew=False) is not None
    assert max([await store.client.ttl(key) for key in keys]) <= 5
    assert await sign_ins.operator(token) is not None
    assert max([await store.client.ttl(key) for key in keys]) > LASTS_S - 5
    clock.now += timedelta(seconds=SIGN_IN_LASTS_S)
    assert await sign_ins.operator(token) is None


async def test_a_rehash_keeps_sessions(accounts, sign_ins):
    account = await accounts.add("a", Role.VIEWER, "h")
    token = await sign_ins.begin(account)
    await accounts.rehash(account, "better")
    assert (await accounts.find("a")).password_hash == "better"
    assert await sign_ins.operator(token) is not None


async def test_a_broken_entry_lets_nobody_in(store, accounts, sign_ins):
    token = await sign_ins.begin(await accounts.add("a", Role.VIEWER, "h"))
    for raw in ("{", '{"role": "king"}', "[]"):
        await store.client.hset(OPERATORS_KEY, "a", raw)
        assert await sign_ins.operator(token) is None
        assert await accounts.all() == ()


async def test_tries_run_out_and_waiting_is_told(store):
    tries, what = Tries(store), f"name:{secrets.token_hex(8)}"
    assert [await tries.take(what, 3) for _ in range(3)] == [0, 0, 0]
    waits = [await tries.take(what, 3) for _ in range(3)]
    assert all(0 < wait <= TRIES_TTL_S for wait in waits)
    await tries.give_back(what)
    assert await tries.take(what, 3) == 0
    await tries.forget(what)
    assert [await tries.take(what, 3) for _ in range(3)] == [0, 0, 0]


async def test_many_tries_at_once_get_no_more(store):
    tries, what = Tries(store), f"name:{secrets.token_hex(8)}"
    waits = await asyncio.gather(*(tries.take(what, 5) for _ in range(20)))
    assert sum(wait == 0 for wait in waits) == 5


async def test_the_log_is_read_in_pages_and_filtered(store, accounts, clock):
    log = AuditLog(store, clock)
    for number in range(5):
        clock.now = NOW + timedelta(minutes=number)
        await log.note("王芳" if number % 2 else "李雷", "改问答", f"fee_{number}", "x" * 5000)
    newest = await log.recent(2)
    assert [e.subject for e in newest] == ["fee_4", "fee_3"]
    assert newest[0].at == clock.now
    assert len(newest[0].detail) == 2000
    assert [e.subject for e in await log.recent(9, newest[-1].id)] == ["fee_2", "fee_1", "fee_0"]
    assert [e.subject for e in await log.recent(9, by="王芳")] == ["fee_3", "fee_1"]
    assert [e.subject for e in await log.recent(9, words="e_0")] == ["fee_0"]


async def test_a_filter_looks_beyond_one_chunk(store, accounts, clock, monkeypatch):
    monkeypatch.setattr(audit, "_CHUNK", 2)
    log = AuditLog(store, clock)
    for number in range(7):
        await log.note("a", "改", "first" if number == 0 else "other")
    assert [e.subject for e in await log.recent(3, words="first")] == ["first"]
    assert len(await log.recent(100)) == 7


async def test_the_log_is_capped(store, accounts, clock, monkeypatch):
    monkeypatch.setattr(audit, "AUDIT_CAP", 3)
    log = AuditLog(store, clock)
    for number in range(5):
        await log.note("a", "改", str(number))
    assert [e.subject for e in await log.recent(10)] == ["4", "3", "2"]
