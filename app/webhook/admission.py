"""Who may speak: from query and body to an authentic `Inbound`, and back to reply bytes.

Pure apart from the injected clock value. The order is the point: the signature first, then
freshness, then the content, so that a stranger learns nothing but that it was refused.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

import msgspec

from app.domain.handoff import transfer_target
from app.errors import MalformedMessageError, ReplayError, SignatureError
from app.wechat.account import AccountSettings
from app.wechat.crypto import AesKey, EnvelopeCipher, check_signature
from app.wechat.inbound import Inbound, parse_envelope, parse_message
from app.wechat.outbound import encrypted_reply, text_reply, transfer_message

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_NAMES = ("signature", "timestamp", "nonce", "echostr", "encrypt_type", "msg_signature")


class CallbackQuery(msgspec.Struct, frozen=True):
    """The query parameters that matter; all others, `openid` too, are not authenticated."""

    signature: str = ""
    timestamp: str = ""
    nonce: str = ""
    echostr: str = ""
    encrypt_type: str = ""
    msg_signature: str = ""

    def __repr__(self) -> str:
        """Return no signature: with it the push could be sent again."""
        return f"CallbackQuery(timestamp={self.timestamp!r}, encrypt_type={self.encrypt_type!r})"

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> CallbackQuery:
        """Build from decoded pairs.

        Raises:
            SignatureError: One of our parameters is given twice; which one was signed?
        """
        known: dict[str, str] = {}
        for name, value in pairs:
            if name not in _NAMES:
                continue
            if name in known:
                raise SignatureError
            known[name] = value
        return cls(**known)


class Admitted(msgspec.Struct, frozen=True):
    """An authentic push and how its reply must be written."""

    inbound: Inbound
    nonce: str = ""
    """The request's; an encrypted reply repeats it."""
    key: AesKey | None = None
    """The key that opened the push; None for plaintext."""
    opened: float | None = None
    """When it was decrypted, by `time.perf_counter`; None for plaintext."""

    def __repr__(self) -> str:
        """Return neither the key nor what was written."""
        return f"Admitted(msg_type={self.inbound.msg_type!r})"


class Gate:
    """Admits the pushes of one account.

    Args:
        account: Settings of the account.
        cipher: Its envelope cipher.
        window_s: Largest distance in seconds between `timestamp` and now, either way. Retries may
            repeat the first timestamp, so keep it above 5 minutes.

    Raises:
        SettingsError: See `EnvelopeCipher`.
    """

    def __init__(self, account: AccountSettings, cipher: EnvelopeCipher, window_s: float) -> None:
        self._account = account
        self._cipher = cipher
        self._window_s = window_s

    def handshake(self, query: CallbackQuery, now: float) -> bytes:
        """Return what proves to WeChat that the endpoint knows the token: `echostr` itself.

        Plain in all modes; the encrypted handshake belongs to 企业微信. Source: 消息与事件推送介绍.

        Raises:
            SignatureError: Not signed with the token.
            ReplayError: The timestamp is outside the window.
            MalformedMessageError: There is nothing to echo.
        """
        self._check_plain(query, now)
        if not query.echostr:
            raise MalformedMessageError
        return query.echostr.encode()

    def admit(self, query: CallbackQuery, body: bytes, now: float) -> Admitted:
        """Return the push in `body` if it is authentic and fresh.

        `encrypt_type=aes` (safe and compatible mode): only the decrypted message counts, the
        plain fields beside it are not covered by any signature.

        Raises:
            CallbackError: One of its kinds; plaintext is a SignatureError where the account
                requires AES.
        """
        match query.encrypt_type.lower():
            case "aes":
                return self._admit_sealed(query, body, now)
            case "" | "raw":
                return self._admit_plain(query, body, now)
            case _:
                raise MalformedMessageError

    def reply_body(self, admitted: Admitted, reply: str, now: float) -> bytes:
        """Return the reply as the push's mode wants it, with the key that opened the push."""
        created = int(now)
        xml = _reply_xml(admitted.inbound, reply, created)
        if admitted.key is None:
            return xml
        sealed = self._cipher.seal(xml, key=admitted.key, timestamp=created, nonce=admitted.nonce)
        return encrypted_reply(sealed)

    def _admit_plain(self, query: CallbackQuery, body: bytes, now: float) -> Admitted:
        if self._account.require_aes:
            raise SignatureError
        self._check_plain(query, now)
        return Admitted(parse_message(body, self._account.id))

    def _admit_sealed(self, query: CallbackQuery, body: bytes, now: float) -> Admitted:
        opened = self._cipher.open(
            parse_envelope(body),
            msg_signature=query.msg_signature,
            timestamp=query.timestamp,
            nonce=query.nonce,
        )
        self._check_fresh(query.timestamp, now)
        decrypted = time.perf_counter()
        inbound = parse_message(opened.body, self._account.id)
        return Admitted(inbound, query.nonce, opened.key, decrypted)

    def _check_plain(self, query: CallbackQuery, now: float) -> None:
        check_signature(query.signature, self._account.token, query.timestamp, query.nonce)
        self._check_fresh(query.timestamp, now)

    def _check_fresh(self, timestamp: str, now: float) -> None:
        """Raise ReplayError unless `timestamp` is Unix seconds within the window around now."""
        if not _TIMESTAMP.fullmatch(timestamp) or abs(now - int(timestamp)) > self._window_s:
            raise ReplayError


def _reply_xml(inbound: Inbound, reply: str, created: int) -> bytes:
    """Return a text, or what passes the message on to a person (`domain.handoff`)."""
    to_user, from_user = inbound.from_user, inbound.to_user
    person = transfer_target(reply)
    if person is None:
        return text_reply(to_user=to_user, from_user=from_user, text=reply, created=created)
    return transfer_message(
        to_user=to_user, from_user=from_user, kf_account=person, created=created
    )
