"""One HTTP request by the ASGI protocol itself: query, a body of unknown size, the answer.

A framework's request and response objects cost a message more than what is done with them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from app.errors import MalformedMessageError, MessageTooLargeError
from app.time_limit import within


@dataclass(slots=True)
class Answer:
    """What a request is answered with."""

    body: bytes
    media_type: bytes = b""
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Further ones, names in lower case."""


async def send_answer(answer: Answer, send: Send) -> None:
    """Send status, headers and body."""
    headers = [(b"content-length", b"%d" % len(answer.body)), *answer.headers]
    if answer.media_type:
        headers.append((b"content-type", answer.media_type))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def query_pairs(scope: Scope) -> list[tuple[str, str]]:
    """Return names and values of the query, decoded, in order."""
    query = scope["query_string"].decode("latin-1")
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(name, value) for name, _, value in parts]


async def read_body(scope: Scope, receive: Receive, limit_bytes: int, timeout_s: float) -> bytes:
    """Return the whole body; keep at most `limit_bytes` plus one chunk in memory.

    Raises:
        MessageTooLargeError: The declared or the actual length exceeds the limit. The rest of the
            body is left unread, so the answer must close the connection.
        MalformedMessageError: The peer hung up, sent fewer bytes than it declared, or took longer
            than `timeout_s` seconds.
    """
    declared = _declared_bytes(scope)
    if declared is not None and declared > limit_bytes:
        raise MessageTooLargeError
    try:
        with within(timeout_s):
            body = await _read(receive, limit_bytes)
    except TimeoutError:
        raise MalformedMessageError from None
    if declared is not None and declared != len(body):
        raise MalformedMessageError
    return body


async def _read(receive: Receive, limit_bytes: int) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise MalformedMessageError  # hung up
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit_bytes:
            raise MessageTooLargeError
    return body


def _declared_bytes(scope: Scope) -> int | None:
    """Return Content-Length, or None where there is none (chunked).

    Raises:
        MalformedMessageError: It is not a number.
    """
    value = next((value for name, value in scope["headers"] if name == b"content-length"), None)
    if value is None:
        return None
    if not value.isdigit() or len(value) > 18:
        raise MalformedMessageError
    return int(value)
