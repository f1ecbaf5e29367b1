"""Every message type and event of the documents, read into the class that belongs to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.simulation import pushes
from app.wechat.inbound import Inbound, parse_message
from app.wechat.payload_reading import article_of, payload_of
from app.wechat.payloads import (
    Article,
    Image,
    JobResult,
    Link,
    MenuTap,
    MiniProgramPage,
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

HEAD = "<ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime>"


def inbound(kind: str, rest: str) -> Inbound:
    xml = f"<xml>{HEAD}<MsgType>{kind}</MsgType>{rest}<MsgId>1</MsgId></xml>"
    return parse_message(xml.encode(), "beijing")


def event(name: str, rest: str) -> Inbound:
    xml = f"<xml>{HEAD}<MsgType>event</MsgType><Event>{name}</Event>{rest}</xml>"
    return parse_message(xml.encode(), "beijing")


def template(status: str) -> str:
    state = f"<SubscribeStatusString>{status}</SubscribeStatusString>"
    return f"<List><TemplateId>T</TemplateId>{state}</List>"


@pytest.mark.parametrize(
    ("push", "expected"),
    [
        (
            inbound("image", "<PicUrl><![CDATA[http://x/y?a=1&b]]></PicUrl><MediaId>m</MediaId>"),
            Image("http://x/y?a=1&b", "m"),
        ),
        (
            inbound("voice", "<MediaId>m</MediaId><Format>amr</Format><MediaId16K>n</MediaId16K>"),
            Voice("m", "n", "amr", ""),
        ),
        (
            inbound("voice", "<MediaId>m</MediaId><Recognition> 缴费 </Recognition>"),
            Voice("m", "", "", "缴费"),
        ),
        (inbound("video", "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>"), Video("m", "t")),
        (inbound("shortvideo", "<MediaId>m</MediaId>"), Video("m", "")),
        (
            inbound("location", pushes.ORDINARY["location"]),
            Place(24.31, 109.41, 20, "位置"),
        ),
        (
            inbound("location", "<Location_X>nan</Location_X><Location_Y>x</Location_Y>"),
            Place(None, None, 0, ""),
        ),
        (
            inbound("link", "<Title>t</Title><Description>d</Description><Url>http://u</Url>"),
            Link("t", "d", "http://u"),
        ),
        (
            inbound("miniprogrampage", "<Title>t</Title><AppId>wx</AppId><PagePath>p</PagePath>"),
            MiniProgramPage("t", "wx", "p"),
        ),
        (inbound("text", "<Content>x</Content>"), None),
        (inbound("file", "<Title>a.pdf</Title>"), None),
        (
            event("subscribe", "<EventKey>qrscene_school</EventKey><Ticket>T</Ticket>"),
            Scene("school", "T"),
        ),
        (event("subscribe", "<EventKey></EventKey>"), Scene("", "")),
        (event("SCAN", "<EventKey>school</EventKey><Ticket>T</Ticket>"), Scene("school", "T")),
        (event("CLICK", "<EventKey>K</EventKey>"), MenuTap("K")),
        (
            event("VIEW", "<EventKey>http://u</EventKey><MenuId>7</MenuId>"),
            MenuTap("http://u", "7"),
        ),
        (
            event("view_miniprogram", "<EventKey>pages/i</EventKey><MenuId>7</MenuId>"),
            MenuTap("pages/i", "7"),
        ),
        (event("scancode_push", pushes.SILENT_EVENTS["scancode_push"]), Scan("6", "qrcode", "1")),
        (
            event("scancode_waitmsg", pushes.ANSWERED_EVENTS["scancode_waitmsg"]),
            Scan("6", "qrcode", "1"),
        ),
        (event("pic_weixin", pushes.SILENT_EVENTS["pic_weixin"]), Pictures("6", ("5a",))),
        (
            event(
                "pic_sysphoto",
                "<SendPicsInfo><PicList><item><PicMd5Sum>a</PicMd5Sum></item>"
                "<item><PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>",
            ),
            Pictures("", ("a", "b")),
        ),
        (
            event(
                "location_select",
                "<EventKey>6</EventKey><SendLocationInfo><Location_X>23</Location_X>"
                "<Location_Y>113</Location_Y><Scale>15</Scale><Label>广州</Label>"
                "<Poiname>塔</Poiname></SendLocationInfo>",
            ),
            Place(23.0, 113.0, 15, "广州", "塔"),
        ),
        (event("LOCATION", pushes.SILENT_EVENTS["LOCATION"]), Position(23.1, 113.3, 119.3)),
        (
            event("TEMPLATESENDJOBFINISH", "<MsgID>200163836</MsgID><Status>success</Status>"),
            JobResult("200163836", "success"),
        ),
        (
            event(
                "MASSSENDJOBFINISH",
                "<MsgID>1</MsgID><Status>err(10001)</Status><SentCount>75</SentCount>"
                "<ErrorCount>5</ErrorCount>",
            ),
            JobResult("1", "err(10001)", 75, 5),
        ),
        (
            event(
                "FREEPUBLISHJOBFINISH",
                "<PublishEventInfo><publish_id>9</publish_id><publish_status>0</publish_status>"
                "<article_id>A</article_id></PublishEventInfo>",
            ),
            Published("9", "0", "A"),
        ),
        (
            event(
                "subscribe_msg_popup_event",
                f"<SubscribeMsgPopupEvent>{template('accept')}{template('reject')}"
                "</SubscribeMsgPopupEvent>",
            ),
            Subscriptions((Subscription("T", True), Subscription("T", False))),
        ),
        *(
            (
                event("subscribe_msg_change_event", f"<{name}>{template('reject')}</{name}>"),
                Subscriptions((Subscription("T", False),)),
            )
            for name in ("SubscribeMsgChangeEvent", "SubscribeMsgPopupEvent")
        ),
        (
            event("subscribe_msg_sent_event", pushes.SILENT_EVENTS["subscribe_msg_sent_event"]),
            Subscriptions((Subscription("t", None, "1", "0"),)),
        ),
        (event("kf_create_session", "<KfAccount>a@t</KfAccount>"), Session("a@t")),
        (
            event("kf_switch_session", pushes.SILENT_EVENTS["kf_switch_session"]),
            Session("b@t", "a@t"),
        ),
        (
            event("user_authorization_revoke", "<OpenID>o</OpenID><RevokeInfo>1</RevokeInfo>"),
            Revoked("o", "1"),
        ),
        (
            event("naming_verify_fail", "<FailTime>1</FailTime><FailReason>no</FailReason>"),
            Verification("", "no"),
        ),
        (event("annual_renew", "<ExpiredTime>14</ExpiredTime>"), Verification("14", "")),
        (event("some_event_of_next_year", "<NewThing><A>1</A></NewThing>"), None),
    ],
)
def test_reads(push: Inbound, expected: object) -> None:
    assert payload_of(push) == expected


def test_the_article_behind_a_message() -> None:
    push = inbound("text", "<Content>x</Content><MsgDataId>8</MsgDataId><Idx>2</Idx>")
    assert article_of(push) == Article("8", 2)
    assert article_of(inbound("text", "<Content>x</Content>")) == Article()


NAMES = sorted(
    {"SendPicsInfo", "PicList", "item", "List", "SubscribeMsgPopupEvent", "Location_X", "EventKey"}
    | {"ScanCodeInfo", "PublishEventInfo", "SendLocationInfo", "SentCount", "Idx", "MediaId"}
)
VALUES = st.recursive(
    st.text("a1.<- ", max_size=4).map(lambda t: t.replace("<", "&lt;")),
    lambda inner: st.lists(st.tuples(st.sampled_from(NAMES), inner), max_size=4).map(
        lambda pairs: "".join(f"<{name}>{value}</{name}>" for name, value in pairs)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from([*pushes.SILENT_EVENTS, *pushes.ANSWERED_EVENTS]),
    st.lists(st.tuples(st.sampled_from(NAMES[1:]), VALUES), max_size=5),
)
def test_any_shape_is_read_without_an_error(name: str, elements: list[tuple[str, str]]) -> None:
    rest = "".join(f"<{n}>{value}</{n}>" for n, value in elements if n != "EventKey")
    payload_of(event(name, rest))
