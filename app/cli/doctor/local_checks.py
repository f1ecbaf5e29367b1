"""Checks that need no network but Redis: content, secrets, store, permissions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime

from app import bootstrap
from app.api_wiring import api_account, standing_of
from app.cli.doctor.findings import Finding, Level, bad, good, masked, note, skipped
from app.content.lint import lint
from app.dialogue.texts import TEXT_KEYS
from app.domain.channels import Capability
from app.domain.content import Account, Catalog
from app.errors import AppError, SettingsError
from app.knowledge.expiry import start_up_warnings
from app.network_causes import cause_of, names_of
from app.settings import Settings
from app.state.addresses import Kind, read_address
from app.state.store import connect
from app.state.survey import survey
from app.wechat.account import AccountSettings
from app.wechat.capabilities import GRANTS, Standing
from app.wechat.crypto import decode_aes_key

CONSOLE = (
    "微信开发者平台（developers.weixin.qq.com/platform）→ 我的业务 → 公众号或服务号 → 基础信息"
)
PUSH = f"{CONSOLE} → 消息推送"
_REDIS_S = 3.0
_APP_ID = re.compile(r"wx[0-9a-f]{16}")
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_PURPOSE = {
    Capability.PASSIVE_REPLY: "5 秒内回答",
    Capability.CUSTOMER_SERVICE: "答得慢时补发、正在输入、人工消息；没有时用“查看回复”",
    Capability.MENU_API: "yibao menu；没有时家长看不到菜单，靠欢迎语和“帮助”",
    Capability.MEDIA: "读家长发来的截图；没有时请家长打字",
    Capability.SCENE_QR: "yibao qrcode；没有时用普通二维码",
    Capability.SUBSCRIPTION_NOTICE: "缴费提醒",
    Capability.AGENTS: "转给指定的客服",
}
"""What the bot does with a capability; the others it does not use."""


def content_findings(settings: Settings, catalog: Catalog, now: datetime) -> Iterator[Finding]:
    """Check the content as lint does, and what is about to expire."""
    problems = lint(bootstrap.content_root(settings), TEXT_KEYS)
    errors = sum(problem.level == "error" for problem in problems)
    if errors:
        yield bad("内容", f"{errors} 个错误", "运行 yibao lint 看每一处怎么改")
    else:
        yield good("内容", f"{len(catalog.intents)} 个意图，版本 {catalog.revision[:12]}")
    for warning in start_up_warnings(catalog, now):
        yield note("内容期限", warning, "运行 yibao expiring 看明细，请业务科室确认新规定")


_KINDS = {Kind.SINGLE: "单机", Kind.SENTINEL: "哨兵（Sentinel）", Kind.CLUSTER: "集群"}


async def redis_findings(settings: Settings) -> list[Finding]:
    """Check that the configured Redis answers in time."""
    if settings.redis_url is None:
        why = "没有配置 YIBAO_REDIS_URL，服务启动时自带一个私有的 Redis"
        if not settings.is_production:
            return [skipped("Redis", why)]
        return [note("Redis", why, "要多开几个进程或几台机器时，设置 YIBAO_REDIS_URL")]
    url = settings.redis_url.get_secret_value()
    remedy = "检查 YIBAO_REDIS_URL 的主机、端口、密码，以及 Redis 是否在运行、防火墙是否放行"
    try:
        faults = await survey(read_address(url))
        found = [(bad if f.is_fatal else note)("Redis", f.seen, f.remedy) for f in faults]
        if any(fault.is_fatal for fault in faults):
            return found
        async with asyncio.timeout(_REDIS_S):
            store = connect(url)
            try:
                spent_ms = await store.ping()
            finally:
                await store.close()
    except (AppError, TimeoutError, OSError) as error:
        # An OSError's text may quote the address and with it a password.
        seen = str(error) if isinstance(error, AppError) else f"连不上：{cause_of(error)}"
        return [bad("Redis", seen, remedy, names_of(error))]
    kind = _KINDS[store.kind]
    if spent_ms > 50:
        slow = f"{kind}，一次往返 {spent_ms:.0f} 毫秒，太慢"
        return [*found, note("Redis", slow, "把 Redis 放在同一机房")]
    return [*found, good("Redis", f"{kind}，一次往返 {spent_ms:.1f} 毫秒")]


def secret_findings(settings: Settings, account: AccountSettings) -> Iterator[Finding]:
    """Check AppID, Token, EncodingAESKey and AppSecret, as far as can be seen here."""
    if settings.accounts.get(account.id) is None:
        yield note(
            "密钥",
            "sandbox：用的是公开的测试密钥，只能在本机试用",
            "正式使用时设置 YIBAO_ENV=production 和 "
            f"YIBAO_ACCOUNTS__{account.id.upper()}__APP_ID、__TOKEN、__AES_KEY",
        )
        return
    if _APP_ID.fullmatch(account.app_id):
        yield good("AppID", account.app_id)
    else:
        yield note("AppID", f"{account.app_id} 不像 AppID（wx 加 16 位）", f"照抄 {CONSOLE}")
    if _TOKEN.fullmatch(account.token):
        yield good("Token", masked(account.token))
    else:
        yield note("Token", "不是 3 到 32 位字母数字，后台可能不收", f"在 {PUSH} 换一个，两边一致")
    yield _aes_finding(account)
    secret = settings.accounts[account.id].app_secret.get_secret_value()
    if secret:
        yield good("AppSecret", masked(secret))


def _aes_finding(account: AccountSettings) -> Finding:
    if not account.aes_keys:
        remedy = f"在 {PUSH} 选安全模式，把 EncodingAESKey 填到 __AES_KEY"
        return note("EncodingAESKey", "没有设置，消息以明文传送", remedy)
    try:
        for key in account.aes_keys:
            decode_aes_key(key)
    except SettingsError as error:
        return bad("EncodingAESKey", str(error), f"到 {PUSH} 重新复制")
    rotating = "，连同上一把" if len(account.aes_keys) > 1 else ""
    return good("EncodingAESKey", f"已设置{rotating}")


def capability_findings(settings: Settings, account: Account) -> Iterator[Finding]:
    """Show what this kind of account may do, and what the bot does without."""
    standing = standing_of(settings, account)
    yield Finding(Level.GOOD, "公众号类型", standing.label, _type_remedy(standing))
    has_secret = api_account(settings, account.id) is not None
    for capability, purpose in _PURPOSE.items():
        if not standing.may(capability):
            yield skipped(capability.value, f"{standing.label}没有这项权限（{purpose}）")
        elif has_secret or capability is Capability.PASSIVE_REPLY:
            source = GRANTS[capability].source
            yield good(capability.value, f"{purpose}。依据：{source}")
        else:
            yield skipped(capability.value, f"没有设置 AppSecret（{purpose}）")


def _type_remedy(standing: Standing) -> str:
    where = "与公众平台首页不符时，改 intents/_accounts.yml 的 type 和 verified"
    if standing.verified:
        return where
    path = "mp.weixin.qq.com → 设置与开发 → 账号设置 → 微信认证"
    return f"{where}；做了微信认证才能主动发消息（{path}）"
