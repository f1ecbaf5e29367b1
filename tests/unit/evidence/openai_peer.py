"""A real server on loopback that speaks the protocol of OpenAI's API, well or badly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.loopback import serving_at

DIMENSIONS = 32
Answer = Callable[[dict[str, Any]], Any]


def vector(text: str) -> list[float]:
    """Count characters by their code: like texts have like vectors, of any length."""
    numbers = [0.0] * DIMENSIONS
    for char in text:
        numbers[ord(char) % DIMENSIONS] += 2.0
    return numbers


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """Answer as a good service may: in any order."""
    data = [
        {"object": "embedding", "index": i, "embedding": vector(text)}
        for i, text in enumerate(body["input"])
    ]
    return {"object": "list", "data": data[::-1], "model": body["model"]}


def said(content: object) -> Answer:
    """Return a model that always says the same."""
    return lambda body: {"choices": [{"index": 0, "message": {"content": content}}]}


def shown(body: dict[str, Any]) -> dict[str, Any]:
    """Return the document that the model was shown."""
    document: dict[str, Any] = json.loads(body["messages"][-1]["content"])
    return document


def first_option(body: dict[str, Any]) -> Any:
    """Choose the first option."""
    return said(json.dumps({"choice": shown(body)["options"][0]["id"]}))(body)


def obedient(body: dict[str, Any]) -> Any:
    """Do what the question orders: the worst model for whoever trusts it."""
    question = shown(body)["question"]
    order = re.search(r"(?:回答|输出|choice\W+)\s*([a-z_]+|[^a-z_\s].*)", question)
    wanted = order.group(1) if order else "none"
    is_id = re.fullmatch("[a-z_]+", wanted)
    return said(json.dumps({"choice": wanted}) if is_id else wanted)(body)


@dataclass
class Peer:
    """What the server does, and what it was asked."""

    answer: Answer = embeddings
    mode: str = "well"
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""

    def app(self) -> Starlette:
        """Return the application."""
        paths = ("/v1/embeddings", "/v1/chat/completions", "/elsewhere")
        return Starlette(routes=[Route(p, self._handle, methods=["POST", "GET"]) for p in paths])

    async def _handle(self, request: Request) -> Response:
        raw = await request.body()
        self.bodies.append(json.loads(raw) if raw else {})
        self.keys.append(request.headers.get("authorization", ""))
        match self.mode:
            case "well":
                return JSONResponse(self.answer(self.bodies[-1]))
            case "slow":
                await asyncio.sleep(1.5)
            case "drip":
                return StreamingResponse(self._drip(), media_type="application/json")
            case "endless":
                return StreamingResponse(self._endless(), media_type="application/json")
            case "moved":
                return RedirectResponse("/elsewhere", 307)
            case "broken":
                return Response(b'{"data": [{"index": 0, "embed', media_type="application/json")
            case "deep":
                return Response(b"[" * 200_000, media_type="application/json")
            case "empty":
                return Response(b"")
            case status if status.isdigit():
                return JSONResponse({"error": {"message": "no"}}, status_code=int(status))
        return JSONResponse(self.answer(self.bodies[-1]))

    async def _drip(self) -> AsyncIterator[bytes]:
        for _ in range(60):
            yield b" "
            await asyncio.sleep(0.05)

    async def _endless(self) -> AsyncIterator[bytes]:
        for _ in range(4000):
            yield b" " * 65536
            await asyncio.sleep(0.001)


@contextlib.contextmanager
def serving(peer: Peer) -> Iterator[Peer]:
    """Run the peer in a thread on a free port."""
    with serving_at(peer.app(), lifespan="off") as port:
        peer.url = f"http://127.0.0.1:{port}/v1"
        yield peer
