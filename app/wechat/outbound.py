"""Replies as bytes: text XML, the encrypted envelope, and `success`.

Written here, quicker than wechatpy renders them (tests compare what both say), and because it
leaves two things open: `]]>` inside a text, and characters that XML does not allow.
"""

from __future__ import annotations

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

_CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r")
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""U+FFFE and U+FFFF as UTF-8. With the control characters and lone surrogates they are all that
XML 1.0 (production Char) does not allow."""


def text_reply(*, to_user: str, from_user: str, text: str, created: int) -> bytes:
    """Return the XML of a passive text reply (被动回复), UTF-8.

    Args:
        to_user: OpenID of the user.
        from_user: Original id of the account, `gh_…`.
        text: At most `TEXT_LIMIT_BYTES`; not checked here.
        created: Unix seconds.
    """
    return (
        b"<xml>\n"
        b"<ToUserName><![CDATA[%b]]></ToUserName>\n"
        b"<FromUserName><![CDATA[%b]]></FromUserName>\n"
        b"<CreateTime>%d</CreateTime>\n"
        b"<MsgType><![CDATA[text]]></MsgType>\n"
        b"<Content><![CDATA[%b]]></Content>\n"
        b"</xml>"
    ) % (_cdata(to_user), _cdata(from_user), created, _cdata(text))


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
    person = b"<TransInfo><KfAccount><![CDATA[%b]]></KfAccount></TransInfo>" % account
    return (
        b"<xml>"
        b"<ToUserName><![CDATA[%b]]></ToUserName>"
        b"<FromUserName><![CDATA[%b]]></FromUserName>"
        b"<CreateTime>%d</CreateTime>"
        b"<MsgType><![CDATA[transfer_customer_service]]></MsgType>"
        b"%b"
        b"</xml>"
    ) % (_cdata(to_user), _cdata(from_user), created, person if account else b"")


def encrypted_reply(sealed: Sealed) -> bytes:
    """Return the envelope around an encrypted reply, UTF-8. Source: 消息加解密说明."""
    return (
        b"<xml>"
        b"<Encrypt><![CDATA[%b]]></Encrypt>"
        b"<MsgSignature><![CDATA[%b]]></MsgSignature>"
        b"<TimeStamp>%d</TimeStamp>"
        b"<Nonce><![CDATA[%b]]></Nonce>"
        b"</xml>"
    ) % (
        sealed.encrypt.encode(),
        sealed.msg_signature.encode(),
        sealed.timestamp,
        _cdata(sealed.nonce),
    )


def _cdata(text: str) -> bytes:
    """Return the text as it may stand between `<![CDATA[` and `]]>`, UTF-8."""
    # Lone surrogates are what UTF-8 cannot say; bytes below 0x80 are characters by themselves.
    raw = text.encode(errors="ignore").translate(None, _CONTROLS)
    for character in _NO_CHARACTERS:
        raw = raw.replace(character, b"")
    return raw.replace(b"]]>", b"]]]]><![CDATA[>")
