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
from app.webhook.delivery import TurnLimits
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

    async def respond(self, message: Message) -> str:
        self.seen.append(message)
        await asyncio.sleep(self.pause_s)
        if self.error is not None:
            raise self.error
        return self.reply


@dataclass(frozen=True)
class FakeClaim:
    state: Literal["first", "running", "finished"]
    reply: str = ""


@dataclass
class FakeDeliveries:
    """A ledger in memory that can be away, hang, get lost after the claim, or see others die."""

    away: bool = False
    away_after_claim: bool = False
    hangs: bool = False
    first_one_dies: bool = False
    replies: dict[tuple[str, str, str], asyncio.Future[str]] = field(default_factory=dict)

    async def claim(self, account: str, user: str, key: str) -> FakeClaim:
        await self._trouble(self.away)
        known = self.replies.get((account, user, key))
        if known is None:
            self.replies[account, user, key] = asyncio.get_running_loop().create_future()
            return FakeClaim("first")
        return FakeClaim("finished", known.result()) if known.done() else FakeClaim("running")

    async def finish(self, account: str, user: str, key: str, reply: str) -> None:
        await self._trouble(self.away or self.away_after_claim)
        self.replies[account, user, key].set_result(reply)

    async def wait(self, account: str, user: str, key: str, timeout_s: float) -> str | None:
        await self._trouble(self.away or self.away_after_claim)
        if self.first_one_dies:
            del self.replies[account, user, key]
            return None
        reply = self.replies[account, user, key]
        done, _ = await asyncio.wait({reply}, timeout=timeout_s)
        return reply.result() if done else None

    async def _trouble(self, away: bool) -> None:
        if self.hangs:
            await asyncio.sleep(3600)
        if away:
            raise StateUnavailableError


@dataclass
class FakeLateReplies:
    pushed: list[tuple[str, str]] = field(default_factory=list)

    async def push(self, message: Message, reply: str) -> None:
        self.pushed.append((message.user, reply))


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
    turn_s: float = 5.0
    late_text: str = ""
    body_timeout_s: float = 5.0

    def app(self) -> FastAPI:
        limits = TurnLimits(budget_s=self.budget_s, store_s=0.1, turn_s=self.turn_s, drain_s=1.0)
        deps = WebhookDeps(
            accounts=ACCOUNTS,
            assistant=self.assistant,
            deliveries=self.deliveries,
            now=lambda: self.now,
            limits=limits,
            body_timeout_s=self.body_timeout_s,
            late_text=self.late_text,
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
