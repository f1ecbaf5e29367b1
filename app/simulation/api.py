"""The API over HTTP, with faults that can be switched on while it runs.

`POST /_faults` with `[{"path", "kind", "times", "value"}]` replaces the faults; `times` below 0
is for ever. Kinds: `code` (an errcode), `latency` (seconds), `broken` (half a JSON),
`disconnect`, `status`. `GET /_calls` tells how often each path was called, `GET /_sent` the
messages that arrived, `POST /_clock` moves the clock by seconds, `POST /_note` opens a window as
a user's message does.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.simulation.api_rules import ApiError, ApiRules, CustomMessage, Json
from app.simulation.envelope import Account

_CALLBACK_IPS = ["101.226.103.0/25", "127.0.0.1"]


@dataclass
class Fault:
    """Something that goes wrong at a path."""

    path: str
    """Suffix of the path, e.g. `custom/send`; empty: any."""
    kind: str
    times: int = -1
    value: float = 0


class _CutShort(Response):
    """An answer that breaks off: the connection closes before it is whole."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"errcode"', "more_body": True})


class Api:
    """WeChat's API for some accounts, told apart by AppID and token.

    Args:
        accounts: The accounts.
        now: Unix seconds.
        on_message: Told of each customer-service message that is delivered.
    """

    def __init__(
        self,
        accounts: list[Account],
        now: Callable[[], float],
        on_message: Callable[[CustomMessage], None] = lambda _: None,
    ) -> None:
        self._moved_s = 0.0
        self._now = now
        self.rules = {a.app_id: ApiRules(a, self.now) for a in accounts}
        self.calls: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self._on_message = on_message

    def now(self) -> float:
        """Return Unix seconds, moved by `/_clock`."""
        return self._now() + self._moved_s

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/_faults", self._set_faults, methods=["POST"]),
                Route("/_clock", self._move_clock, methods=["POST"]),
                Route("/_note", self._note, methods=["POST"]),
                Route("/_calls", self._tell_calls),
                Route("/_sent", self._tell_sent),
                Route("/{path:path}", self._serve, methods=["GET", "POST"]),
            ]
        )

    async def _serve(self, request: Request) -> Response:
        path = request.url.path
        self.calls[path] += 1
        raw = await request.body()
        try:
            faulty = await self._suffer(path)
            if faulty is not None:
                return faulty
            return JSONResponse(self._answer(request, path, raw))
        except ApiError as exc:
            return JSONResponse({"errcode": exc.code, "errmsg": f"{exc.message} rid: sim-1"})
        except _FileError as exc:
            return Response(exc.content, media_type="application/octet-stream")

    async def _suffer(self, path: str) -> Response | None:
        for fault in self.faults:
            if not path.endswith(fault.path) or fault.times == 0:
                continue
            fault.times -= 1
            match fault.kind:
                case "latency":
                    await asyncio.sleep(fault.value)
                case "code":
                    raise ApiError(int(fault.value), "injected")
                case "broken":
                    return Response(b'{"errcode": 0, "errm', media_type="application/json")
                case "status":
                    return Response(status_code=int(fault.value))
                case "disconnect":
                    return _CutShort()
        return None

    def _answer(self, request: Request, path: str, raw: bytes) -> Json:
        body = _body_of(request, raw)
        if path == "/cgi-bin/stable_token":
            rules = self.rules.get(str(body.get("appid")))
            if rules is None:
                raise ApiError(40013, "invalid appid")
            return rules.issue_token(body)
        rules = self._rules_of(request.query_params.get("access_token", ""))
        match path.removeprefix("/cgi-bin/"):
            case "message/custom/send":
                answer = rules.send_custom(body, raw)
                self._on_message(rules.delivered[-1])
                return answer
            case "message/custom/typing":
                return rules.type_(body)
            case "message/subscribe/bizsend":
                return rules.notify(body)
            case "menu/create":
                return rules.create_menu(body)
            case "menu/get":
                return rules.read_menu()
            case "menu/delete":
                return rules.delete_menu()
            case "get_current_selfmenu_info":
                return {
                    "is_menu_open": int(rules.menu is not None),
                    "selfmenu_info": rules.menu or {},
                }
            case "media/upload":
                return rules.store_media(request.query_params.get("type", ""), raw)
            case "media/get":
                return _media(rules, request.query_params.get("media_id", ""))
            case "qrcode/create":
                return rules.create_qr(body)
            case "getcallbackip" | "get_api_domain_ip":
                return {"ip_list": _CALLBACK_IPS}
            case "clear_quota" | "clear_quota/v2":
                return {"errcode": 0, "errmsg": "ok"}
        raise ApiError(40066, "invalid url")

    def _rules_of(self, token: str) -> ApiRules:
        problem = ApiError(41001, "access_token missing")
        for rules in self.rules.values():
            try:
                rules.check_token(token)
            except ApiError as exc:
                problem = exc
            else:
                return rules
        raise problem

    async def _set_faults(self, request: Request) -> Response:
        self.faults = [Fault(**fault) for fault in await request.json()]
        return Response(status_code=204)

    async def _move_clock(self, request: Request) -> Response:
        self._moved_s += float(await request.json())
        return JSONResponse(self.now())

    async def _note(self, request: Request) -> Response:
        body = await request.json()
        self.rules[body["appid"]].note(body["user"], body.get("trigger", "message"))
        return Response(status_code=204)

    async def _tell_calls(self, _request: Request) -> Response:
        return JSONResponse(dict(self.calls))

    async def _tell_sent(self, _request: Request) -> Response:
        sent = [asdict(message) for rules in self.rules.values() for message in rules.delivered]
        return JSONResponse(sent)


class _FileError(Exception):
    """The answer is a file and no JSON."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content


def _media(rules: ApiRules, media_id: str) -> Json:
    if media_id not in rules.media:
        raise ApiError(40007, "invalid media_id")
    raise _FileError(rules.media[media_id][1])


def _body_of(request: Request, raw: bytes) -> Json:
    """Return the JSON object in a body; {} where there is none.

    Raises:
        ApiError: It is something else.
    """
    if not raw or request.headers.get("content-type", "").startswith("multipart/"):
        return {}
    try:
        body: Any = json.loads(raw)
    except ValueError as exc:
        raise ApiError(47001, "data format error") from exc
    if not isinstance(body, dict):
        raise ApiError(47001, "data format error")
    return body
