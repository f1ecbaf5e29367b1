"""Bytes of a push → `Inbound`: the domain message, who wrote to whom, and all fields.

Decides what *kind* of message arrived, never what to say to it. The bytes must already be
authenticated and decrypted, except for `parse_envelope`.

Source: 接收普通消息, 接收事件推送 (developers.weixin.qq.com/doc/offiaccount/Message_Management).
"""

from __future__ import annotations

import copy
import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

from app.domain.turn import Message, MessageKind
from app.errors import MalformedMessageError
from app.wechat.xml_fields import Fields, parse_fields

if TYPE_CHECKING:
    from wechatpy.messages import BaseMessage

_MAX_NAME_CHARS = 128
"""An OpenID has 28 characters, an original id (`gh_…`) 15."""

_MAX_ADDRESS_CHARS = 2048

_KINDS = {
    "text": MessageKind.TEXT,
    "image": MessageKind.IMAGE,
    "voice": MessageKind.VOICE,
    "video": MessageKind.VIDEO,
    "shortvideo": MessageKind.VIDEO,
    "location": MessageKind.LOCATION,
    "link": MessageKind.LINK,
}

_EVENTS = {
    "subscribe": MessageKind.SUBSCRIBE,
    "scan": MessageKind.SCAN,
    "click": MessageKind.CLICK,
    # A menu button as well: its key says what the operator wants the scan for.
    "scancode_waitmsg": MessageKind.CLICK,
}
"""Events that take a passive reply. The documents only say that some do; for every other event
(VIEW, unsubscribe, LOCATION, pic_*, job results …) the answer is `success`. pic_* and
location_select are followed by the ordinary image or location message."""

_UNSUPPORTED_TEXTS = frozenset(
    {
        "[收到不支持的消息类型,暂无法显示]",
        "[收到不支援的訊息類型,無法顯示]",
        "[unsupported message]",
        "[不支持的消息类型]",
        "[不支持的消息]",
        "[图片]",
        "[语音]",
        "[视频]",
        "[小视频]",
        "[位置]",
        "[文件]",
        "[动画表情]",
        "[链接]",
        "[名片]",
        "[小程序]",
        "[视频号]",
        "[聊天记录]",
    }
)
"""Whole texts with which WeChat stands in for what it cannot pass on, in `_plain_brackets` form.
Codes of WeChat's own emoji (`[微笑]`, `[红包]`) are not among them."""

_OPENING = frozenset("[【［")
_BRACKETS = str.maketrans("【】［］，", "[][],")
_SECONDS = re.compile(r"[0-9]{1,12}")
_PLAIN_KEY_PART = re.compile(r"[A-Za-z0-9_@.\-]{1,64}")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_@.\-]{0,64}(?::[A-Za-z0-9_@.\-]{0,64})*")


class Inbound(msgspec.Struct, frozen=True):
    """One push, typed."""

    message: Message
    to_user: str
    """The account's original id, `gh_…`; sender of the reply."""
    from_user: str
    """OpenID; never logged in clear."""
    create_time: int
    """Unix seconds as WeChat states them; 0 where absent."""
    msg_type: str
    """`MsgType`, lower-cased."""
    event: str = ""
    """`Event`, lower-cased; empty for ordinary messages."""
    event_key: str = ""
    msg_id: str = ""
    """`MsgId` as text: 64 bits, more than a JSON number holds. Empty for events."""
    fields: Fields = msgspec.field(default_factory=dict)
    """Everything that arrived, by element name; to be read, not changed."""

    def __repr__(self) -> str:
        """Return neither who wrote nor what."""
        return f"Inbound(msg_type={self.msg_type!r}, event={self.event!r})"

    def typed(self) -> BaseMessage:
        """Return the raw push as wechatpy's class for its type (scan result, location, media id …).

        A type or event that wechatpy does not know becomes its `UnknownMessage`. The object owns
        a copy of the fields. Do not take `content` from it: it may be None where empty.
        """
        # Only here: the package brings its client of the API with it.
        from wechatpy.events import EVENT_TYPES
        from wechatpy.messages import MESSAGE_TYPES, UnknownMessage

        known = EVENT_TYPES.get(self.event) if self.event else MESSAGE_TYPES.get(self.msg_type)
        return (known or UnknownMessage)(copy.deepcopy(self.fields))


def parse_envelope(body: bytes) -> str:
    """Return the text of `Encrypt`; the other fields of an envelope are not authenticated.

    Raises:
        MessageTooLargeError: As `parse_fields`.
        MalformedMessageError: As `parse_fields`, or `Encrypt` is missing, empty or repeated.
    """
    encrypt = _scalar(parse_fields(body), "Encrypt")
    if not encrypt:
        raise MalformedMessageError
    return encrypt


def parse_message(body: bytes, account: str) -> Inbound:
    """Return the push in `body` as a message to `account` (our id, not the `gh_…` one).

    Raises:
        MessageTooLargeError: As `parse_fields`.
        MalformedMessageError: As `parse_fields`, or a field that every push has is missing,
            repeated or not of its form.

    The delivery key is the same for every retry. 被动回复用户消息 asks for MsgId, and for
    FromUserName + CreateTime of events; event and EventKey are added because two different events
    can share a second. Timestamp and nonce may change between retries and do not count.
    """
    fields = parse_fields(body)
    user = _required(fields, "FromUserName")
    msg_type = _required(fields, "MsgType").lower()
    created = _seconds(fields)
    if msg_type == "event":
        event, event_key = _required(fields, "Event").lower(), _scalar(fields, "EventKey")
        msg_id = ""
        identity: tuple[str, ...] = ("event", str(created), event, event_key)
        kind, text = _event(event, event_key)
    else:
        event = event_key = ""
        msg_id = _scalar(fields, "MsgId")
        # Test tools leave MsgId out; a retry still repeats the body.
        identity = ("msg", msg_id) if msg_id else ("body", hashlib.sha256(body).hexdigest())
        kind, text = _ordinary(msg_type, fields)
    message = Message(
        account=account,
        user=user,
        kind=kind,
        text=text,
        menu_id=_scalar(fields, "bizmsgmenuid") if msg_type == "text" else "",
        delivery_key=_key(account, user, *identity),
        picture_url=_address(fields) if kind is MessageKind.IMAGE else "",
        media_id=_scalar(fields, "MediaId")[:_MAX_ADDRESS_CHARS] if msg_type != "event" else "",
    )
    to_user = _required(fields, "ToUserName")
    return Inbound(message, to_user, user, created, msg_type, event, event_key, msg_id, fields)


def is_unsupported_text(content: str) -> bool:
    """Say whether the whole text is WeChat's stand-in for something it cannot pass on."""
    text = content.strip()
    if text[:1] not in _OPENING:
        return False
    return text.translate(_BRACKETS).casefold() in _UNSUPPORTED_TEXTS


def _ordinary(msg_type: str, fields: Fields) -> tuple[MessageKind, str]:
    """Return kind and text of an ordinary message; types we do not know are unsupported."""
    kind = _KINDS.get(msg_type, MessageKind.UNSUPPORTED)
    if kind is MessageKind.TEXT:
        content = _leaf(fields, "Content")
        return (MessageKind.UNSUPPORTED, "") if is_unsupported_text(content) else (kind, content)
    if kind is MessageKind.VOICE:
        # Withdrawn by WeChat in 2023 and empty ever since, but harmless where it still comes.
        recognised = _scalar(fields, "Recognition")
        return (MessageKind.TEXT, recognised) if recognised else (kind, "")
    return kind, ""


def _event(event: str, event_key: str) -> tuple[MessageKind, str]:
    """Return kind and text of an event; the text is the menu key or the scene."""
    kind = _EVENTS.get(event, MessageKind.SILENT)
    return kind, "" if kind is MessageKind.SILENT else event_key.removeprefix("qrscene_")


def _key(*parts: str) -> str:
    """Return the parts in one, such that no other parts give the same."""
    joined = ":".join(parts)
    if joined.count(":") == len(parts) - 1 and _PLAIN_KEY.fullmatch(joined):
        return joined  # what the line below comes to, at once
    return ":".join(_key_part(part) for part in parts)


def _key_part(part: str) -> str:
    """Return the part, hashed where it is long or could be mistaken for two parts."""
    if not part or _PLAIN_KEY_PART.fullmatch(part):
        return part
    return "h-" + hashlib.sha256(part.encode()).hexdigest()[:32]


def _leaf(fields: Fields, name: str) -> str:
    """Return the text of an element with its whitespace; empty where there is none.

    Raises:
        MalformedMessageError: It occurs twice or has children.
    """
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise MalformedMessageError
    return value


def _scalar(fields: Fields, name: str) -> str:
    return _leaf(fields, name).strip()


def _address(fields: Fields) -> str:
    """Return where WeChat keeps a picture; empty where that is no address."""
    url = _scalar(fields, "PicUrl")
    return url if len(url) <= _MAX_ADDRESS_CHARS else ""


def _required(fields: Fields, name: str) -> str:
    value = _scalar(fields, name)
    if not 0 < len(value) <= _MAX_NAME_CHARS:
        raise MalformedMessageError
    return value


def _seconds(fields: Fields) -> int:
    value = _scalar(fields, "CreateTime")
    if not value:
        return 0
    if not _SECONDS.fullmatch(value):
        raise MalformedMessageError
    return int(value)
