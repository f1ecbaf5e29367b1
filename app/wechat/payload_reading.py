"""Fields of a push → the class of `app.wechat.payloads` that belongs to its type or event."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.wechat.inbound import Inbound
from app.wechat.payloads import (
    Article,
    Image,
    JobResult,
    Link,
    MenuTap,
    MiniProgramPage,
    Payload,
    Pictures,
    Place,
    Position,
    Published,
    Revoked,
    Scan,
    Scene,
    Session,
    Subscription,
    Subscriptions,
    Verification,
    Video,
    Voice,
)
from app.wechat.xml_fields import Fields, Value


def payload_of(inbound: Inbound) -> Payload | None:
    """Return what the push carries; None for text and for what nobody has described."""
    named, table = (inbound.event, _EVENTS) if inbound.event else (inbound.msg_type, _MESSAGES)
    reader = table.get(named)
    return reader(inbound.fields) if reader else None


def article_of(inbound: Inbound) -> Article:
    """Return the article from which the message was sent."""
    fields = inbound.fields
    return Article(_text(fields, "MsgDataId"), _integer(fields, "Idx"))


def _text(fields: Fields, name: str) -> str:
    """Return a leaf's text without surrounding blanks; the first where it is repeated."""
    value: Value = fields.get(name, "")
    if isinstance(value, list):
        value = value[0]
    return value.strip() if isinstance(value, str) else ""


def _inside(fields: Fields, name: str) -> Fields:
    return next(_all(fields, name), {})


def _all(fields: Fields, name: str) -> Iterator[Fields]:
    """Yield the elements of a name: none, one or many."""
    value: Value = fields.get(name, "")
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def _integer(fields: Fields, name: str) -> int:
    text = _text(fields, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _degrees(fields: Fields, name: str) -> float | None:
    try:
        value = float(_text(fields, name))
    except ValueError:
        return None
    return value if abs(value) <= 1e6 else None  # neither infinite nor NaN


def _place(fields: Fields) -> Place:
    inner = _inside(fields, "SendLocationInfo") or fields
    return Place(
        _degrees(inner, "Location_X"),
        _degrees(inner, "Location_Y"),
        _integer(inner, "Scale"),
        _text(inner, "Label"),
        _text(inner, "Poiname"),
    )


def _position(fields: Fields) -> Position:
    return Position(*(_degrees(fields, name) for name in ("Latitude", "Longitude", "Precision")))


def _scan(fields: Fields) -> Scan:
    info = _inside(fields, "ScanCodeInfo")
    return Scan(_text(fields, "EventKey"), _text(info, "ScanType"), _text(info, "ScanResult"))


def _pictures(fields: Fields) -> Pictures:
    items = _all(_inside(_inside(fields, "SendPicsInfo"), "PicList"), "item")
    return Pictures(_text(fields, "EventKey"), tuple(_text(item, "PicMd5Sum") for item in items))


def _subscriptions(fields: Fields) -> Subscriptions:
    # An older official example of the change event used the container of the popup event.
    containers = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")
    return Subscriptions(
        tuple(
            Subscription(
                _text(item, "TemplateId"),
                {"accept": True, "reject": False}.get(_text(item, "SubscribeStatusString")),
                _text(item, "MsgID"),
                _text(item, "ErrorCode"),
            )
            for name in containers
            for container in _all(fields, name)
            for item in _all(container, "List")
        )
    )


def _published(fields: Fields) -> Published:
    info = _inside(fields, "PublishEventInfo")
    names = ("publish_id", "publish_status", "article_id")
    return Published(*(_text(info, name) for name in names))


def _scene(fields: Fields) -> Scene:
    return Scene(_text(fields, "EventKey").removeprefix("qrscene_"), _text(fields, "Ticket"))


def _job(fields: Fields) -> JobResult:
    return JobResult(
        _text(fields, "MsgID"),
        _text(fields, "Status"),
        _integer(fields, "SentCount"),
        _integer(fields, "ErrorCount"),
    )


def _verification(fields: Fields) -> Verification:
    return Verification(_text(fields, "ExpiredTime"), _text(fields, "FailReason"))


def _menu_tap(fields: Fields) -> MenuTap:
    return MenuTap(_text(fields, "EventKey"), _text(fields, "MenuId"))


def _strings(kind: Callable[..., Payload], *names: str) -> Callable[[Fields], Payload]:
    """Return a reader for a class whose fields are the texts of these elements."""
    return lambda fields: kind(*(_text(fields, name) for name in names))


_VIDEO = _strings(Video, "MediaId", "ThumbMediaId")
_VERIFIED = ("qualification_verify", "naming_verify")

_MESSAGES: dict[str, Callable[[Fields], Payload]] = {
    "image": _strings(Image, "PicUrl", "MediaId"),
    "voice": _strings(Voice, "MediaId", "MediaId16K", "Format", "Recognition"),
    "video": _VIDEO,
    "shortvideo": _VIDEO,
    "location": _place,
    "link": _strings(Link, "Title", "Description", "Url"),
    "miniprogrampage": _strings(MiniProgramPage, "Title", "AppId", "PagePath"),
}

_EVENTS: dict[str, Callable[[Fields], Payload]] = {
    "subscribe": _scene,
    "scan": _scene,
    "click": _menu_tap,
    "view": _menu_tap,
    "view_miniprogram": _menu_tap,
    "scancode_push": _scan,
    "scancode_waitmsg": _scan,
    "pic_sysphoto": _pictures,
    "pic_photo_or_album": _pictures,
    "pic_weixin": _pictures,
    "location": _position,
    "location_select": _place,
    "templatesendjobfinish": _job,
    "masssendjobfinish": _job,
    "freepublishjobfinish": _published,
    "subscribe_msg_popup_event": _subscriptions,
    "subscribe_msg_change_event": _subscriptions,
    "subscribe_msg_sent_event": _subscriptions,
    "kf_create_session": _strings(Session, "KfAccount"),
    "kf_close_session": _strings(Session, "KfAccount"),
    "kf_switch_session": _strings(Session, "ToKfAccount", "FromKfAccount"),
    "user_authorization_revoke": _strings(Revoked, "OpenID", "RevokeInfo"),
    **{f"{name}_{end}": _verification for name in _VERIFIED for end in ("success", "fail")},
    "annual_renew": _verification,
    "verify_expired": _verification,
}
