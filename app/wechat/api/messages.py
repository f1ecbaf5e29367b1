"""Bodies of customer-service messages (客服消息), as the platform wants them.

Source: 发送客服消息 (api_sendcustommessage); msgmenu's ids come back as `bizmsgmenuid`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.wechat.parts import TEXT_LIMIT_BYTES, byte_length

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of a msgmenu that can be tapped."""

    id: str
    content: str
    """Shown, and sent back as the user's text."""


@dataclass(frozen=True, slots=True)
class Article:
    """A link with a picture; one a message (45008 otherwise)."""

    title: str
    description: str
    url: str
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class MiniProgram:
    """A card of a mini program that is bound to the account."""

    title: str
    app_id: str
    page_path: str
    thumb_media_id: str


def text(content: str) -> Body:
    """Return a text message.

    Raises:
        ValueError: Blank, or longer than 2,048 UTF-8 bytes (45002 otherwise).
    """
    _check_text(content)
    return {"msgtype": "text", "text": {"content": content}}


def image(media_id: str) -> Body:
    """Return an image that was uploaded or came from a user; it lives three days."""
    return {"msgtype": "image", "image": {"media_id": media_id}}


def news(article: Article) -> Body:
    """Return a link with title, description and picture."""
    item = {
        "title": article.title,
        "description": article.description,
        "url": article.url,
        "picurl": article.picture_url,
    }
    return {"msgtype": "news", "news": {"articles": [item]}}


def mini_program(card: MiniProgram) -> Body:
    """Return a mini program card."""
    return {
        "msgtype": "miniprogrampage",
        "miniprogrampage": {
            "title": card.title,
            "appid": card.app_id,
            "pagepath": card.page_path,
            "thumb_media_id": card.thumb_media_id,
        },
    }


def menu(head: str, items: Sequence[MenuItem], tail: str = "") -> Body:
    """Return a msgmenu; test accounts cannot send it, only formal verified ones.

    Raises:
        ValueError: No item, a blank one, or all of it longer than a text may be.
    """
    if not items or not all(item.id.strip() and item.content.strip() for item in items):
        raise ValueError("a msgmenu needs items with id and content")
    _check_text("\n".join([head, *(item.content for item in items), tail]))
    lines = [{"id": item.id, "content": item.content} for item in items]
    return {
        "msgtype": "msgmenu",
        "msgmenu": {"head_content": head, "list": lines, "tail_content": tail},
    }


def addressed(body: Body, user: str, *, is_ai: bool = False, agent: str = "") -> Body:
    """Return the body with its addressee.

    Args:
        body: One of the above.
        user: OpenID.
        is_ai: Shows WeChat's grey label 内容由第三方AI生成 under the message.
        agent: `kf_account` that the message comes from; empty: the account itself.
    """
    whole = {"touser": user, **body}
    if is_ai:
        whole["aimsgcontext"] = {"is_ai_msg": 1}
    if agent:
        whole["customservice"] = {"kf_account": agent}
    return whole


def _check_text(content: str) -> None:
    if not content.strip():
        raise ValueError("a message needs a text")
    if byte_length(content) > TEXT_LIMIT_BYTES:
        raise ValueError(f"a text has at most {TEXT_LIMIT_BYTES} bytes")
