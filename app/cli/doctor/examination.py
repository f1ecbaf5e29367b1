"""The whole examination: which checks are made, in which order, and what is skipped and why."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import urlsplit

from rich.console import Console

from app import bootstrap
from app.api_wiring import api_account
from app.cli.doctor import local_checks
from app.cli.doctor.endpoint_checks import Probe, endpoint_findings
from app.cli.doctor.findings import Finding, Level, skipped
from app.cli.doctor.platform_checks import api_findings, clock_findings
from app.cli.doctor.trace_checks import trace_findings
from app.cli.wechat_access import chosen, open_api
from app.domain.content import Account
from app.settings import Settings, account_settings
from app.wechat.account import AccountSettings
from app.wechat.api.exchange import Exchange


async def examine(settings: Settings, account: str, url: str, out: Console) -> bool:
    """Print all findings; return whether nothing failed.

    Raises:
        ContentError: The content cannot be loaded; `yibao lint` says the same.
        SettingsError: No such account, or its settings do not fit.
    """
    catalog = bootstrap.load(settings)
    accounts = chosen(catalog, account)
    known = account_settings(settings, tuple(catalog.accounts))
    report = _Report(out)
    now = bootstrap.clock_of(settings)()
    report.section("部署", local_checks.content_findings(settings, catalog, now))
    report.add(await local_checks.redis_findings(settings))
    report.add(await trace_findings(settings))
    report.add(await _platform_findings(settings, accounts))
    for one in accounts:
        if one.id not in known:
            why = f"没有设置 YIBAO_ACCOUNTS__{one.id.upper()}__*，这个号不对外服务"
            report.section(f"公众号 {one.id}", [skipped("全部", why)])
            continue
        await _examine_account(settings, one, known, url, report)
    return report.close()


async def _examine_account(
    settings: Settings,
    account: Account,
    known: Mapping[str, AccountSettings],
    url: str,
    report: _Report,
) -> None:
    report.section(
        f"公众号 {account.id}", local_checks.secret_findings(settings, known[account.id])
    )
    report.add(local_checks.capability_findings(settings, account))
    report.add(await _endpoint(settings, known[account.id], url, known))
    if api_account(settings, account.id) is None:
        why = f"没有设置 YIBAO_ACCOUNTS__{account.id.upper()}__APP_SECRET"
        remedy = (
            "要主动发消息、管菜单时才需要；在"
            f" {local_checks.CONSOLE} → AppSecret 生成，并把出口 IP 加进 API IP 白名单"
        )
        report.add([skipped("调用凭据、白名单、菜单", why, remedy)])
        return
    async with open_api(settings, account) as api:
        report.add(await api_findings(api, account))


async def _endpoint(
    settings: Settings, known: AccountSettings, url: str, others: Collection[str]
) -> list[Finding]:
    if not url:
        remedy = "加上 --url 和后台填写的地址，例如 --url https://example.org/wechat/" + known.id
        return [skipped("网址、端口、路径、TLS、Token、加密", "没有写 --url", remedy)]
    named = urlsplit(url).path.rpartition("/wechat/")[2]
    if named != known.id and named in others:
        return [skipped("网址", f"--url 是公众号 {named} 的地址")]
    whole = url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/wechat/{known.id}"
    now = time.time()  # noqa: TID251 - what WeChat would sign with
    return await endpoint_findings(Probe(known, whole, now, settings.timestamp_window_s))


async def _platform_findings(settings: Settings, accounts: tuple[Account, ...]) -> list[Finding]:
    if all(api_account(settings, account.id) is None for account in accounts):
        return [skipped("微信接口、本机时钟", "没有一个公众号设置了 AppSecret，不连外网")]
    exchange = Exchange(settings.wechat_api_url)
    try:
        now = time.time()  # noqa: TID251 - the very clock that is checked
        return await clock_findings(exchange, now, settings.timestamp_window_s)
    finally:
        await exchange.aclose()


class _Report:
    """Prints findings as they come and counts them."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._levels: list[Level] = []

    def section(self, title: str, findings: Iterable[Finding]) -> None:
        """Begin a part of the report."""
        self._out.print(title, markup=False, style="bold")
        self.add(findings)

    def add(self, findings: Iterable[Finding]) -> None:
        """Print findings."""
        for finding in findings:
            self._levels.append(finding.level)
            for line in finding.lines():
                self._out.print(line, markup=False)

    def close(self) -> bool:
        """Print the sum; return whether nothing failed."""
        counts = {level: self._levels.count(level) for level in Level}
        self._out.print(
            f"通过 {counts[Level.GOOD]}，提醒 {counts[Level.NOTE]}，"
            f"不通过 {counts[Level.BAD]}，跳过 {counts[Level.SKIPPED]}。",
            markup=False,
        )
        return counts[Level.BAD] == 0
