"""Requests whose browser hung up: nobody waits for an answer, so there is nothing to report."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NO_RESPONSE = "No response returned."
"""What Starlette raises in NiceGUI's middleware where the inner application gave up."""


class HungUp:
    """ASGI middleware that drops that one error, and only after the browser has gone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        has_gone = False

        async def listen() -> Message:
            nonlocal has_gone
            message = await receive()
            has_gone = has_gone or message["type"] == "http.disconnect"
            return message

        try:
            await self._app(scope, listen, send)
        except RuntimeError as error:
            if not has_gone or str(error) != _NO_RESPONSE:
                raise
