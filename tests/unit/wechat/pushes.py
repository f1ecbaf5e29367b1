"""Pushes as WeChat writes them, and what we make of them."""

from __future__ import annotations

from app.wechat.inbound import Inbound, parse_message

HEAD = (
    "<ToUserName><![CDATA[gh_x]]></ToUserName><FromUserName><![CDATA[oUser_-1]]></FromUserName>"
    "<CreateTime>1348831860</CreateTime>"
)


def xml(rest: str, head: str = HEAD) -> bytes:
    return f"<xml>{head}{rest}</xml>".encode()


def parse(rest: str) -> Inbound:
    return parse_message(xml(rest), "liuzhou")


def text(content: str, more: str = "<MsgId>1234567890123456</MsgId>") -> Inbound:
    return parse(f"<MsgType>text</MsgType><Content>{content}</Content>{more}")


def event(name: str, more: str = "") -> Inbound:
    return parse(f"<MsgType>event</MsgType><Event><![CDATA[{name}]]></Event>{more}")
