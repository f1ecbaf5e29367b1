"""Replies as bytes: text XML, the encrypted envelope, and `success`.

Written here, quicker than wechatpy renders them (tests compare what both say), and because it
leaves two things open: `]]>` inside a text, and characters that XML does not allow.
"""

from __future__ import annotations

import re

from app.wechat.crypto import Sealed
from app.wechat.parts import TEXT_LIMIT_BYTES, byte_length, fit_parts

__all__ = [
    "SUCCESS",
    "TEXT_LIMIT_BYTES",
    "byte_length",
    "encrypted_reply",
    "fit_parts",
    "text_reply",
    "transfer_message",
]

SUCCESS = b"success"
"""Body that says: received, nothing to show. Never encrypted, in safe mode neither.
Source: 被动回复用户消息; 消息加解密说明."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (production Char) does not allow, lone surrogates among it."""


def text_reply(*, to_user: str, from_user: str, text: str, created: int) -> bytes:
    """Return the XML of a passive text reply (被动回复), UTF-8.

    Args:
        to_user: OpenID of the user.
        from_user: Original id of the account, `gh_…`.
        text: At most `TEXT_LIMIT_BYTES`; not checked here.
        created: Unix seconds.
    """
    return (
        "<xml>\n"
        f"<ToUserName><![CDATA[{_cdata(to_user)}]]></ToUserName>\n"
        f"<FromUserName><![CDATA[{_cdata(from_user)}]]></FromUserName>\n"
        f"<CreateTime>{created}</CreateTime>\n"
        "<MsgType><![CDATA[text]]></MsgType>\n"
        f"<Content><![CDATA[{_cdata(text)}]]></Content>\n"
        "</xml>"
    ).encode()


def transfer_message(*, to_user: str, from_user: str, kf_account: str, created: int) -> bytes:
    """Return the XML that passes the message on to WeChat's customer service (多客服), UTF-8.

    Written here because wechatpy's reply of this type cannot name a person.
    Source: 将消息转发到客服.

    Args:
        to_user: OpenID of the user.
        from_user: Original id of the account, `gh_…`.
        kf_account: Whom to pass it to, `name@account`; empty: WeChat chooses.
        created: Unix seconds.
    """
    account = _cdata(kf_account)
    person = f"<TransInfo><KfAccount><![CDATA[{account}]]></KfAccount></TransInfo>"
    return (
        "<xml>"
        f"<ToUserName><![CDATA[{_cdata(to_user)}]]></ToUserName>"
        f"<FromUserName><![CDATA[{_cdata(from_user)}]]></FromUserName>"
        f"<CreateTime>{created}</CreateTime>"
        "<MsgType><![CDATA[transfer_customer_service]]></MsgType>"
        f"{person if account else ''}"
        "</xml>"
    ).encode()


def encrypted_reply(sealed: Sealed) -> bytes:
    """Return the envelope around an encrypted reply, UTF-8. Source: 消息加解密说明."""
    return (
        "<xml>"
        f"<Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{sealed.msg_signature}]]></MsgSignature>"
        f"<TimeStamp>{sealed.timestamp}</TimeStamp>"
        f"<Nonce><![CDATA[{_cdata(sealed.nonce)}]]></Nonce>"
        "</xml>"
    ).encode()


def _cdata(text: str) -> str:
    """Return the text as it may stand between `<![CDATA[` and `]]>`."""
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub("", text)
    return text.replace("]]>", "]]]]><![CDATA[>")
