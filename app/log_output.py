"""How the log is written: for people, or one JSON object a line with the turn it belongs to.

`bound_turn` names the message for everything that is logged while it is answered, in whatever
module: an id that is the same on all replicas and for WeChat's retries, and the hashed OpenID.
Neither says who the parent is, and no message text is logged anywhere.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from enum import StrEnum
from pathlib import PurePath
from types import TracebackType
from typing import Any

import msgspec
import structlog
from structlog.dev import plain_traceback
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import EventDict, Processor, WrappedLogger

_USER_DIGITS = 16


def _told(value: object) -> str:
    """Return what stands in a line for what JSON does not have."""
    return str(value) if isinstance(value, PurePath) else repr(value)


_encoder = msgspec.json.Encoder(enc_hook=_told)
_bound: ContextVar[Mapping[str, str]] = ContextVar("bound", default={})  # noqa: B039 - never changed


class LogFormat(StrEnum):
    """How the log is written (docs/metrics.md)."""

    CONSOLE = "console"
    JSON = "json"


def bound_turn(ticket: str, user: str) -> AbstractContextManager[None]:
    """Return a block in which log lines carry the message's trace id and its hashed user.

    Args:
        ticket: The delivery's public name, 32 hex digits: also the id of its trace.
        user: A salted hash of the OpenID, never the OpenID.
    """
    return _Bound({"trace": ticket, "user": user[:_USER_DIGITS]})


def bound_trace(trace: str) -> AbstractContextManager[None]:
    """Return a block in which log lines carry the id of a trace that is no message's."""
    return _Bound({"trace": trace})


class _Bound:
    """A block whose log lines, and those of tasks begun in it, carry some names more.

    structlog's own way keeps a context variable for each and looks at all there are for each line.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def __enter__(self) -> None:
        self._token = _bound.set({**_bound.get(), **self._names})

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _exc: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        _bound.reset(self._token)


def _with_bound(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name, value in _bound.get().items():
        event.setdefault(name, value)
    return event


def configure_log(*, as_json: bool) -> None:
    """Set how this process logs; called once, where a server starts."""
    if not as_json:
        structlog.configure(processors=_for_people())
        return
    structlog.configure(
        processors=[*_shared(), *_json()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Not print: without a buffer, as in the image, it would write the newline by itself.
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )


def keep_loggers() -> None:
    """Let loggers keep their configuration: for a process that never changes it again."""
    structlog.configure(cache_logger_on_first_use=True)


def server_log_config(config: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Return uvicorn's logging configuration in the same format; `config` is not changed."""
    if not as_json:
        return config
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _shared(),
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_json()],
    }
    return {**config, "formatters": dict.fromkeys(config["formatters"], formatter)}


def _shared() -> list[Processor]:
    return [_with_bound, structlog.processors.add_log_level, _Stamp()]


class _Stamp:
    """Adds the time, ISO 8601 in UTC with microseconds.

    structlog's makes a date for each line; here a second is written out once.
    """

    def __init__(self) -> None:
        self._known = (-1, "")
        """The last second and its text; one value, since threads log, too."""

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        second, rest = divmod(time.time_ns() // 1000, 1_000_000)
        known, text = self._known
        if second != known:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._known = (second, text)
        event["timestamp"] = f"{text}.{rest:06}Z"
        return event


def _for_people() -> list[Processor]:
    """Return structlog's own defaults, except that a traceback shows no values of variables.

    A parent's words, an OpenID or a key may be among them.
    """
    *before, _ = structlog.get_config()["processors"]
    return [
        _with_bound,
        *before,
        structlog.dev.ConsoleRenderer(exception_formatter=plain_traceback),
    ]


def _json() -> list[Processor]:
    return [
        # Local variables hold secrets and what parents wrote.
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        _json_line,
    ]


def _json_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Return the event as JSON; structlog's own renderer makes an encoder for every line."""
    try:
        return _encoder.encode(event).decode()
    except ValueError:  # half a surrogate pair: escaped
        return json.dumps(event, default=_told)
