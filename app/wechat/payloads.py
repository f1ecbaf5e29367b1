"""What a push carries beside its text: media ids, places, scans, subscriptions, job results.

One frozen class per shape of the documents; `app.wechat.payload_reading` fills them. What WeChat
leaves out is empty, never an error: these are facts to use, and a message is answered without them.
Numbers that do not fit a double stay text.

Source: 接收普通消息, 接收事件推送, 订阅通知的事件推送; samples of
DotNetCore.SKIT.FlurlHttpClient.Wechat.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """The article from which an ordinary message was sent; empty where there was none."""

    msg_data_id: str = ""
    idx: int = 0
    """1-based."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture; also pic_* events are followed by it."""

    pic_url: str
    media_id: str
    """For `media/get`, 3 days."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice message, AMR."""

    media_id: str
    """8 kHz."""
    media_id_16k: str
    format: str
    recognition: str
    """Withdrawn by WeChat in 2023; normally empty."""


@dataclass(frozen=True, slots=True)
class Video:
    """A video or a short video."""

    media_id: str
    thumb_media_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """A location message, or the choice of location_select."""

    latitude: float | None
    longitude: float | None
    scale: int
    label: str
    name: str = ""
    """`Poiname`."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a user is who opens the chat (LOCATION)."""

    latitude: float | None
    longitude: float | None
    precision: float | None


@dataclass(frozen=True, slots=True)
class Link:
    """A shared page."""

    title: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class MiniProgramPage:
    """A mini-program card."""

    title: str
    app_id: str
    page_path: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Following or scanning with a QR code that has a scene."""

    scene: str
    """Without `qrscene_`."""
    ticket: str


@dataclass(frozen=True, slots=True)
class MenuTap:
    """A tap on the menu: CLICK, VIEW, view_miniprogram."""

    key: str
    """Key, URL or path."""
    menu_id: str = ""
    """Which conditional menu."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A menu button that scanned: scancode_push, scancode_waitmsg."""

    key: str
    kind: str
    """qrcode, barcode …"""
    result: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """A menu button that took pictures (pic_*); the pictures follow as messages."""

    key: str
    md5: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobResult:
    """A template message or a mass sending is done."""

    msg_id: str
    """`MsgID`, which is not `MsgId`."""
    status: str
    """success, failed:user block, send success, err(10001) …"""
    sent: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """A publication is done (FREEPUBLISHJOBFINISH)."""

    publish_id: str
    status: str
    article_id: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """One template of a subscription event."""

    template_id: str
    accepted: bool | None
    """None for subscribe_msg_sent_event."""
    msg_id: str = ""
    error: str = ""
    """`ErrorCode`, of a notice that was sent; `0` is success."""


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """subscribe_msg_popup_event, subscribe_msg_change_event, subscribe_msg_sent_event."""

    items: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation with a person: kf_create_session, kf_close_session, kf_switch_session."""

    account: str
    """Who has it now."""
    before: str = ""
    """Who had it, on a switch."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The account's verification: qualification_verify_success, annual_renew and their like."""

    until: str
    """Unix seconds; empty on failure."""
    reason: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """A user took back an authorisation: their data must be deleted."""

    user: str
    info: str


Payload = (
    Image
    | Voice
    | Video
    | Place
    | Position
    | Link
    | MiniProgramPage
    | Scene
    | MenuTap
    | Scan
    | Pictures
    | JobResult
    | Published
    | Subscriptions
    | Session
    | Verification
    | Revoked
)
