"""The HTTP surface: `GET|POST /wechat/{account}`, bare status codes, nothing reflected.

An ASGI application of its own: what a framework does for a request in general (middleware, routes,
dependencies) costs a message more than all that is done here.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.errors import CallbackError, UnknownAccountError, UnusableMethodError
from app.tracing import Span, Tracer, inside, step
from app.webhook.access_log import note_access
from app.webhook.admission import Admitted, CallbackQuery, Gate
from app.webhook.delivery import DeliveryDesk, Pseudonym, no_pseudonym
from app.webhook.exchange import Answer, query_pairs, read_body, send_answer
from app.webhook.limits import TurnLimits
from app.webhook.ports import (
    Assistant,
    Deliveries,
    Departures,
    LateReplies,
    Meter,
    ServiceSessions,
    Unread,
    Windows,
    Wording,
)
from app.wechat.account import AccountSettings
from app.wechat.crypto import EnvelopeCipher
from app.wechat.outbound import SUCCESS, TEXT_LIMIT_BYTES, byte_length, fit_parts
from app.wechat.xml_fields import MAX_BODY_BYTES

_log = structlog.get_logger(__name__)

PREFIX = "/wechat/"
"""Below it are the accounts."""

_OK = 200
_XML = b"text/xml; charset=utf-8"
_TEXT = b"text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class WebhookDeps:
    """Everything the endpoint works with."""

    accounts: Mapping[str, AccountSettings]
    """By account id."""
    assistant: Assistant
    deliveries: Deliveries
    unread: Unread
    wording: Wording
    now: Callable[[], float]
    """Unix seconds of the real clock: signatures are made with it, a fixed test clock is not."""
    timestamp_window_s: float = 600.0
    """Largest age of a push; `math.inf` accepts any."""
    body_timeout_s: float = 5.0
    """For the whole body to arrive; WeChat itself gives up after 5 s."""
    limits: TurnLimits = field(default_factory=TurnLimits)
    late: LateReplies | None = None
    """Sends what came too late; None: parents fetch it."""
    windows: Windows | None = None
    """Told what opens a window for customer-service messages."""
    departures: Departures | None = None
    sessions: ServiceSessions | None = None
    meter: Meter | None = None
    pseudonym: Pseudonym = no_pseudonym
    """Hashes an account's user for the log."""
    tracer: Tracer | None = None
    """Keeps traces; None: nobody does."""
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    """Cryptographic source of the envelope's prefix."""


def build_router(deps: WebhookDeps) -> APIRouter:
    """Return a router with the callbacks; its lifespan ends running turns.

    Raises:
        SettingsError: An account's EncodingAESKey is malformed.
    """
    callbacks = Callbacks(deps)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await callbacks.aclose()

    # No trailing-slash redirect: WeChat does not follow it reliably.
    route = Route(f"{PREFIX}{{account}}", callbacks, include_in_schema=False)
    return APIRouter(routes=[route], lifespan=lifespan)


class Callbacks:
    """The callbacks of all accounts, an ASGI application; closed by `aclose`.

    Answers 200 with `success`, the echo or a reply, or 400, 403, 404, 405, 413 without a body.

    Raises:
        SettingsError: An account's EncodingAESKey is malformed.
    """

    def __init__(self, deps: WebhookDeps) -> None:
        self._deps = deps
        self._gates = {
            name: Gate(account, EnvelopeCipher(account, deps.random_bytes), deps.timestamp_window_s)
            for name, account in deps.accounts.items()
        }
        self._desk = DeliveryDesk(
            deps.assistant,
            deps.deliveries,
            deps.unread,
            deps.wording,
            deps.limits,
            late=deps.late,
            departures=deps.departures,
            sessions=deps.sessions,
            windows=deps.windows,
            meter=deps.meter,
            pseudonym=deps.pseudonym,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        account = str(scope["path"]).removeprefix(PREFIX)
        match scope["method"]:
            case "POST":
                answer = await self._receive(account, scope, receive)
            case "GET":
                answer = self._handshake(account, scope)
            case _:
                answer = self._refuse(account, UnusableMethodError())
                answer.headers += ((b"allow", b"GET, POST"),)
        if answer.status != _OK:  # the others have their line `turn`
            note_access(scope, answer.status)
        await send_answer(answer, send)

    async def aclose(self) -> None:
        """Let running turns end for a while, then cancel them."""
        await self._desk.aclose()

    def _handshake(self, account: str, scope: Scope) -> Answer:
        """Answer the check that WeChat makes when the server address is saved."""
        try:
            query = CallbackQuery.from_pairs(query_pairs(scope))
            echo = self._gate(account).handshake(query, self._deps.now())
        except CallbackError as exc:
            return self._refuse(account, exc)
        # The echo comes from outside: no browser may take it for a page.
        return Answer(echo, _TEXT, headers=((b"x-content-type-options", b"nosniff"),))

    async def _receive(self, account: str, scope: Scope, receive: Receive) -> Answer:
        """Answer one push."""
        began = time.perf_counter()
        try:
            gate = self._gate(account)
            query = CallbackQuery.from_pairs(query_pairs(scope))
            body = await read_body(scope, receive, MAX_BODY_BYTES, self._deps.body_timeout_s)
            read = time.perf_counter()
            admitted = gate.admit(query, body, self._deps.now())
        except CallbackError as exc:
            return self._refuse(account, exc)
        gone = partial(_is_gone, scope, receive)
        if self._deps.tracer is None:
            reply = await self._desk.answer(admitted.inbound, gone)
            return self._reply(gate, admitted, reply)
        with inside(self._span(self._deps.tracer, admitted, began, read)):
            reply = await self._desk.answer(admitted.inbound, gone)
            with step("seal"):
                return self._reply(gate, admitted, reply)

    def _span(self, tracer: Tracer, admitted: Admitted, began: float, read: float) -> Span | None:
        """Begin the message's trace, whose id is known only after decryption."""
        message = admitted.inbound.message
        span = tracer.begin("callback", self._desk.ticket(message), began)
        if span is not None:
            span.note(account=message.account, kind=message.kind.value)
            opened = admitted.opened
            span.past("read", began, read)
            if opened is not None:
                span.past("decrypt", read, opened)
            span.past("parse", opened or read, time.perf_counter())
        return span

    def _gate(self, account: str) -> Gate:
        gate = self._gates.get(account)
        if gate is None:
            raise UnknownAccountError
        return gate

    def _reply(self, gate: Gate, admitted: Admitted, reply: str) -> Answer:
        """Return the reply, or `success` where there is none; a text too long is cut."""
        if not reply.strip():
            return Answer(SUCCESS, _TEXT)
        size = byte_length(reply)
        if size > TEXT_LIMIT_BYTES:
            # WeChat would show a fault instead of the text; half of it is better.
            _log.error("reply_too_long", account=admitted.inbound.message.account, bytes=size)
            reply = fit_parts(reply)[0]
        return Answer(gate.reply_body(admitted, reply, self._deps.now()), _XML)

    def _refuse(self, account: str, exc: CallbackError) -> Answer:
        """Return the bare status; the log names the kind of refusal and nothing that was sent."""
        known = account if account in self._gates else "unknown"
        if self._deps.meter is not None:
            self._deps.meter.refused(known, type(exc).__name__)
        _log.warning(
            "callback_refused", account=known, error=type(exc).__name__, status=exc.http_status
        )
        # The body may be unread, and there may be a gigabyte of it: hang up.
        return Answer(b"", status=exc.http_status, headers=((b"connection", b"close"),))


async def _is_gone(scope: Scope, receive: Receive) -> bool:
    """Tell whether WeChat has hung up."""
    return await Request(scope, receive).is_disconnected()
