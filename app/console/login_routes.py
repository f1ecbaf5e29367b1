"""The routes of signing in and out: forms that work without any script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.console.access import signed_in
from app.console.gate import AWAY, LOGIN, LOGOUT, Doorkeeper
from app.console.login_page import LOGIN_HEADERS, LoginView, login_html
from app.console.shell import stylesheet_url, theme_of
from app.errors import StateUnavailableError

MAX_FORM_BYTES = 8192
HOME = "/overview"
_LOCAL_PATH = re.compile(r"/(?:[a-z0-9_-]+(?:/[a-zA-Z0-9_.-]+)*)?")


@dataclass(frozen=True, slots=True)
class _Form:
    name: str = ""
    password: str = ""
    wanted: str = ""


class LoginRoutes:
    """GET and POST of `/login`, POST of `/logout`."""

    def __init__(self, doorkeeper: Doorkeeper, product: str) -> None:
        self._doorkeeper = doorkeeper
        self._product = product

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter()
        router.add_api_route(LOGIN, self.show, methods=["GET"], include_in_schema=False)
        router.add_api_route(LOGIN, self.sign_in, methods=["POST"], include_in_schema=False)
        router.add_api_route(LOGOUT, self.sign_out, methods=["POST"], include_in_schema=False)
        return router

    async def show(self, request: Request) -> Response:
        """Show the form; whoever is signed in goes on."""
        wanted = local_path(request.query_params.get("next", ""))
        if signed_in(request) is not None:
            return RedirectResponse(wanted, 303)
        return await self._page(request, 200, wanted=wanted)

    async def sign_in(self, request: Request) -> Response:
        """Check name and password; begin a session or say why not."""
        form = await _form_of(request)
        if form is None:
            return await self._page(request, 413, problem="填的内容太长。")
        signing_in = self._doorkeeper.signing_in
        if signing_in is None:
            return await self._page(request, 503, form.wanted, form.name, AWAY)
        address = request.client.host if request.client else ""
        try:
            attempt = await signing_in.sign_in(form.name, form.password, address)
            if attempt.token:
                await signing_in.sign_out(request.cookies.get(self._doorkeeper.cookie, ""))
        except StateUnavailableError:
            return await self._page(request, 503, form.wanted, form.name, AWAY)
        if not attempt.token:
            status = 429 if attempt.wait_s else 401
            page = await self._page(request, status, form.wanted, form.name, attempt.problem)
            if attempt.wait_s:
                page.headers["Retry-After"] = str(attempt.wait_s)
            return page
        response = RedirectResponse(form.wanted, 303)
        self._doorkeeper.set_cookie(response, attempt.token)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        response = RedirectResponse(LOGIN, 303)
        if self._doorkeeper.signing_in is not None:
            token = request.cookies.get(self._doorkeeper.cookie, "")
            try:
                await self._doorkeeper.signing_in.sign_out(token)
            except StateUnavailableError:
                return await self._page(request, 503, problem="Redis 没有响应，还没有退出。")
        self._doorkeeper.set_cookie(response, "")
        return response

    async def _page(
        self, request: Request, status: int, wanted: str = HOME, name: str = "", problem: str = ""
    ) -> Response:
        has_operators = True
        try:
            if self._doorkeeper.signing_in is not None:
                has_operators = await self._doorkeeper.signing_in.has_operators()
        except StateUnavailableError:
            problem = problem or AWAY
        view = LoginView(
            product=self._product,
            stylesheet=stylesheet_url(),
            theme=theme_of(request.cookies).key,
            wanted=wanted,
            name=name[:64],
            problem=problem,
            has_operators=has_operators,
            is_guest_welcome=not self._doorkeeper.is_production,
        )
        return HTMLResponse(login_html(view), status, LOGIN_HEADERS)


def local_path(wanted: str) -> str:
    """Return where to go after signing in: a page of this console, else its first one."""
    return wanted if wanted not in {"", "/"} and _LOCAL_PATH.fullmatch(wanted) else HOME


async def _form_of(request: Request) -> _Form | None:
    """Read the form; None where it is larger than any such form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    first = {name: values[0] for name, values in fields.items()}
    wanted = local_path(first.get("next", ""))
    return _Form(first.get("name", ""), first.get("password", ""), wanted)
