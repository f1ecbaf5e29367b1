"""What an official account may do towards a user, and how often.

Facts of the platform as values: kinds of account, what opens a window for customer-service
messages (客服消息) and how large it is, and the ways by which a reply can reach a parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class AccountKind(StrEnum):
    """The two kinds of official account; since 2025 the documents call a 订阅号 公众号."""

    SUBSCRIPTION = "订阅号"
    SERVICE = "服务号"


class Capability(StrEnum):
    """Something that only some accounts may do; the value is what operators read."""

    PASSIVE_REPLY = "被动回复"
    ACCESS = "调用凭据"
    CALLBACK_IP = "查询微信服务器地址"
    CUSTOMER_SERVICE = "客服消息"
    MENU_API = "自定义菜单接口"
    MEDIA = "素材接口"
    USER_INFO = "用户管理"
    ONE_TIME_SUBSCRIPTION = "一次性订阅消息"
    SUBSCRIPTION_NOTICE = "订阅通知"
    TEMPLATE_MESSAGE = "模板消息"
    SCENE_QR = "带参数的二维码"
    AGENTS = "多客服管理"


class Trigger(StrEnum):
    """What a user did that allows customer-service messages."""

    MESSAGE = "message"
    MENU = "menu"
    """CLICK, scancode_push, scancode_waitmsg only; a tapped link of a menu does not count."""
    FOLLOW = "follow"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many customer-service messages a trigger allows, and for how long."""

    messages: int
    valid_s: int


ALLOWANCES: Mapping[Trigger, Allowance] = MappingProxyType(
    {
        Trigger.MESSAGE: Allowance(5, 48 * 3600),
        Trigger.MENU: Allowance(3, 60),
        Trigger.FOLLOW: Allowance(3, 60),
        Trigger.SCAN: Allowance(3, 60),
    }
)
"""Source: 客服消息介绍 (doc/subscription/guide/product/kf/intro.md), the same for both kinds of
account; older texts say 20 messages. Payments, unlimited for 48 h, are not ours."""


class Channel(StrEnum):
    """How a reply reaches the parent, best first."""

    PASSIVE = "passive"
    """In the answer to the callback that is still open."""
    CUSTOMER_SERVICE = "customer_service"
    """Pushed later by the API."""
    VIEW_REPLY = "view_reply"
    """The callback is answered with a tappable line that fetches the reply (查看回复)."""
    NEXT_VISIT = "next_visit"
    """Kept until the parent writes again."""
