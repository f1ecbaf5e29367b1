"""The one door of the console: foreign origins are refused, and nobody passes who is not known.

Pages, sockets and everything else stand behind it; what is public is listed, the rest is not. In a
sandbox, which listens on this machine only, the playground is open to everyone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from nicegui import __version__
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.console.access import STATE_KEY
from app.console.signing_in import SigningIn
from app.domain.operators import Operator
from app.errors import StateUnavailableError

LOGIN = "/login"
LOGOUT = "/logout"
_PUBLIC = frozenset({LOGIN, LOGOUT, "/healthz", "/favicon.ico"})
_PUBLIC_FILES = ("/console-static/", f"/_nicegui/{__version__}/")
"""Scripts, styles and fonts: the same for everyone. Not what a page takes in, e.g. uploads."""
_SOCKET = "/_nicegui_ws/"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_HERE = frozenset({"same-origin", "none"})
_POLICY_VIOLATION = 1008
AWAY = "Redis 没有响应，暂时不能登录。请稍后刷新；一直这样就查看 Redis 是否在运行。"


@dataclass(slots=True)
class Doorkeeper:
    """What the gate knows. One per console process."""

    is_production: bool
    session_s: int
    """Lifetime of the cookie; the session itself ends in Redis."""
    signing_in: SigningIn | None = None
    """None until the process has opened Redis."""
    open_pages: set[str] = field(default_factory=set)
    """Pages that a sandbox shows to everyone."""
    is_page: Callable[[str], bool] = lambda _: True
    """Whether there is a page at a path; where there is none a sandbox may say so."""

    @property
    def cookie(self) -> str:
        """Name of the session's cookie; the prefix makes browsers insist on HTTPS and this host."""
        return "__Host-yibao_session" if self.is_production else "yibao_session"

    async def who(self, token: str, *, renew: bool = True) -> Operator | None:
        """Return who is signed in under a token.

        Raises:
            StateUnavailableError: Redis does not answer, or is not open yet.
        """
        if not token:
            return None
        if self.signing_in is None:
            raise StateUnavailableError(AWAY)
        return await self.signing_in.who(token, renew=renew)

    def is_open(self, path: str) -> bool:
        """Return whether a path may be asked for by anyone."""
        if path in _PUBLIC or path.startswith(_PUBLIC_FILES):
            return True
        if self.is_production:
            return False
        return path in self.open_pages or path.startswith(_SOCKET) or not self.is_page(path)

    def set_cookie(self, response: Response, token: str) -> None:
        """Let the browser keep a session; an empty token ends it."""
        response.set_cookie(
            self.cookie,
            token,
            max_age=self.session_s if token else 0,
            path="/",
            secure=self.is_production,
            httponly=True,
            samesite="strict",
        )


class Gate:
    """ASGI middleware in front of everything the console serves."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper) -> None:
        self._app = app
        self._doorkeeper = doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it instead."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = await self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await refusal(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        connection = HTTPConnection(scope)
        path = connection.url.path
        method = scope.get("method", "")
        if (method not in _SAFE_METHODS or path.startswith(_SOCKET)) and is_foreign(connection):
            return PlainTextResponse("这个请求来自别的网站，已拒绝。", 403)
        doorkeeper = self._doorkeeper
        is_open = doorkeeper.is_open(path)
        try:
            operator = await doorkeeper.who(connection.cookies.get(doorkeeper.cookie, ""))
        except StateUnavailableError:
            return None if is_open else PlainTextResponse(AWAY, 503)
        scope.setdefault("state", {})[STATE_KEY] = operator
        if is_open or operator is not None:
            return None
        if method != "GET":
            return PlainTextResponse("请先登录。", 401)
        wanted = "" if path == "/" else f"?next={quote(path)}"
        return RedirectResponse(f"{LOGIN}{wanted}", 303)


def is_foreign(connection: HTTPConnection) -> bool:
    """Return whether a browser says that another site's page sent this.

    Programs say neither origin nor site; they carry no cookie that somebody else could use.
    """
    headers = connection.headers
    if headers.get("sec-fetch-site", "none") not in _FROM_HERE:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")
