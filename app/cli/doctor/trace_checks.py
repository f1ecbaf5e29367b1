"""Whether the collector of traces answers, where one is set."""

from __future__ import annotations

import httpx

from app.cli.doctor.findings import Finding, good, note, skipped
from app.errors import SettingsError
from app.network_causes import cause_of, names_of
from app.settings import Settings
from app.trace_export import traces_endpoint

_COLLECTOR_S = 3.0
_NO_SPANS = b""
"""An `ExportTraceServiceRequest` without spans, as protobuf."""


async def trace_findings(settings: Settings) -> list[Finding]:
    """Send the collector no spans; that it does not answer is no fault of the bot's."""
    if not settings.traces_url:
        return [skipped("追踪", "没有设置 YIBAO_TRACES_URL")]
    try:
        endpoint = traces_endpoint(settings.traces_url)
    except SettingsError as error:
        return [skipped("追踪", str(error))]
    remedy = "检查 YIBAO_TRACES_URL 的主机和端口（OTLP/HTTP 一般是 4318）；收不到追踪不影响回答"
    headers = {"Content-Type": "application/x-protobuf"}
    try:
        async with httpx.AsyncClient(timeout=_COLLECTOR_S, trust_env=False) as client:
            answer = await client.post(endpoint, content=_NO_SPANS, headers=headers)
    except httpx.HTTPError as error:
        return [note("追踪", f"连不上收集器：{cause_of(error)}", remedy, names_of(error))]
    if answer.status_code != httpx.codes.OK:
        return [note("追踪", f"收集器回答 HTTP {answer.status_code}", remedy)]
    return [good("追踪", f"收集器在，导出 {settings.traces_share:.0%} 的消息")]
