"""Pushes that are refused, and wechatpy as second opinion on those that are not."""

from __future__ import annotations

import contextlib
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message as wechatpy_parse
from wechatpy.messages import UnknownMessage

from app.errors import CallbackError, MalformedMessageError
from app.wechat.inbound import parse_envelope, parse_message
from tests.unit.wechat.pushes import event, parse, xml


class TestMalformed:
    @pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "MsgType"])
    @pytest.mark.parametrize("how", ["missing", "empty", "twice", "nested", "endless"])
    def test_required_fields(self, name, how):
        values = {"ToUserName": "g", "FromUserName": "o", "MsgType": "text", "Content": "hi"}
        elements = {key: f"<{key}>{value}</{key}>" for key, value in values.items()}
        elements[name] = {
            "missing": "",
            "empty": f"<{name}> </{name}>",
            "twice": elements[name] * 2,
            "nested": f"<{name}><a>1</a></{name}>",
            "endless": f"<{name}>{'x' * 200}</{name}>",
        }[how]
        with pytest.raises(MalformedMessageError):
            parse_message(xml("".join(elements.values()), ""), "liuzhou")

    @pytest.mark.parametrize("value", ["abc", "-1", "1.5", "9" * 30, "１"])
    def test_create_time_is_digits(self, value):
        head = (
            "<ToUserName>g</ToUserName><FromUserName>o</FromUserName>"
            f"<CreateTime>{value}</CreateTime>"
        )
        with pytest.raises(MalformedMessageError):
            parse_message(xml("<MsgType>text</MsgType>", head), "liuzhou")

    @pytest.mark.parametrize("rest", ["<Content>a</Content><Content>b</Content>", "<Content><b/>"])
    def test_content_is_one_leaf(self, rest):
        with pytest.raises(MalformedMessageError):
            parse(f"<MsgType>text</MsgType>{rest}")

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    [
                        "ToUserName",
                        "FromUserName",
                        "MsgType",
                        "Event",
                        "EventKey",
                        "CreateTime",
                        "Content",
                        "MsgId",
                        "bizmsgmenuid",
                        "Recognition",
                        "Encrypt",
                    ]
                ),
                st.sampled_from(["text", "event", "voice", "subscribe", "1", "", " ", "<a>1</a>"])
                | st.text(max_size=20).map(escape),
            ),
            max_size=12,
        )
    )
    def test_fuzzed_fields_raise_only_callback_errors(self, elements):
        body = xml("".join(f"<{n}>{v}</{n}>" for n, v in elements), "")
        for read in (lambda: parse_message(body, "liuzhou"), lambda: parse_envelope(body)):
            with contextlib.suppress(CallbackError):
                assert read()


class TestEnvelope:
    def test_encrypt_is_found_beside_plain_fields(self):
        body = xml("<MsgType>text</MsgType><Encrypt>\n<![CDATA[abc=]]></Encrypt>")
        assert parse_envelope(body) == "abc="

    @pytest.mark.parametrize("rest", ["", "<Encrypt/>", "<Encrypt>a</Encrypt><Encrypt>b</Encrypt>"])
    def test_no_single_encrypt(self, rest):
        with pytest.raises(MalformedMessageError):
            parse_envelope(xml(rest))


class TestSecondOpinion:
    @given(
        content=st.text(
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
            min_size=1,
        ).filter(lambda value: value == value.strip()),
        msg_id=st.integers(1, 2**63 - 1),
    )
    def test_wechatpy_reads_the_same_text_message(self, content, msg_id):
        body = xml(
            f"<MsgType>text</MsgType><Content>{escape(content)}</Content><MsgId>{msg_id}</MsgId>"
        )
        ours, theirs = parse_message(body, "liuzhou"), wechatpy_parse(body)
        assert ours.fields["Content"] == theirs.content
        assert (ours.from_user, ours.to_user) == (theirs.source, theirs.target)
        assert (int(ours.msg_id), ours.create_time) == (theirs.id, theirs.time)

    def test_typed_view_of_a_location(self):
        inbound = parse(
            "<MsgType>location</MsgType><Location_X>23.134521</Location_X>"
            "<Location_Y>113.358803</Location_Y><Label>位置</Label><MsgId>1</MsgId>"
        )
        assert inbound.typed().location == ("23.134521", "113.358803")

    def test_typed_view_of_a_scan(self):
        inbound = event(
            "scancode_waitmsg",
            "<EventKey>6</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType>"
            "<ScanResult>1</ScanResult></ScanCodeInfo>",
        )
        assert (inbound.typed().scan_type, inbound.typed().scan_result) == ("qrcode", "1")

    def test_typed_view_leaves_the_fields_alone(self):
        inbound = parse("<MsgType>image</MsgType><MsgId>1</MsgId>")
        before = dict(inbound.fields)
        assert inbound.typed().image is None or inbound.typed().image == ""
        assert inbound.fields == before

    @pytest.mark.parametrize("rest", ["<MsgType>file</MsgType>", "<MsgType>new</MsgType>"])
    def test_typed_view_of_the_unknown(self, rest):
        assert type(parse(rest).typed()) is UnknownMessage
