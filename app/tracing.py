"""Spans of a message (docs/metrics.md): the port, and the span that the running task is in.

Nothing here knows who keeps the spans. Where traces are off, or a message is not sampled, there is
no span, and each place that would note one finds `None` and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from types import TracebackType
from typing import Protocol

Value = str | int | float | bool | list[str]
"""Of an attribute: an account, a decision, a number; never a user or a text."""


class Span(Protocol):
    """A stretch of work with a name. All times are seconds of `time.perf_counter`."""

    def child(self, name: str) -> Span:
        """Begin a part of the work now."""
        ...

    def past(self, name: str, began: float, ended: float, **attributes: Value) -> None:
        """Note a part that is over."""
        ...

    def note(self, **attributes: Value) -> None:
        """Note what is known about the work."""
        ...

    def end(self, error: str = "") -> None:
        """End it now; `error` is the class of what was raised, never its text."""
        ...


class Tracer(Protocol):
    """Begins traces."""

    def begin(self, name: str, trace: str, since: float) -> Span | None:
        """Begin the first span of a trace; None where the trace is not kept.

        Args:
            name: What is done.
            trace: 32 hex digits, as in the log; the same trace is kept by all replicas or by none.
            since: When it began.
        """
        ...


_span: ContextVar[Span | None] = ContextVar("span", default=None)
_UNTRACED: AbstractContextManager[None] = nullcontext()


def current() -> Span | None:
    """Return the span that this task, or the one that began it, is in."""
    return _span.get()


def note(**attributes: Value) -> None:
    """Note something about the current span, where there is one."""
    span = _span.get()
    if span is not None:
        span.note(**attributes)


def ended(name: str, seconds: float, **attributes: Value) -> None:
    """Note a part of the current span that took `seconds` and is over now."""
    span = _span.get()
    if span is not None:
        now = time.perf_counter()
        span.past(name, now - seconds, now, **attributes)


def step(name: str) -> AbstractContextManager[None]:
    """Return a block that is a part of the current span; nothing where there is none."""
    span = _span.get()
    return _UNTRACED if span is None else _Step(span, name)


@contextmanager
def inside(span: Span | None) -> Iterator[None]:
    """Make `span` the current one in the block, and end it after."""
    if span is None:
        yield
        return
    token = _span.set(span)
    error = ""
    try:
        yield
    except BaseException as exc:
        error = type(exc).__name__
        raise
    finally:
        _span.reset(token)
        span.end(error)


class _Step:
    """A block that is a part of a span."""

    def __init__(self, parent: Span, name: str) -> None:
        self._parent, self._name = parent, name

    def __enter__(self) -> None:
        self._span = self._parent.child(self._name)
        self._token = _span.set(self._span)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _span.reset(self._token)
        self._span.end(kind.__name__ if kind is not None else "")
