"""Which pushes open a window for customer-service messages.

Source: 客服消息介绍: a message; a menu's CLICK, scancode_push and scancode_waitmsg; following;
scanning.
"""

from __future__ import annotations

from app.domain.channels import Trigger
from app.wechat.inbound import Inbound

_EVENTS = {
    "click": Trigger.MENU,
    "scancode_push": Trigger.MENU,
    "scancode_waitmsg": Trigger.MENU,
    "subscribe": Trigger.FOLLOW,
    "scan": Trigger.SCAN,
}


def trigger_of(inbound: Inbound) -> Trigger | None:
    """Return what the push allows, or None for events that allow nothing (VIEW, LOCATION …)."""
    return _EVENTS.get(inbound.event) if inbound.event else Trigger.MESSAGE
