"""Signatures and envelopes from WeChat's side, written from 消息加解密说明 alone."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass, field
from random import Random
from xml.etree import ElementTree

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_PKCS7_BITS = 256
_MODES = ("plain", "compatible", "safe")


class AnswerError(Exception):
    """The reply is none that WeChat would accept; the text says why, in Chinese."""


@dataclass(frozen=True)
class Account:
    """An official account as WeChat knows it."""

    id: str
    """Last part of the callback's path."""
    app_id: str
    token: str = field(repr=False)
    aes_key: str = field(default="", repr=False)
    """EncodingAESKey, 43 characters; empty: plain mode only."""
    original_id: str = "gh_simulation"
    secret: str = field(default="simulated-secret", repr=False)
    verified: bool = True
    """Whether customer-service messages and other calls are granted (else 48001)."""

    def modes(self) -> tuple[str, ...]:
        """Return the modes in which this account may push."""
        return _MODES if self.aes_key else _MODES[:1]


def digest(*parts: str) -> str:
    """Return the signature of the parts."""
    joined = b"".join(sorted(part.encode() for part in parts))
    return hashlib.new("sha1", joined, usedforsecurity=False).hexdigest()


def _cipher(account: Account) -> Cipher[modes.CBC]:
    key = base64.b64decode(account.aes_key + "=")
    return Cipher(algorithms.AES256(key), modes.CBC(key[:16]))


def seal(account: Account, message: bytes, rng: Random) -> str:
    """Return the Base64 of an encrypted message."""
    plain = rng.randbytes(16) + struct.pack(">I", len(message)) + message + account.app_id.encode()
    padder = padding.PKCS7(_PKCS7_BITS).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = _cipher(account).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def unseal(account: Account, sealed: str) -> bytes:
    """Return the message inside.

    Raises:
        AnswerError: It was not made with the account's key or AppID.
    """
    try:
        decryptor = _cipher(account).decryptor()
        padded = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
        unpadder = padding.PKCS7(_PKCS7_BITS).unpadder()
        plain = unpadder.update(padded) + unpadder.finalize()
    except ValueError as exc:
        raise AnswerError("密文解不开") from exc
    if len(plain) < 20:
        raise AnswerError("密文太短")
    (length,) = struct.unpack(">I", plain[16:20])
    if plain[20 + length :] != account.app_id.encode():
        raise AnswerError("密文里的 AppID 不对")
    return plain[20 : 20 + length]


def request(
    account: Account, mode: str, xml: str, now: int, rng: Random, openid: str
) -> tuple[dict[str, str], bytes]:
    """Return query and body of one push in `plain`, `compatible` or `safe` mode."""
    nonce = str(rng.randrange(10**9))
    query = {
        "signature": digest(account.token, str(now), nonce),
        "timestamp": str(now),
        "nonce": nonce,
        "openid": openid,
    }
    if mode == "plain":
        return query, xml.encode()
    sealed = seal(account, xml.encode(), rng)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = digest(account.token, str(now), nonce, sealed)
    element = f"<Encrypt><![CDATA[{sealed}]]></Encrypt>"
    if mode == "compatible":
        return query, (xml.removesuffix("</xml>") + element + "</xml>").encode()
    to_user = f"<ToUserName><![CDATA[{account.original_id}]]></ToUserName>"
    return query, f"<xml>{to_user}{element}</xml>".encode()


def read_answer(account: Account, mode: str, body: bytes) -> dict[str, str]:
    """Return the fields of a reply; {} for `success` or nothing.

    Raises:
        AnswerError: WeChat would show a fault instead.
    """
    if body in {b"", b"success"}:
        return {}
    fields = _fields(body)
    if "Encrypt" not in fields:
        if mode == "safe":
            raise AnswerError("安全模式下回复没有加密")
        return fields
    parts = (fields.get("TimeStamp", ""), fields.get("Nonce", ""), fields["Encrypt"])
    if fields.get("MsgSignature") != digest(account.token, *parts):
        raise AnswerError("回复的签名不对")
    return _fields(unseal(account, fields["Encrypt"]))


def _fields(body: bytes) -> dict[str, str]:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - the reply of the bot under test
    except ElementTree.ParseError as exc:
        raise AnswerError("回复不是 XML") from exc
    if root.tag != "xml":
        raise AnswerError("回复的根元素不是 xml")
    return {child.tag: child.text or "" for child in root}
