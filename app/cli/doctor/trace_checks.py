"""Whether the collector of traces answers, where one is set."""

from __future__ import annotations

import httpx

from app.cli.doctor.findings import Finding, good, note, skipped
from app.settings import Settings
from app.trace_export import traces_endpoint

_COLLECTOR_S = 3.0
_NO_SPANS = b""
"""An `ExportTraceServiceRequest` without spans, as protobuf."""


async def trace_findings(settings: Settings) -> list[Finding]:
    """Send the collector no spans; that it does not answer is no fault of the bot's."""
    if not settings.traces_url:
        return [skipped("追踪", "没有设置 YIBAO_TRACES_URL")]
    endpoint = traces_endpoint(settings.traces_url)
    remedy = "检查 YIBAO_TRACES_URL 的主机和端口（OTLP/HTTP 一般是 4318）；收不到追踪不影响回答"
    headers = {"Content-Type": "application/x-protobuf"}
    try:
        async with httpx.AsyncClient(timeout=_COLLECTOR_S, trust_env=False) as client:
            answer = await client.post(endpoint, content=_NO_SPANS, headers=headers)
    except httpx.HTTPError as error:
        return [note("追踪", f"收集器没有应答（{type(error).__name__}）", remedy)]
    if answer.status_code != httpx.codes.OK:
        return [note("追踪", f"收集器回答 HTTP {answer.status_code}", remedy)]
    return [good("追踪", f"收集器在，导出 {settings.traces_share:.0%} 的消息")]
