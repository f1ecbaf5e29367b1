"""The menu below the chat window of an account (自定义菜单), as a value.

At most three buttons, each with an action or up to five buttons of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ButtonKind(StrEnum):
    """What a tap does."""

    CLICK = "click"
    """Sends the account a key."""
    VIEW = "view"
    """Opens a page."""
    MINI_PROGRAM = "miniprogram"
    OTHER = "other"
    """A kind that our files do not have; met only on the platform."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button, or a group that opens upward."""

    name: str
    kind: ButtonKind | None = None
    """None for a group."""
    key: str = ""
    """CLICK: what is sent back, see `click_key`. OTHER: kind and value as the platform has them."""
    url: str = ""
    """VIEW: the page. MINI_PROGRAM: the page for old clients."""
    app_id: str = ""
    page_path: str = ""
    children: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """The whole menu."""

    buttons: tuple[Button, ...]


FLOW_PREFIX = "flow:"
COMMAND_PREFIX = "command:"


def click_key(*, intent: str = "", flow: str = "", command: str = "") -> str:
    """Return the key of a CLICK button: an intent's id as it is, others with their prefix."""
    if intent:
        return intent
    return f"{FLOW_PREFIX}{flow}" if flow else f"{COMMAND_PREFIX}{command}"
