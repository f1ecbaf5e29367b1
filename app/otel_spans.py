"""Spans kept by OpenTelemetry's SDK and sent as OTLP/HTTP from a thread of its own.

Only `trace_export` imports this, where an address is set: the libraries are the extra `tracing`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests  # noqa: TID251 - the exporter's own client, only used in the sending thread
import structlog
from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from app import __version__
from app.tracing import Span, Value

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HALF = 1 << 64
"""Of a trace id the lower half decides whether the trace is kept, as in OpenTelemetry's sampler."""
_LOOK_S = 0.02

_log = structlog.get_logger(__name__)

Dropped = Callable[[str, int], None]
"""Takes the reason, `unreachable` or `full`, and the number of spans."""


@dataclass(frozen=True, slots=True)
class ExportLimits:
    """Sizes in spans, times in seconds."""

    queue: int = 4096
    """About 4 MB; what comes beyond is dropped."""
    batch: int = 512
    every_s: float = 2.0
    send_s: float = 5.0
    """For one batch, tries included; only the sending thread waits for it."""
    close_s: float = 3.0
    """For what is left when the process ends."""


class OtelTracer:
    """Implements `Tracer`; owns the thread that sends.

    Args:
        url: Where collectors take spans, with its path.
        share: Of traces that are kept, 0 to 1.
        dropped: Counts spans that did not arrive; called from any thread.
        limits: Sizes and times.
    """

    def __init__(self, url: str, share: float, dropped: Dropped, limits: ExportLimits) -> None:
        self._limits = limits
        self._bar = round(share * _HALF)
        self._ids = _Ids()
        self._spool = _Spool(_exporter(url, limits.send_s), dropped, limits.queue)
        self._processor = BatchSpanProcessor(
            self._spool,
            max_queue_size=limits.queue,
            schedule_delay_millis=limits.every_s * 1000,
            max_export_batch_size=limits.batch,
        )
        provider = TracerProvider(
            ALWAYS_ON, _resource(), shutdown_on_exit=False, id_generator=self._ids
        )
        provider.add_span_processor(self._processor)
        self._tracer = provider.get_tracer("yibao", __version__)

    def begin(self, name: str, trace: str, since: float) -> Span | None:
        """Begin a trace; whether it is kept follows from its id alone."""
        number = int(trace, 16)
        if number % _HALF >= self._bar:
            return None
        offset_ns = time.time_ns() - time.perf_counter_ns()
        self._ids.wanted = number
        start_ns = offset_ns + int(since * 1e9)
        span = self._tracer.start_span(name, Context(), api.SpanKind.SERVER, start_time=start_ns)
        return _OtelSpan(self._tracer, self._spool, offset_ns, span)

    async def aclose(self) -> None:
        """Send what waits, for a bounded time; the thread dies with the process."""
        closing = threading.Thread(target=self._processor.shutdown, daemon=True)
        closing.start()
        clock = asyncio.get_running_loop().time
        until = clock() + self._limits.close_s
        while closing.is_alive() and clock() < until:  # noqa: ASYNC110 - a thread sets no event
            await asyncio.sleep(_LOOK_S)
        if closing.is_alive():
            _log.warning("traces_left_unsent", waited_s=self._limits.close_s)


class _OtelSpan:
    """Implements `Span`."""

    def __init__(self, tracer: api.Tracer, spool: _Spool, offset_ns: int, span: api.Span) -> None:
        self._tracer, self._spool = tracer, spool
        self._offset_ns = offset_ns
        """From `time.perf_counter` to the Unix time, the same for the whole trace."""
        self._span = span

    def child(self, name: str) -> Span:
        return self._child(name, time.perf_counter())

    def past(self, name: str, began: float, ended: float, **attributes: Value) -> None:
        part = self._child(name, began)
        part.note(**attributes)
        part.close(ended)

    def note(self, **attributes: Value) -> None:
        for name, value in attributes.items():
            self._span.set_attribute(f"yibao.{name}", value)

    def end(self, error: str = "") -> None:
        if error:
            self._span.set_status(api.StatusCode.ERROR, error)
        self.close(time.perf_counter())

    def close(self, ended: float) -> None:
        """End it at a moment; a span for which there is no room is dropped here."""
        if self._spool.admits():
            self._span.end(self._unix_ns(ended))

    def _child(self, name: str, began: float) -> _OtelSpan:
        inside = api.set_span_in_context(self._span, Context())
        span = self._tracer.start_span(name, inside, start_time=self._unix_ns(began))
        return _OtelSpan(self._tracer, self._spool, self._offset_ns, span)

    def _unix_ns(self, moment: float) -> int:
        return self._offset_ns + int(moment * 1e9)


class _Ids(RandomIdGenerator):
    """Gives a trace the id that its message has in the log."""

    wanted = 0

    def generate_trace_id(self) -> int:
        """Return the id that was set just before; traces begin on the event loop only."""
        return self.wanted


class _Spool(SpanExporter):
    """Counts what waits and what did not arrive."""

    def __init__(self, exporter: SpanExporter, dropped: Dropped, room: int) -> None:
        self._exporter = exporter
        self._dropped = dropped
        self._room = room
        self._waiting = 0
        self._lock = threading.Lock()
        self._told = False

    def admits(self) -> bool:
        """Take a place in the queue; False, and counted, where there is none."""
        with self._lock:
            if self._waiting < self._room:
                self._waiting += 1
                return True
        self._dropped("full", 1)
        return False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; one that cannot be sent is dropped, counted, and told of once."""
        result = self._exporter.export(spans)
        with self._lock:
            self._waiting -= len(spans)
        if result is SpanExportResult.SUCCESS:
            self._told = False
            return result
        self._dropped("unreachable", len(spans))
        if not self._told:
            self._told = True
            _log.warning("traces_not_sent", spans=len(spans), reason="收集器没有应答或拒绝了")
        return result

    def shutdown(self) -> None:
        """Close the connection."""
        self._exporter.shutdown()


def _exporter(url: str, send_s: float) -> SpanExporter:
    session = requests.Session()
    # A proxy for the world outside knows nothing of this machine.
    session.trust_env = urlsplit(url).hostname not in _LOOPBACK
    # It would log every try that failed; `traces_not_sent` says it once.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    return OTLPSpanExporter(url, timeout=send_s, session=session)


def _resource() -> Resource:
    return Resource.create(
        {
            "service.name": "yibao",
            "service.version": __version__,
            "service.instance.id": socket.gethostname(),
        }
    )
