"""A WeChat that pushes, and hand-written fakes of what stands behind the endpoint.

Requests are signed and encrypted, and replies opened, by wechatpy and hashlib, never by the code
under test.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import httpx
from fastapi import FastAPI
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from app.domain.turn import Message
from app.errors import StateUnavailableError
from app.webhook.limits import TurnLimits
from app.webhook.router import WebhookDeps, build_router
from app.wechat.account import AccountSettings

TOKEN = "sandbox"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "B" * 43
APP_ID = "wxsandbox0000000001"
USER = "oParent-1_x"
GH = "gh_liuzhou"
NOW = 1_765_850_400
"""2025-12-16 10:00 in Shanghai."""

ACCOUNTS = {
    "liuzhou": AccountSettings("liuzhou", APP_ID, TOKEN, (KEY, OLD_KEY)),
    "beijing": AccountSettings("beijing", "wxsafe", "other-token", (KEY,), require_aes=True),
    "plain": AccountSettings("plain", "", TOKEN),
}


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def text_xml(content: str = "怎么交钱", msg_id: str = "1", user: str = USER) -> str:
    return message_xml("text", f"<Content>{escape(content)}</Content>", msg_id, user)


def message_xml(kind: str, rest: str = "", msg_id: str = "1", user: str = USER) -> str:
    return (
        f"<xml><ToUserName>{GH}</ToUserName><FromUserName>{user}</FromUserName>"
        f"<CreateTime>{NOW}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{rest}"
        f"<MsgId>{msg_id}</MsgId></xml>"
    )


def event_xml(event: str, key: str = "", created: int = NOW) -> str:
    return (
        f"<xml><ToUserName>{GH}</ToUserName><FromUserName>{USER}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType>event</MsgType>"
        f"<Event>{event}</Event><EventKey>{key}</EventKey></xml>"
    )


class FakeAssistant:
    """Says one text, after a pause or an accident if so told."""

    def __init__(self, reply: str = "您好") -> None:
        self.reply = reply
        self.seen: list[Message] = []
        self.pause_s = 0.0
        self.error: Exception | None = None
        self.recovers = False

    async def respond(self, message: Message) -> str:
        self.seen.append(message)
        await asyncio.sleep(self.pause_s)
        if self.error is not None:
            raise self.error
        return self.reply

    async def recover(self, message: Message) -> str:
        if not self.recovers and self.error is not None:
            raise self.error
        return f"{self.reply}（没有记忆）"


@dataclass(frozen=True)
class FakeClaim:
    state: Literal["first", "running", "finished"]
    reply: str = ""
    attempts: int = 1
    unread: int = 0
    excess: int = 0


@dataclass(frozen=True)
class FakeFinished:
    reply: str
    kept: bool = False
    attempts: int = 1


@dataclass
class FakeEntry:
    reply: asyncio.Future[str]
    attempts: int = 1
    awaited: float = 0.0
    kept: bool = False


@dataclass
class FakeDeliveries:
    """A ledger in memory that can be away, hang, get lost after the claim, or see others die.

    It keeps unread replies as well: `taken` says who has them.
    """

    away: bool = False
    away_after_claim: bool = False
    hangs: bool = False
    first_one_dies: bool = False
    ripe: bool = True
    entries: dict[tuple[str, str, str], FakeEntry] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)

    def holds(self, account: str, user: str, key: str) -> bool:
        return False

    def recorded(self, account: str, user: str, key: str, reply: str) -> None:
        """No session is saved here."""

    async def give_up(self, account: str, user: str, key: str) -> None:
        """Nothing was locked with the claim."""

    async def claim(
        self,
        account: str,
        user: str,
        key: str,
        *,
        token: str,
        awaited_s: float,
        opens: bool = False,
    ) -> FakeClaim:
        await self._trouble(self.away)
        loop = asyncio.get_running_loop()
        known = self.entries.get((account, user, key))
        waiting = sum(ticket not in self.taken for ticket in self.unread)
        if known is None:
            entry = FakeEntry(loop.create_future(), 1, loop.time() + awaited_s)
            self.entries[account, user, key] = entry
            return FakeClaim("first", unread=waiting)
        known.attempts += 1
        if known.reply.done():
            shown = await self.served(account, user, key)
            return FakeClaim(
                "finished", known.reply.result() if shown else "", known.attempts, waiting
            )
        known.awaited = max(known.awaited, loop.time() + awaited_s)
        return FakeClaim("running", attempts=known.attempts)

    async def renew(self, account: str, user: str, key: str, token: str) -> bool:
        return True

    async def finish(self, account: str, user: str, key: str, reply: str) -> FakeFinished:
        await self._trouble(self.away or self.away_after_claim)
        entry = self.entries.get((account, user, key))
        if entry is None:
            return FakeFinished(reply)
        if not entry.reply.done():
            entry.reply.set_result(reply)
            if reply and asyncio.get_running_loop().time() > entry.awaited:
                entry.kept = True
                self.unread[self.ticket(key)] = reply
        return FakeFinished(entry.reply.result(), entry.kept, entry.attempts)

    async def wait(
        self, account: str, user: str, key: str, timeout_s: float, *, is_ticket: bool = False
    ) -> FakeFinished | None:
        await self._trouble(self.away or self.away_after_claim)
        if is_ticket:
            key = next((k for _, _, k in self.entries if self.ticket(k) == key), key)
        if self.first_one_dies:
            del self.entries[account, user, key]
            return None
        entry = self.entries.get((account, user, key))
        if entry is None:
            return None
        done, _ = await asyncio.wait({entry.reply}, timeout=timeout_s)
        return FakeFinished(entry.reply.result(), entry.kept) if done else None

    async def served(self, account: str, user: str, key: str) -> bool:
        ticket = self.ticket(key)
        if ticket in self.taken:
            return False
        self.unread.pop(ticket, None)
        return True

    def ticket(self, key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()[:32]

    async def take(self, account: str, user: str, *, by: str, which: str = "") -> str | None:
        await self._trouble(self.away)
        for ticket, reply in self.unread.items():
            if self.taken.get(ticket) == by:
                return reply
            wanted = which in {ticket, "*"} or (not which and self.ripe)
            if ticket not in self.taken and wanted:
                self.taken[ticket] = by
                return reply
        return None

    async def give_back(self, account: str, user: str, *, by: str) -> None:
        self.taken = {ticket: who for ticket, who in self.taken.items() if who != by}

    async def _trouble(self, away: bool) -> None:
        if self.hangs:
            await asyncio.sleep(3600)
        if away:
            raise StateUnavailableError


@dataclass
class FakeLateReplies:
    """Customer-service messages of an account that may send them, if so told."""

    may: bool = False
    accepted: bool = True
    error: Exception | None = None
    pushed: list[tuple[str, str]] = field(default_factory=list)

    def offered(self, account: str) -> bool:
        return self.may

    async def push(self, message: Message, reply: str) -> bool:
        if self.error is not None:
            raise self.error
        self.pushed.append((message.user, reply))
        return self.accepted


class FakeWording:
    """Says the name of the text."""

    def text(self, account: str, key: str) -> str:
        return f"〔{key}〕"


def shelves() -> tuple[FakeDeliveries, FakeDeliveries, FakeWording]:
    """Return ledger, unread replies and wording."""
    ledger = FakeDeliveries()
    return ledger, ledger, FakeWording()


@dataclass
class FakeDepartures:
    gone: list[tuple[str, str]] = field(default_factory=list)

    async def forget(self, account: str, user: str) -> None:
        self.gone.append((account, user))


@dataclass(frozen=True)
class Answer:
    """What WeChat makes of a reply's body."""

    fields: dict[str, str]

    @property
    def text(self) -> str:
        assert self.fields["MsgType"] == "text"
        assert (self.fields["ToUserName"], self.fields["FromUserName"]) == (USER, GH)
        return self.fields["Content"]


def read_answer(body: bytes | str) -> Answer:
    root = ElementTree.fromstring(body)  # noqa: S314 - our own output
    return Answer({child.tag: child.text or "" for child in root})


@dataclass
class CallbackPeer:
    """WeChat as one account sees it."""

    client: httpx.AsyncClient
    account: AccountSettings

    @property
    def path(self) -> str:
        return f"/wechat/{self.account.id}"

    def query(self, timestamp: int | str = NOW, nonce: str = "n1", **more: str) -> dict[str, str]:
        signature = sha1(self.account.token, str(timestamp), nonce)
        return {"signature": signature, "timestamp": str(timestamp), "nonce": nonce} | more

    def sealed(
        self, xml: str, *, key: str = KEY, timestamp: int = NOW, compatible: bool = False
    ) -> tuple[dict[str, str], str]:
        """Return query and body of an encrypted push."""
        crypto = WeChatCrypto(self.account.token, key, self.account.app_id)
        encrypt = PrpCrypto(crypto.key).encrypt(xml, self.account.app_id).decode()
        query = self.query(timestamp, encrypt_type="aes", openid=USER)
        query["msg_signature"] = sha1(self.account.token, str(timestamp), "n1", encrypt)
        element = f"<Encrypt><![CDATA[{encrypt}]]></Encrypt>"
        if compatible:
            return query, xml.replace("</xml>", element + "</xml>")
        return query, f"<xml><ToUserName>{GH}</ToUserName>{element}</xml>"

    async def post(
        self, xml: str | bytes, query: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        body = xml.encode() if isinstance(xml, str) else xml
        params = self.query(openid=USER) if query is None else query
        return await self.client.post(self.path, params=params, content=body, **more)

    async def post_sealed(self, xml: str, **how: Any) -> httpx.Response:
        query, body = self.sealed(xml, **how)
        return await self.post(body, query)

    def open(self, response: httpx.Response, key: str = KEY) -> Answer:
        """Open an encrypted reply with wechatpy."""
        envelope = read_answer(response.content).fields
        crypto = WeChatCrypto(self.account.token, key, self.account.app_id)
        return read_answer(
            crypto.decrypt_message(
                {"Encrypt": envelope["Encrypt"]},
                envelope["MsgSignature"],
                envelope["TimeStamp"],
                envelope["Nonce"],
            )
        )


@dataclass
class Stage:
    """The endpoint under test with its fakes and its clock."""

    assistant: FakeAssistant = field(default_factory=FakeAssistant)
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    late: FakeLateReplies = field(default_factory=FakeLateReplies)
    departures: FakeDepartures = field(default_factory=FakeDepartures)
    now: float = NOW
    budget_s: float = 0.3
    hold_s: float = 0.4
    turn_s: float = 5.0
    body_timeout_s: float = 5.0

    def app(self) -> FastAPI:
        limits = TurnLimits(
            budget_s=self.budget_s,
            margin_s=0.02,
            hold_s=self.hold_s,
            store_s=0.1,
            turn_s=self.turn_s,
            renew_s=0.05,
            takeover_s=0.3,
            ripe_s=0.2,
            drain_s=1.0,
        )
        deps = WebhookDeps(
            accounts=ACCOUNTS,
            assistant=self.assistant,
            deliveries=self.deliveries,
            unread=self.deliveries,
            wording=FakeWording(),
            now=lambda: self.now,
            limits=limits,
            body_timeout_s=self.body_timeout_s,
            late=self.late,
            departures=self.departures,
        )
        app = FastAPI()
        app.include_router(build_router(deps))
        return app

    @asynccontextmanager
    async def peer(self, account: str = "liuzhou") -> AsyncIterator[CallbackPeer]:
        """Serve without a socket; leaving ends running turns as a shutdown does."""
        app = self.app()
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://callback") as client,
        ):
            yield CallbackPeer(client, ACCOUNTS[account])
