"""Whether and where traces are exported; the libraries are imported only where they are.

Extra `tracing` (docs/adr/0026).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.errors import SettingsError
from app.tracing import Tracer

if TYPE_CHECKING:
    from app.otel_spans import ExportLimits

PATH = "/v1/traces"
"""Where collectors take spans by HTTP. Source: OTLP specification, “OTLP/HTTP request”."""


def uncounted(_reason: str, _spans: int) -> None:
    """Count nothing."""


def traces_endpoint(url: str) -> str:
    """Return the address that spans are sent to; the usual path is added where there is none.

    Raises:
        SettingsError: It is no address, or the extra `tracing` is not installed.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise SettingsError(
            "YIBAO_TRACES_URL 应是收集器的 OTLP/HTTP 地址，不含账号和密码，"
            "例如 http://otel-collector:4318"
        )
    if not installed():
        raise SettingsError(
            "YIBAO_TRACES_URL 需要先安装扩展，在程序目录里：pip install '.[tracing]'"
        )
    return url if parts.path.strip("/") else url.rstrip("/") + PATH


def installed() -> bool:
    """Say whether the extra is there."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:  # a package above it
        return False


@asynccontextmanager
async def traces(
    url: str,
    share: float,
    dropped: Callable[[str, int], None] = uncounted,
    limits: ExportLimits | None = None,
) -> AsyncIterator[Tracer | None]:
    """Export spans as long as the block runs, and what is left for a bounded time after it.

    Args:
        url: The collector's; empty: nothing is traced, and the block gets None.
        share: Of traces that are kept, 0 to 1.
        dropped: Takes a reason (`unreachable`, `full`) and how many spans did not arrive; called
            from any thread.
        limits: Sizes and times.

    Raises:
        SettingsError: See `traces_endpoint`.
    """
    if not url:
        yield None
        return
    endpoint = traces_endpoint(url)
    from app.otel_spans import ExportLimits, OtelTracer

    tracer = OtelTracer(endpoint, share, dropped, limits or ExportLimits())
    try:
        yield tracer
    finally:
        await tracer.aclose()
