"""The webhook process: `create_app(settings)`, its lifespan, health and metrics."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app import __version__
from app.errors import StateUnavailableError
from app.knowledge.expiry import counts
from app.runtime import Runtime, open_runtime
from app.settings import Settings, load_settings
from app.webhook.access_log import logged
from app.webhook.router import PREFIX, Callbacks

_PING_S = 2.0
"""Probes wait 3 s: one that gets no answer would not hear the reason either."""


def create_app(
    settings: Settings | None = None, opened: Callable[[], None] = lambda: None
) -> FastAPI:
    """Return the application; content and Redis are opened when it starts.

    Args:
        settings: The deployment's; None: those of the environment.
        opened: Called when everything is open.

    Raises:
        SettingsError: Configuration is wrong (before anything is opened).
    """
    chosen = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_runtime(chosen) as runtime:
            app.state.runtime = runtime
            opened()
            yield
            await runtime.callbacks.aclose()

    app = _Application(
        title="yibao",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_api_route("/readyz", readyz, methods=["GET"])
    app.add_api_route("/metrics", metrics, methods=["GET"])
    return app


def create_server() -> FastAPI:
    """Return the application of a process that serves nothing else.

    Raises:
        SettingsError: See `create_app`.
    """
    return create_app(opened=spare_from_collection)


def spare_from_collection() -> None:
    """Take what is there now, mostly content that stays, out of the garbage collector's sight.

    A full collection walks all of the content while every parent waits. What becomes garbage later
    is still found; what is there now is, when newer content takes its place (`heap.release`).
    """
    gc.collect()
    gc.freeze()
    # A message leaves nothing that refers to itself: looking for it every 700 objects finds none.
    gc.set_threshold(10_000, 20, 20)


class _Application(FastAPI):
    """Hands callbacks on at once; everything else goes through FastAPI's middleware and routes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            callbacks: Callbacks = self.state.runtime.callbacks
            await callbacks(scope, receive, send)
        else:
            await logged(super().__call__, scope, receive, send)


def runtime_of(request: Request) -> Runtime:
    """Return the process's runtime."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def healthz() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok", "version": __version__}


async def readyz(request: Request) -> JSONResponse:
    """Say whether catalog and store are there, and why not."""
    runtime = runtime_of(request)
    reasons = []
    try:
        async with asyncio.timeout(_PING_S):
            await runtime.store.ping()
    except (StateUnavailableError, TimeoutError):
        reasons.append("Redis 没有响应：单句问题照常回答，多轮对话暂时不可用")
    runtime.metrics.store(up=not reasons)
    published = runtime.live.published
    body = {
        "status": "unavailable" if reasons else "ok",
        "revision": runtime.assistant.catalog.revision,
        "number": published.number if published else None,
        "published_at": published.at.isoformat() if published else None,
        "age_s": age_s(runtime),
        "problem": runtime.live.problem,
        "reasons": reasons,
        "warnings": list(runtime.warnings()),
    }
    return JSONResponse(body, status_code=503 if reasons else 200)


def age_s(runtime: Runtime) -> float:
    """Return how long ago the served content was published, in seconds; 0 where not known."""
    published = runtime.live.published
    return max(0.0, (runtime.now() - published.at).total_seconds()) if published else 0.0


async def metrics(request: Request) -> Response:
    """Return Prometheus metrics; what has expired is counted anew: a process runs for long."""
    runtime = runtime_of(request)
    catalog, published = runtime.assistant.catalog, runtime.live.published
    number = published.number if published else 0
    runtime.metrics.catalog(catalog.revision)
    runtime.metrics.reloads.served(catalog.revision, number, age_s(runtime))
    runtime.metrics.content(counts(runtime.assistant.catalog, runtime.now()))
    return Response(runtime.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
