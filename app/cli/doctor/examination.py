"""The whole examination: which checks are made, in which order, and what is skipped and why."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from rich.console import Console

from app import bootstrap
from app.api_wiring import api_account
from app.cli.doctor import local_checks
from app.cli.doctor.endpoint_checks import Probe, endpoint_findings
from app.cli.doctor.findings import Finding, Level, bad, skipped
from app.cli.doctor.platform_checks import api_findings, clock_findings
from app.cli.doctor.trace_checks import trace_findings
from app.cli.wechat_access import chosen, open_api
from app.domain.content import Account, Catalog
from app.errors import ContentError
from app.settings import Settings, account_settings
from app.settings_faults import Fault
from app.wechat.account import AccountSettings
from app.wechat.api.exchange import Exchange

_API_URL = "YIBAO_WECHAT_API_URL"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was called with."""

    account: str = ""
    """Empty: all."""
    url: str = ""
    verbose: bool = False


async def examine(settings: Settings, faults: Sequence[Fault], asked: Asked, out: Console) -> bool:
    """Print all findings; return whether nothing failed.

    Wrong settings are findings like others: what does not depend on them is looked at as well.

    Raises:
        SettingsError: There is no content folder, or no such account.
    """
    report = _Report(out, verbose=asked.verbose)
    if faults:
        report.section("设置", [bad(f.name, f.cause, f.remedy) for f in faults])
    catalog: Catalog | None = None
    accounts: tuple[Account, ...] = ()
    try:
        catalog = bootstrap.load(settings)
    except ContentError as error:
        report.section("部署", [_broken_content(error)])
    else:
        accounts = chosen(catalog, asked.account)
        now = bootstrap.clock_of(settings)()
        report.section("部署", local_checks.content_findings(settings, catalog, now))
    report.add(await local_checks.redis_findings(settings))
    report.add(await trace_findings(settings))
    if catalog is None:
        return report.close()
    wrong = {fault.name for fault in faults}
    report.add(await _platform_findings(settings, accounts, wrong))
    settings, known = _known(settings, catalog, report)
    for one in accounts:
        await _examine_account(_Subject(settings, one, known, wrong), asked.url, report)
    return report.close()


def _broken_content(error: ContentError) -> Finding:
    first = error.problems[0]
    where = f"{first.file}:{first.line} {first.message}"
    errors = sum(problem.level == "error" for problem in error.problems)
    return bad("内容", f"{errors} 个错误，第一个在 {where}", "运行 yibao lint 看每一处怎么改")


def _known(
    settings: Settings, catalog: Catalog, report: _Report
) -> tuple[Settings, Mapping[str, AccountSettings]]:
    """Return the accounts that are served; those that the content does not have are reported."""
    has = {name: own for name, own in settings.accounts.items() if name in catalog.accounts}
    for name in sorted(set(settings.accounts) - set(has)):
        there = "、".join(catalog.accounts)
        remedy = f"改正变量名里的账号，或在 intents/_accounts.yml 里写上；有：{there}"
        report.add([bad(f"YIBAO_ACCOUNTS__{name.upper()}__*", "内容里没有这个公众号", remedy)])
    settings = settings.model_copy(update={"accounts": has})
    return settings, account_settings(settings, tuple(catalog.accounts))


@dataclass(frozen=True, slots=True)
class _Subject:
    """One account under examination."""

    settings: Settings
    account: Account
    known: Mapping[str, AccountSettings]
    wrong: Collection[str]
    """Names of the settings that were reported already."""

    def is_wrong(self, what: str) -> bool:
        return f"YIBAO_ACCOUNTS__{self.account.id.upper()}__{what}" in self.wrong


async def _examine_account(subject: _Subject, url: str, report: _Report) -> None:
    settings, account = subject.settings, subject.account
    prefix = f"YIBAO_ACCOUNTS__{account.id.upper()}__"
    if account.id not in subject.known:
        why = f"没有设置 {prefix}*，这个号不对外服务"
        report.section(f"公众号 {account.id}", [skipped("全部", why)])
        return
    own = subject.known[account.id]
    # What is missing is reported already; in its place stands the sandbox's.
    told = {"AppID": "APP_ID", "Token": "TOKEN", "EncodingAESKey": "AES_KEY"}
    secrets = local_checks.secret_findings(settings, own)
    report.section(
        f"公众号 {account.id}",
        [f for f in secrets if not subject.is_wrong(told.get(f.what, ""))],
    )
    report.add(local_checks.capability_findings(settings, account))
    if any(subject.is_wrong(what) for what in told.values()):
        report.add([skipped("网址、端口、路径、TLS、Token、加密", "先改好“设置”里的各项")])
    else:
        report.add(await _endpoint(settings, own, url, subject.known))
    if api_account(settings, account.id) is None:
        remedy = (
            "要主动发消息、管菜单时才需要；在"
            f" {local_checks.CONSOLE} → AppSecret 生成，并把出口 IP 加进 API IP 白名单"
        )
        why = f"没有设置 {prefix}APP_SECRET"
        report.add([skipped("调用凭据、白名单、菜单", why, remedy)])
    elif subject.is_wrong("APP_SECRET") or subject.is_wrong("APP_ID") or _API_URL in subject.wrong:
        report.add([skipped("调用凭据、白名单、菜单", "先改好“设置”里的各项")])
    else:
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


async def _platform_findings(
    settings: Settings, accounts: tuple[Account, ...], wrong: Collection[str]
) -> list[Finding]:
    if _API_URL in wrong:
        return [skipped("微信接口、本机时钟", f"先改好 {_API_URL}")]
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

    def __init__(self, out: Console, *, verbose: bool) -> None:
        self._out = out
        self._verbose = verbose
        self._levels: list[Level] = []

    def section(self, title: str, findings: Iterable[Finding]) -> None:
        """Begin a part of the report."""
        self._out.print(title, markup=False, style="bold")
        self.add(findings)

    def add(self, findings: Iterable[Finding]) -> None:
        """Print findings."""
        for finding in findings:
            self._levels.append(finding.level)
            for line in finding.lines(verbose=self._verbose):
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
