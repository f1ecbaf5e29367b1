"""Which kind of account may do what; the bot asks here instead of meeting 48001.

Source: 接口权限说明 (the old table of four columns, still the only full one; recheck in
微信开发者平台 → 接口权限与额度); 客服消息; 生成带参数的二维码; 模板消息; 订阅通知. An unverified
account of an institution has no AppSecret since 2025 (开发接口管理升级说明) and so no API at all,
whatever the table grants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.channels import AccountKind, Capability

_ANY = frozenset({False, True})
_VERIFIED = frozenset({True})
_NONE: frozenset[bool] = frozenset()


@dataclass(frozen=True, slots=True)
class Grant:
    """For which accounts a capability is granted: accepted values of `verified` by kind."""

    subscription: frozenset[bool]
    service: frozenset[bool]
    source: str
    """Title of the page that says so, Chinese."""

    def covers(self, kind: AccountKind, *, verified: bool) -> bool:
        """Return whether an account of this kind has it."""
        accepted = self.service if kind is AccountKind.SERVICE else self.subscription
        return verified in accepted


GRANTS: Mapping[Capability, Grant] = MappingProxyType(
    {
        Capability.PASSIVE_REPLY: Grant(_ANY, _ANY, "接口权限说明"),
        Capability.ACCESS: Grant(_ANY, _ANY, "接口权限说明"),
        Capability.CALLBACK_IP: Grant(_ANY, _ANY, "获取微信推送服务器 IP"),
        Capability.CUSTOMER_SERVICE: Grant(_VERIFIED, _VERIFIED, "客服消息、接口权限说明"),
        Capability.MENU_API: Grant(_VERIFIED, _ANY, "接口权限说明"),
        Capability.MEDIA: Grant(_VERIFIED, _VERIFIED, "接口权限说明"),
        Capability.USER_INFO: Grant(_VERIFIED, _VERIFIED, "接口权限说明"),
        Capability.ONE_TIME_SUBSCRIPTION: Grant(_VERIFIED, _VERIFIED, "接口权限说明"),
        Capability.SUBSCRIPTION_NOTICE: Grant(_NONE, _VERIFIED, "订阅通知"),
        Capability.TEMPLATE_MESSAGE: Grant(_NONE, _VERIFIED, "模板消息"),
        Capability.SCENE_QR: Grant(_NONE, _VERIFIED, "生成带参数的二维码"),
        Capability.AGENTS: Grant(_NONE, _VERIFIED, "接口权限说明"),
    }
)
"""Every capability. 订阅通知: the page says 服务号; that it must be verified is our caution."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account is, as far as permissions go."""

    kind: AccountKind = AccountKind.SUBSCRIPTION
    verified: bool = False
    """Whether WeChat verified it (资质认证)."""

    @property
    def label(self) -> str:
        """Return e.g. `未认证订阅号`."""
        return f"{'已认证' if self.verified else '未认证'}{self.kind.value}"

    def may(self, capability: Capability) -> bool:
        """Return whether the account is granted the capability."""
        return GRANTS[capability].covers(self.kind, verified=self.verified)
