"""Pushes of every documented kind become the right message with the right delivery key."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.turn import MessageKind
from app.errors import MalformedMessageError
from app.wechat.inbound import _key, _key_part, is_unsupported_text, parse_message
from tests.unit.wechat.pushes import event, parse, text, xml


class TestText:
    def test_all_that_a_turn_needs(self):
        inbound = text("<![CDATA[怎么交钱]]>")
        message = inbound.message
        assert (message.account, message.user) == ("liuzhou", "oUser_-1")
        assert (message.kind, message.text) == (MessageKind.TEXT, "怎么交钱")
        assert (inbound.to_user, inbound.from_user) == ("gh_x", "oUser_-1")
        assert inbound.create_time == 1348831860

    @pytest.mark.parametrize("content", ["  hi \n", " ", "\n", "a]b", "<b>&"])
    def test_white_space_and_markup_are_kept(self, content):
        assert text(escape(content)).message.text == content

    @pytest.mark.parametrize("element", ["<Content></Content>", "<Content/>", ""])
    def test_empty_content_is_an_empty_string(self, element):
        message = parse(f"<MsgType>text</MsgType>{element}<MsgId>1</MsgId>").message
        assert (message.kind, message.text) == (MessageKind.TEXT, "")

    def test_tapped_link_names_its_id(self):
        message = text("满意", "<MsgId>1</MsgId><bizmsgmenuid>101</bizmsgmenuid>").message
        assert (message.text, message.menu_id) == ("满意", "101")

    def test_msg_id_beyond_a_double_stays_exact(self):
        inbound = text("hi", "<MsgId>9223372036854775807</MsgId>")
        assert inbound.msg_id == "9223372036854775807"
        assert inbound.message.delivery_key.endswith("9223372036854775807")

    def test_order_case_and_unknown_elements_do_not_matter(self):
        body = xml(
            "<MsgId> 7 </MsgId><BusinessId>0</BusinessId><Idx>1</Idx><New><a>1</a><a>2</a></New>"
            "<MsgType>\n<![CDATA[TEXT]]>\n</MsgType><Content>hi</Content>"
        )
        inbound = parse_message(body, "beijing")
        assert (inbound.msg_type, inbound.msg_id, inbound.message.text) == ("text", "7", "hi")

    @pytest.mark.parametrize(
        "content",
        [
            "【收到不支持的消息类型，暂无法显示】",
            "【收到不支援的訊息類型，無法顯示】",
            "[Unsupported Message]",
            "[Unsupported message]",
            "[图片]",
            "[语音]",
            "[视频]",
            "[位置]",
            "[文件]",
            "[不支持的消息类型]",
            " [图片]\n",
        ],
    )
    def test_stand_ins_are_unsupported(self, content):
        message = text(content).message
        assert (message.kind, message.text) == (MessageKind.UNSUPPORTED, "")

    @pytest.mark.parametrize(
        "content", ["[微笑]", "[红包]", "/::)", "[图片]这个怎么办", "图片", "不支持的消息类型", ""]
    )
    def test_what_a_parent_may_type_is_text(self, content):
        assert not is_unsupported_text(content)


class TestOtherMessages:
    @pytest.mark.parametrize(
        ("rest", "kind"),
        [
            ("<MsgType>image</MsgType><PicUrl>http://x</PicUrl>", MessageKind.IMAGE),
            ("<MsgType>voice</MsgType><Format>amr</Format>", MessageKind.VOICE),
            ("<MsgType>voice</MsgType><Recognition><![CDATA[]]></Recognition>", MessageKind.VOICE),
            ("<MsgType>voice</MsgType><Recognition> \n</Recognition>", MessageKind.VOICE),
            ("<MsgType>video</MsgType>", MessageKind.VIDEO),
            ("<MsgType>shortvideo</MsgType>", MessageKind.VIDEO),
            ("<MsgType>location</MsgType><Location_X>23.1</Location_X>", MessageKind.LOCATION),
            ("<MsgType>link</MsgType><Title>t</Title>", MessageKind.LINK),
            ("<MsgType>file</MsgType>", MessageKind.UNSUPPORTED),
            ("<MsgType>miniprogrampage</MsgType>", MessageKind.UNSUPPORTED),
            ("<MsgType>something_new</MsgType>", MessageKind.UNSUPPORTED),
        ],
    )
    def test_kind_without_text(self, rest, kind):
        message = parse(rest + "<MsgId>1</MsgId>").message
        assert (message.kind, message.text) == (kind, "")

    def test_recognised_voice_is_text(self):
        message = parse("<MsgType>voice</MsgType><Recognition>怎么缴费。</Recognition>").message
        assert (message.kind, message.text) == (MessageKind.TEXT, "怎么缴费。")


class TestEvents:
    @pytest.mark.parametrize(
        ("name", "more", "kind", "said"),
        [
            ("subscribe", "", MessageKind.SUBSCRIBE, ""),
            ("subscribe", "<EventKey></EventKey>", MessageKind.SUBSCRIBE, ""),
            (
                "subscribe",
                "<EventKey>qrscene_school7</EventKey><Ticket>T</Ticket>",
                MessageKind.SUBSCRIBE,
                "school7",
            ),
            ("SCAN", "<EventKey>school7</EventKey>", MessageKind.SCAN, "school7"),
            ("CLICK", "<EventKey>MENU_PAY</EventKey>", MessageKind.CLICK, "MENU_PAY"),
            (
                "scancode_waitmsg",
                "<EventKey>6</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType>"
                "<ScanResult>1</ScanResult></ScanCodeInfo>",
                MessageKind.CLICK,
                "6",
            ),
        ],
    )
    def test_events_that_take_a_reply(self, name, more, kind, said):
        message = event(name, more).message
        assert (message.kind, message.text) == (kind, said)

    @pytest.mark.parametrize(
        "name",
        [
            "unsubscribe",
            "VIEW",
            "view_miniprogram",
            "LOCATION",
            "scancode_push",
            "pic_sysphoto",
            "pic_photo_or_album",
            "pic_weixin",
            "location_select",
            "TEMPLATESENDJOBFINISH",
            "MASSSENDJOBFINISH",
            "FREEPUBLISHJOBFINISH",
            "subscribe_msg_popup_event",
            "kf_create_session",
            "user_authorization_revoke",
            "verify_expired",
            "debug_demo",
        ],
    )
    def test_events_that_take_none_are_silent(self, name):
        inbound = event(name, "<EventKey>k</EventKey>")
        assert (inbound.message.kind, inbound.message.text) == (MessageKind.SILENT, "")
        assert inbound.event == name.lower()

    def test_event_without_a_name_is_malformed(self):
        with pytest.raises(MalformedMessageError):
            parse("<MsgType>event</MsgType>")


class TestDeliveryKey:
    def test_message_by_its_id_whatever_else_changes(self):
        assert text("a").message.delivery_key == text("b").message.delivery_key
        assert text("a").message.delivery_key == "liuzhou:oUser_-1:msg:1234567890123456"

    def test_same_id_at_two_accounts_differs(self):
        body = xml("<MsgType>text</MsgType><Content>a</Content><MsgId>1</MsgId>")
        keys = {parse_message(body, name).message.delivery_key for name in ("liuzhou", "beijing")}
        assert len(keys) == 2

    def test_event_by_user_second_event_and_key(self):
        def key(**changed: str) -> str:
            values = {"user": "oA", "at": "1", "event": "CLICK", "key": "K"} | changed
            return parse_message(
                xml(
                    "<MsgType>event</MsgType>"
                    f"<Event>{values['event']}</Event><EventKey>{values['key']}</EventKey>",
                    f"<ToUserName>g</ToUserName><FromUserName>{values['user']}</FromUserName>"
                    f"<CreateTime>{values['at']}</CreateTime>",
                ),
                "liuzhou",
            ).message.delivery_key

        assert key() == key(event="click")
        others = {key(user="oB"), key(at="2"), key(event="SCAN"), key(key="L"), key(key="")}
        assert key() not in others
        assert len(others) == 5

    def test_parts_cannot_run_into_each_other(self):
        def key(user: str, msg_id: str) -> str:
            head = f"<ToUserName>g</ToUserName><FromUserName>{user}</FromUserName>"
            rest = f"<MsgType>text</MsgType><MsgId>{msg_id}</MsgId>"
            return parse_message(xml(rest, head), "liuzhou").message.delivery_key

        assert key("a:msg:b", "c") != key("a", "b:msg:c")

    def test_key_stays_short(self):
        url = "https://example.invalid/" + "x" * 2000
        assert len(event("VIEW", f"<EventKey>{url}</EventKey>").message.delivery_key) < 200

    def test_message_without_id_is_known_by_its_body(self):
        assert text("a", "").message.delivery_key == text("a", "").message.delivery_key
        assert text("a", "").message.delivery_key != text("b", "").message.delivery_key


parts_of_keys = st.lists(
    st.sampled_from(["", "a", "a:b", ":", "oUser_-1", "x" * 64, "x" * 65, "中", "a b"]) | st.text(),
    min_size=2,
    max_size=5,
)


@given(parts_of_keys, parts_of_keys)
def test_no_two_lists_of_parts_have_one_key(parts: list[str], others: list[str]) -> None:
    assert _key(*parts) == ":".join(_key_part(part) for part in parts)
    if len(parts) == len(others) and parts != others:
        assert _key(*parts) != _key(*others)
