"""Replies: what another parser reads is what we meant."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

from app.wechat.account import AccountSettings
from app.wechat.crypto import EnvelopeCipher, decode_aes_key
from app.wechat.outbound import SUCCESS, byte_length, encrypted_reply, text_reply, transfer_message

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def reply(text: str, to_user: str = "oUser", from_user: str = "gh_x") -> bytes:
    return text_reply(to_user=to_user, from_user=from_user, text=text, created=1409735668)


def read(body: bytes) -> dict[str, str]:
    root = ElementTree.fromstring(body)  # noqa: S314 - our own output
    return {element.tag: element.text or "" for element in root}


def test_fields_of_a_reply():
    assert read(reply("第一行\n第二行")) == {
        "ToUserName": "oUser",
        "FromUserName": "gh_x",
        "CreateTime": "1409735668",
        "MsgType": "text",
        "Content": "第一行\n第二行",
    }


def test_a_reply_says_what_wechatpy_would():
    text = '怎么交\n<a href="https://x">看这里</a> & 等'
    theirs = TextReply(target="oUser", source="gh_x", content=text, time=1409735668)
    assert read(reply(text)) == read(theirs.render().encode())


@pytest.mark.parametrize("account", ["", "kf2001@gh_x", "a]]></KfAccount>b"])
def test_a_transfer_names_the_person_where_one_is_named(account):
    body = transfer_message(
        to_user="oUser", from_user="gh_x", kf_account=account, created=1409735668
    )
    root = ElementTree.fromstring(body)  # noqa: S314 - our own output
    assert [element.tag for element in root][:4] == [
        *("ToUserName", "FromUserName", "CreateTime", "MsgType")
    ]
    assert root.findtext("MsgType") == "transfer_customer_service"
    assert root.findtext("TransInfo/KfAccount") == (account or None)
    assert len(root) == (5 if account else 4)


@pytest.mark.parametrize(
    "text", ["]]>", "]]]]>>", "a]]></Content><Content>b", "<![CDATA[x]]>", "]]", "]]]>", "&amp;<>"]
)
def test_text_cannot_leave_its_element(text):
    assert read(reply(text))["Content"] == text


def test_names_cannot_leave_their_elements():
    fields = read(reply("hi", to_user="a]]></ToUserName>", from_user="b]]>c"))
    assert (fields["ToUserName"], fields["FromUserName"]) == ("a]]></ToUserName>", "b]]>c")


def test_removing_a_character_cannot_build_a_cdata_end():
    assert read(reply("]\x00]\x00>"))["Content"] == "]]>"


@given(st.text(st.characters()))
def test_any_text_arrives_without_the_illegal_characters(text):
    expected = ILLEGAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    assert read(reply(text))["Content"] == expected


@given(st.text(st.characters()), st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_wechatpy_opens_the_encrypted_reply(text, nonce):
    account = AccountSettings("liuzhou", "wx1", "token", (KEY,))
    body = reply(text)
    sealed = EnvelopeCipher(account).seal(
        body, key=decode_aes_key(KEY), timestamp=1713424427, nonce=nonce
    )
    envelope = read(encrypted_reply(sealed))
    assert envelope["TimeStamp"] == "1713424427"
    assert envelope["Nonce"] == nonce
    opened = WeChatCrypto("token", KEY, "wx1").decrypt_message(
        encrypted_reply(sealed).decode(), envelope["MsgSignature"], "1713424427", nonce
    )
    assert opened.encode() == body


def test_success_is_the_bare_word():
    assert SUCCESS == b"success"


@pytest.mark.parametrize(("text", "size"), [("", 0), ("a", 1), ("医", 3), ("😀", 4)])
def test_byte_length(text, size):
    assert byte_length(text) == size
