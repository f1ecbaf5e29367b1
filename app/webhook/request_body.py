"""Reading a request body of unknown size from an unknown peer."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from app.errors import MalformedMessageError, MessageTooLargeError


async def read_body(request: Request, limit_bytes: int, timeout_s: float) -> bytes:
    """Return the whole body; keep at most `limit_bytes` plus one chunk in memory.

    Raises:
        MessageTooLargeError: The declared or the actual length exceeds the limit. The rest of the
            body is left unread, so the answer must close the connection.
        MalformedMessageError: The peer hung up, sent fewer bytes than it declared, or took longer
            than `timeout_s` seconds.
    """
    declared = _declared_bytes(request)
    if declared is not None and declared > limit_bytes:
        raise MessageTooLargeError
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise MessageTooLargeError
    except (ClientDisconnect, TimeoutError):
        raise MalformedMessageError from None
    if declared is not None and declared != len(body):
        raise MalformedMessageError
    return bytes(body)


def _declared_bytes(request: Request) -> int | None:
    """Return Content-Length, or None where there is none (chunked).

    Raises:
        MalformedMessageError: It is not a number.
    """
    value = request.headers.get("content-length")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise MalformedMessageError
    return int(value)
