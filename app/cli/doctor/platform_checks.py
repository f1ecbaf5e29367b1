"""Checks of the platform's side: reachability, clock, credentials, white list, menu."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from app.cli.doctor.endpoint_checks import skew_of
from app.cli.doctor.findings import Finding, bad, good, note, skipped
from app.cli.doctor.local_checks import CONSOLE
from app.domain.channels import Capability
from app.domain.content import Account
from app.errors import ApiTransportError, WeChatApiError
from app.network_causes import names_of
from app.wechat.api.client import WeChatApi
from app.wechat.api.exchange import Exchange
from app.wechat.menu_wire import difference, from_wire

_CALLBACK_IP = "/cgi-bin/getcallbackip"
_MENU_REMEDY = "运行 yibao menu push（启用服务器配置后，网站上配的菜单和自动回复就失效）"


async def clock_findings(exchange: Exchange, now: float, window_s: float) -> list[Finding]:
    """Ask the platform without credentials: does it answer, and how late is it there?"""
    try:
        received = await exchange.send("GET", _CALLBACK_IP)
    except ApiTransportError as error:
        port = urlsplit(exchange.base_url).port or 443
        remedy = f"放行到 {exchange.base_url} 的 {port} 端口；要走代理时设置 HTTPS_PROXY"
        return [bad("微信接口", error.message, remedy, names_of(error))]
    found = [good("微信接口", "连得上")]
    skew_s = skew_of(received.date, now)
    if skew_s is None:
        return [*found, skipped("本机时钟", "微信没有给出时间")]
    if abs(skew_s) > window_s / 2:
        remedy = "打开时间同步（chrony 或 systemd-timesyncd）：差得太多，微信的推送会被当作重放拒绝"
        return [*found, bad("本机时钟", f"与微信差 {-skew_s:.0f} 秒", remedy)]
    return [*found, good("本机时钟", f"与微信差 {abs(skew_s):.0f} 秒以内")]


async def api_findings(api: WeChatApi, account: Account) -> list[Finding]:
    """Check the credentials, then what users see; stops where the platform refuses."""
    try:
        token = await api.token()
    except WeChatApiError as error:
        return [bad("调用凭据", f"{error.message}{_code(error)}", error.remedy)]
    minutes = (token.expires_at - token.fetched_at) / 60
    found = [good("调用凭据", f"AppID、AppSecret 和白名单都对，凭据有效 {minutes:.0f} 分钟")]
    try:
        addresses = await api.callback_ips()
        found.append(good("微信服务器地址", f"{len(addresses)} 个，可用来限制来源"))
        found += await _menu_findings(api, account)
    except WeChatApiError as error:
        found.append(bad("接口调用", f"{error.message}{_code(error)}", error.remedy))
    return found


def _code(error: WeChatApiError) -> str:
    return f"（错误码 {error.errcode}）" if error.errcode else ""


async def _menu_findings(api: WeChatApi, account: Account) -> list[Finding]:
    if account.menu is None:
        return [skipped("菜单", "intents/menu.yml 里没有这个号的菜单")]
    if not api.may(Capability.MENU_API):
        return [note("菜单", f"{api.standing.label}不能用接口建菜单", _no_menu_remedy())]
    shown = await api.shown_menu()
    return list(_compare(account, shown))


def _compare(account: Account, shown: dict[str, object]) -> Iterator[Finding]:
    present = from_wire(shown)
    if shown.get("is_menu_open") == 0 or not present.buttons:
        yield bad("菜单", "家长看不到菜单", _MENU_REMEDY)
        return
    changes = difference(account.menu, present) if account.menu else ()
    if changes:
        remedy = f"运行 yibao menu diff {account.id} 看差别，yibao menu push 推送"
        yield note("菜单", f"与 intents/menu.yml 有 {len(changes)} 处不同", remedy)
    else:
        yield good("菜单", "与 intents/menu.yml 相同")


def _no_menu_remedy() -> str:
    return (
        "启用服务器配置后，网站上配的菜单会失效，家长看不到菜单；"
        f"做了微信认证才能用接口建（{CONSOLE} → 接口权限与额度）"
    )
