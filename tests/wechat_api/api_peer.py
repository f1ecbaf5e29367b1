"""A real server on loopback that speaks the platform's API, well or badly."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.loopback import serving_at

SECRET = "made-up-secret-0123456789"
APP_ID = "wx1234567890abcdef"
TOKEN_PATH = "/cgi-bin/stable_token"
SEND_PATH = "/cgi-bin/message/custom/send"
OK = {"errcode": 0, "errmsg": "ok"}

Answer = Callable[[], Response]


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON body; {} where there is none."""
        found: dict[str, Any] = json.loads(self.raw) if self.raw else {}
        return found


def code(number: int, message: str = "refused") -> Response:
    """Return an answer with this error code."""
    text = f"{message} rid: 65f0a1b2-0c3d4e5f-00112233"
    return JSONResponse({"errcode": number, "errmsg": text})


@dataclass
class ApiPeer:
    """What the server does, and what it was asked."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[Response | float]] = field(default_factory=dict)
    """Answers by path, in order; the last one stays. A number is a delay in seconds before ok."""
    tokens: int = 0
    token_lives_s: int = 7200
    token_delay_s: float = 0.0

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(routes=[Route("/{path:path}", self._handle, methods=["GET", "POST"])])

    def will(self, path: str, *answers: Response | float) -> None:
        """Script the answers for a path."""
        self.answers[path] = list(answers)

    def count(self, path: str) -> int:
        """Return how often a path was asked."""
        return sum(asked.path == path for asked in self.asked)

    async def _handle(self, request: Request) -> Response:
        asked = Asked(
            request.method, request.url.path, dict(request.query_params), await request.body()
        )
        self.asked.append(asked)
        scripted = self.answers.get(asked.path)
        if scripted:
            answer = scripted.pop(0) if len(scripted) > 1 else scripted[0]
            if isinstance(answer, Response):
                return answer
            await asyncio.sleep(answer)
        return await self._token() if asked.path == TOKEN_PATH else JSONResponse(OK)

    async def _token(self) -> Response:
        await asyncio.sleep(self.token_delay_s)
        self.tokens += 1
        value = f"SECRET-TOKEN-{self.tokens}"
        return JSONResponse({"access_token": value, "expires_in": self.token_lives_s})


@contextlib.contextmanager
def serving(peer: ApiPeer) -> Iterator[ApiPeer]:
    """Run the peer in a thread on a free port."""
    with serving_at(peer.app(), lifespan="off") as port:
        peer.url = f"http://127.0.0.1:{port}"
        yield peer
