"""Signatures and the AES envelope of the message push (消息加解密).

Every way in which an envelope can be wrong ends in the same two errors without detail, so that
an answer never tells a forger how far the forgery got. Nothing here logs.

Source: 消息加解密说明 (doc/subscription/guide/dev/push/encryption) unless a line says otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NewType

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from app.errors import DecryptError, SettingsError, SignatureError
from app.wechat.account import AccountSettings

AesKey = NewType("AesKey", bytes)
"""32 bytes; the first 16 are also the initialisation vector."""

_KEY_TEXT = re.compile(r"[A-Za-z0-9+/]{43}=?")
_CIPHER_BLOCK_BYTES = 16
_PADDING_BLOCK_BYTES = 32
"""PKCS#7 with K = 32, twice the cipher's block."""
_PREFIX_BYTES = 16
"""Random bytes before the length; with a fixed IV they alone make the ciphertext unique."""
_LENGTH_BYTES = 4
_HEAD_BYTES = _PREFIX_BYTES + _LENGTH_BYTES


@dataclass(frozen=True, slots=True)
class Opened:
    """A decrypted message and the key that opened it."""

    body: bytes
    """The message, valid UTF-8."""
    key: AesKey = field(repr=False)
    """Encrypt the reply with this key: the account may be between two keys."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted reply with what its envelope says."""

    encrypt: str
    """Base64."""
    msg_signature: str
    timestamp: int
    """Unix seconds."""
    nonce: str


def sign(*parts: str) -> str:
    """Return the lowercase hex SHA-1 of the parts, sorted as byte strings and joined.

    Source: 消息与事件推送介绍 for {token, timestamp, nonce}; 消息加解密说明 adds Encrypt.
    """
    ordered = sorted(_bytes(part) for part in parts)
    return hashlib.sha1(b"".join(ordered), usedforsecurity=False).hexdigest()


def check_signature(signature: str, *parts: str) -> None:
    """Return if `signature` is that of the parts; compare in constant time.

    Raises:
        SignatureError: It is not; upper-case digits count as wrong.
    """
    if not hmac.compare_digest(_bytes(signature), sign(*parts).encode()):
        raise SignatureError


def decode_aes_key(text: str) -> AesKey:
    """Return the 32 bytes of an EncodingAESKey (43 characters, a closing `=` is tolerated).

    43 characters carry 258 bits. Tencent's own sample key has the two spare bits set, which strict
    decoders refuse; here they are cut off.

    Raises:
        SettingsError: Not 43 characters of the Base64 alphabet. The message does not show the key.
    """
    stripped = text.strip()
    if not _KEY_TEXT.fullmatch(stripped):
        raise SettingsError("EncodingAESKey 应为 43 位字母或数字，请到微信开发者平台重新复制")
    return AesKey(base64.b64decode(stripped[:43] + "A")[:32])


class EnvelopeCipher:
    """Opens and seals the envelopes of one account; holds no state, safe to share.

    Raises:
        SettingsError: One of the account's keys is malformed.
    """

    def __init__(
        self,
        account: AccountSettings,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._token = account.token
        self._app_id = account.app_id.encode()
        self._keys = tuple(decode_aes_key(text) for text in account.aes_keys)
        self._random_bytes = random_bytes

    def open(self, encrypt: str, *, msg_signature: str, timestamp: str, nonce: str) -> Opened:
        """Verify `msg_signature` over the request, then decrypt with the first key that fits.

        Args:
            encrypt: Text of the element `Encrypt`, Base64.
            msg_signature: From the query; `signature` is of no use here, it leaves out the body.
            timestamp: From the query, as sent.
            nonce: From the query, as sent.

        Raises:
            SignatureError: The signature does not match.
            DecryptError: Anything else: Base64, length, padding, AppID, UTF-8, or no key at all.
        """
        check_signature(msg_signature, self._token, timestamp, nonce, encrypt)
        try:
            sealed = base64.b64decode(encrypt, validate=True)
        except ValueError:
            raise DecryptError from None
        for key in self._keys:
            body = self._decrypt(sealed, key)
            if body is not None:
                return Opened(body, key)
        raise DecryptError

    def seal(self, body: bytes, *, key: AesKey, timestamp: int, nonce: str) -> Sealed:
        """Encrypt and sign a reply; the prefix is fresh from the injected random source."""
        head = self._random_bytes(_PREFIX_BYTES) + len(body).to_bytes(_LENGTH_BYTES, "big")
        plain = head + body + self._app_id
        pad = _PADDING_BLOCK_BYTES - len(plain) % _PADDING_BLOCK_BYTES
        encryptor = _cipher(key).encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        encrypt = base64.b64encode(sealed).decode()
        signature = sign(self._token, str(timestamp), nonce, encrypt)
        return Sealed(encrypt, signature, timestamp, nonce)

    def _decrypt(self, sealed: bytes, key: AesKey) -> bytes | None:
        """Return the message inside, or None where anything about it is wrong."""
        if not sealed or len(sealed) % _CIPHER_BLOCK_BYTES:
            return None
        decryptor = _cipher(key).decryptor()
        plain = _unpad(decryptor.update(sealed) + decryptor.finalize())
        if plain is None:
            return None
        length = int.from_bytes(plain[_PREFIX_BYTES:_HEAD_BYTES], "big")
        body, owner = plain[_HEAD_BYTES : _HEAD_BYTES + length], plain[_HEAD_BYTES + length :]
        # A plaintext too short for its length, or for the head, leaves no owner to match.
        if not hmac.compare_digest(owner, self._app_id):
            return None
        return body if _is_utf8(body) else None


def _cipher(key: AesKey) -> Cipher[CBC]:
    return Cipher(AES(key), CBC(key[:_CIPHER_BLOCK_BYTES]))


def _unpad(padded: bytes) -> bytes | None:
    """Return the bytes before the padding; None unless 1..32 equal bytes say how many they are."""
    pad = padded[-1]
    if not 1 <= pad <= _PADDING_BLOCK_BYTES:
        return None
    return padded[:-pad] if hmac.compare_digest(padded[-pad:], bytes([pad]) * pad) else None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bytes(text: str) -> bytes:
    """Encode any str, lone surrogates too: a strange parameter is wrong, not a crash."""
    return text.encode("utf-8", "surrogatepass")
