"""What WeChat pushes: every kind of message and event, as XML.

Source: 接收普通消息, 接收事件推送.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from xml.sax.saxutils import escape

UNSUPPORTED = (
    "【收到不支持的消息类型，暂无法显示】",
    "【收到不支援的訊息類型，無法顯示】",
    "[Unsupported Message]",
    "[Unsupported message]",
)

ORDINARY: dict[str, str] = {
    "image": "<PicUrl>http://mmbiz.qpic.cn/x</PicUrl><MediaId>m1</MediaId>",
    "voice": "<MediaId>m1</MediaId><Format>amr</Format><MediaId16K>m2</MediaId16K>"
    "<Recognition></Recognition>",
    "video": "<MediaId>m1</MediaId><ThumbMediaId>m2</ThumbMediaId>",
    "shortvideo": "<MediaId>m1</MediaId><ThumbMediaId>m2</ThumbMediaId>",
    "location": "<Location_X>24.31</Location_X><Location_Y>109.41</Location_Y><Scale>20</Scale>"
    "<Label>位置</Label>",
    "link": "<Title>t</Title><Description>d</Description><Url>https://example.org/</Url>",
    "file": "<Title>a.pdf</Title>",
}
ANSWERED_EVENTS: dict[str, str] = {
    "subscribe": "<EventKey></EventKey>",
    "SCAN": "<EventKey>school_1</EventKey><Ticket>T</Ticket>",
    "CLICK": "<EventKey>payment_window</EventKey>",
    "scancode_waitmsg": "<EventKey>6</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType>"
    "<ScanResult>1</ScanResult></ScanCodeInfo>",
}
_TEMPLATE = "<List><TemplateId>t</TemplateId>{}</List>"
_CHOICE = _TEMPLATE.format("<SubscribeStatusString>reject</SubscribeStatusString>")
_SENT = _TEMPLATE.format("<MsgID>1</MsgID><ErrorCode>0</ErrorCode>")
_PICTURES = (
    "<EventKey>6</EventKey><SendPicsInfo><Count>1</Count><PicList><item><PicMd5Sum>5a</PicMd5Sum>"
    "</item></PicList></SendPicsInfo>"
)
SILENT_EVENTS: dict[str, str] = {
    "LOCATION": "<Latitude>23.1</Latitude><Longitude>113.3</Longitude><Precision>119.3</Precision>",
    "VIEW": "<EventKey>https://example.org/</EventKey><MenuId>1</MenuId>",
    "view_miniprogram": "<EventKey>pages/index</EventKey><MenuId>1</MenuId>",
    "scancode_push": "<EventKey>6</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType>"
    "<ScanResult>1</ScanResult></ScanCodeInfo>",
    "pic_sysphoto": _PICTURES,
    "pic_photo_or_album": _PICTURES,
    "pic_weixin": _PICTURES,
    "location_select": "<EventKey>6</EventKey><SendLocationInfo><Location_X>23</Location_X>"
    "</SendLocationInfo>",
    "TEMPLATESENDJOBFINISH": "<MsgID>200163836</MsgID><Status>success</Status>",
    "MASSSENDJOBFINISH": "<MsgID>1000001625</MsgID><Status>send success</Status>",
    "FREEPUBLISHJOBFINISH": "<PublishEventInfo><publish_id>1</publish_id></PublishEventInfo>",
    "subscribe_msg_popup_event": f"<SubscribeMsgPopupEvent>{_CHOICE}</SubscribeMsgPopupEvent>",
    "subscribe_msg_change_event": f"<SubscribeMsgChangeEvent>{_CHOICE}</SubscribeMsgChangeEvent>",
    "subscribe_msg_sent_event": f"<SubscribeMsgSentEvent>{_SENT}</SubscribeMsgSentEvent>",
    "kf_create_session": "<KfAccount>test1@test</KfAccount>",
    "kf_close_session": "<KfAccount>test1@test</KfAccount>",
    "kf_switch_session": "<FromKfAccount>a@t</FromKfAccount><ToKfAccount>b@t</ToKfAccount>",
    "user_authorization_revoke": "<OpenID>o</OpenID><AppID>wx</AppID><RevokeInfo>1</RevokeInfo>",
    "qualification_verify_success": "<ExpiredTime>1442401156</ExpiredTime>",
    "annual_renew": "<ExpiredTime>1442401156</ExpiredTime>",
    "some_event_of_next_year": "<NewThing><Inner>1</Inner></NewThing>",
}


@dataclass(frozen=True)
class Push:
    """One message of one user; its retries carry the same XML."""

    user: str
    xml: str
    kind: str
    """MsgType, or the event's name."""
    answered: bool = True
    """Whether the user sees a reply to it."""
    expect: str = ""
    """What the reply must contain; empty: any text."""
    trigger: str = "message"
    """Which window of customer-service messages it opens."""


class Writer:
    """Writes pushes of one account; every message has an id of its own."""

    def __init__(self, original_id: str, rng: Random) -> None:
        self._to = original_id
        # 64 bits: more than a JSON number holds exactly.
        self._next_id = rng.randrange(2**61, 2**62)
        self._next_second: dict[str, int] = {}

    def text(
        self, user: str, content: str, now: int, *, expect: str = "", menu_id: str = ""
    ) -> Push:
        """Return a text message; with `menu_id` the tap on a link."""
        rest = f"<Content>{_cdata(content)}</Content>"
        if menu_id:
            rest += f"<bizmsgmenuid>{escape(menu_id)}</bizmsgmenuid>"
        return Push(user, self._message("text", user, rest, now), "text", expect=expect)

    def ordinary(self, user: str, kind: str, now: int) -> Push:
        """Return a message that is not text."""
        return Push(user, self._message(kind, user, ORDINARY[kind], now), kind)

    def event(self, user: str, name: str, now: int) -> Push:
        """Return an event; events have no MsgId, so a user's two never share a second."""
        now = max(now, self._next_second.get(user, 0))
        self._next_second[user] = now + 1
        answered = name in ANSWERED_EVENTS
        rest = ANSWERED_EVENTS[name] if answered else SILENT_EVENTS.get(name, "")
        xml = f"{self._head('event', user, now)}<Event>{name}</Event>{rest}</xml>"
        trigger = {"subscribe": "follow", "SCAN": "scan", "CLICK": "menu"}.get(name, "none")
        return Push(user, xml, name, answered=answered, trigger=trigger)

    def _message(self, kind: str, user: str, rest: str, now: int) -> str:
        self._next_id += 1
        return f"{self._head(kind, user, now)}{rest}<MsgId>{self._next_id}</MsgId></xml>"

    def _head(self, kind: str, user: str, now: int) -> str:
        return (
            f"<xml><ToUserName>{_cdata(self._to)}</ToUserName>"
            f"<FromUserName>{_cdata(user)}</FromUserName><CreateTime>{now}</CreateTime>"
            f"<MsgType>{_cdata(kind)}</MsgType>"
        )


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
