"""Keeps personal data out of the access log: query strings, and paths that look like any.

Queries carry the OpenID and valid signatures; a path is whatever a stranger asks for.
"""

from __future__ import annotations

import copy
import logging
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import LOGGING_CONFIG

from app.dialogue.privacy import mask_for_keeping

_PATH = 2
"""Place of the path in uvicorn's arguments: client, method, path with query, version, status."""

ACCESS_LOGGER = "yibao.access"
"""Where `logged` writes; uvicorn takes the handlers of its own away where it writes none."""
CALLBACKS = "/wechat/"
_OK = 200


class QueryStringFilter(logging.Filter):
    """Cuts the query off the path of a `uvicorn.access` record.

    Callbacks that were answered are left out: each has a line of its own, `turn`, that says more.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place, before any handler formats it."""
        args = record.args
        if isinstance(args, tuple) and len(args) > _PATH:
            path = str(args[_PATH]).partition("?")[0]
            if path.startswith(CALLBACKS) and args[-1] == _OK:
                return False
            plain = unquote(path)
            if mask_for_keeping(plain) != plain:
                path = "/…"
            record.args = (*args[:_PATH], path, *args[_PATH + 1 :])
        return True


_logger = logging.getLogger(ACCESS_LOGGER)


async def logged(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Let `app` answer, and log the request as uvicorn would.

    uvicorn itself makes a record for every request, callbacks too, most of which nobody wants.
    """

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            note_access(scope, message["status"])
        await send(message)

    await app(scope, receive, noting if scope["type"] == "http" else send)


def note_access(scope: Scope, status: int) -> None:
    """Log one request in uvicorn's form."""
    query = scope["query_string"].decode("latin-1")
    path = f"{scope['path']}?{query}" if query else scope["path"]
    client = ":".join(map(str, scope["client"])) if scope.get("client") else ""
    line = (client, scope["method"], path, scope["http_version"], status)
    _logger.info('%s - "%s %s HTTP/%s" %d', *line)


def access_log_config() -> dict[str, Any]:
    """Return uvicorn's logging configuration with the filter in place.

    Pass it as `uvicorn.run(…, log_config=access_log_config())`. The filter sits on the logger and
    so holds for any handler. A reverse proxy needs the same care (nginx: log `$uri`, not
    `$request`).
    """
    config: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    config.setdefault("filters", {})["no_query"] = {"()": QueryStringFilter}
    config["loggers"]["uvicorn.access"]["filters"] = ["no_query"]
    config["loggers"][ACCESS_LOGGER] = config["loggers"]["uvicorn.access"]
    return config
