"""Signatures and envelopes against published vectors, wechatpy, and deliberate damage."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from app.errors import CallbackError, DecryptError, SignatureError
from app.wechat.account import AccountSettings
from app.wechat.crypto import (
    AesKey,
    EnvelopeCipher,
    Opened,
    check_signature,
    decode_aes_key,
    sign,
)

VECTORS = {
    v["name"].split()[0]: v
    for v in json.loads(
        (Path(__file__).parents[2] / "data" / "wechat-vectors.json").read_text("utf-8")
    )
}
KEY_TEXT = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY_TEXT = "B" * 43
KEY = decode_aes_key(KEY_TEXT)
APP_ID = "wxsandbox0000000001"
TOKEN = "sandbox"

MESSAGE_A = (
    '{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",'
    '"CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)
MESSAGE_B = "\n".join(
    [
        "<xml><ToUserName><![CDATA[gh_10f6c3c3ac5a]]></ToUserName>",
        "<FromUserName><![CDATA[oyORnuP8q7ou2gfYjqLzSIWZf0rs]]></FromUserName>",
        "<CreateTime>1409735668</CreateTime>",
        "<MsgType><![CDATA[text]]></MsgType>",
        "<Content><![CDATA[abcdteT]]></Content>",
        "<MsgId>6054768590064713728</MsgId>",
        "</xml>",
    ]
)


def account(*keys: str, app_id: str = APP_ID, token: str = TOKEN) -> AccountSettings:
    return AccountSettings("liuzhou", app_id, token, keys or (KEY_TEXT,))


def cipher(*keys: str) -> EnvelopeCipher:
    return EnvelopeCipher(account(*keys))


def vector_cipher(vector: dict[str, str], prefix: bytes = b"") -> EnvelopeCipher:
    settings = account(vector["key"], app_id=vector["appid"], token=vector["token"])
    return EnvelopeCipher(settings, lambda size: prefix[:size])


def open_signed(peer: EnvelopeCipher, encrypt: str) -> Opened:
    signature = sign(TOKEN, "1", "2", encrypt)
    return peer.open(encrypt, msg_signature=signature, timestamp="1", nonce="2")


def raw_encrypt(plain: bytes, key: AesKey = KEY) -> str:
    """Encrypt bytes as they are: padding, length and owner are the caller's."""
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def framed(message: bytes, *, owner: bytes = APP_ID.encode(), length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"0123456789abcdef" + size.to_bytes(4, "big") + message + owner


def padded(plain: bytes) -> bytes:
    pad = 32 - len(plain) % 32
    return plain + bytes([pad]) * pad


class TestPublishedVectors:
    @pytest.mark.parametrize(
        ("timestamp", "nonce", "expected"),
        [
            ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
            ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ],
    )
    def test_handshake_signature(self, timestamp, nonce, expected):
        assert sign("AAAAA", timestamp, nonce) == expected
        check_signature(expected, "AAAAA", timestamp, nonce)

    def test_plain_signature_beside_the_encrypted_one(self):
        vector = VECTORS["A"]
        check_signature(vector["signature"], vector["token"], vector["ts"], vector["nonce"])

    @pytest.mark.parametrize("name", sorted(VECTORS))
    def test_every_vector_opens_like_wechatpy_opens_it(self, name):
        vector = VECTORS[name]
        opened = vector_cipher(vector).open(
            vector["encrypt"],
            msg_signature=vector["msg_signature"],
            timestamp=vector["ts"],
            nonce=vector["nonce"],
        )
        oracle = WeChatCrypto(vector["token"], vector["key"], vector["appid"])
        assert opened.body.decode() == oracle.decrypt_message(
            {"Encrypt": vector["encrypt"]}, vector["msg_signature"], vector["ts"], vector["nonce"]
        )

    @pytest.mark.parametrize(
        ("name", "prefix", "message"),
        [
            ("A", b"a8eedb185eb2fecf", MESSAGE_A),
            ("A2", b"707722b803182950", '{"demo_resp":"good luck"}'),
            ("B", b"89465c840c5f116f", MESSAGE_B),
        ],
    )
    def test_known_prefix_gives_the_published_bytes(self, name, prefix, message):
        vector = VECTORS[name]
        sealed = vector_cipher(vector, prefix).seal(
            message.encode(),
            key=decode_aes_key(vector["key"]),
            timestamp=int(vector["ts"]),
            nonce=vector["nonce"],
        )
        assert sealed.encrypt == vector["encrypt"]
        assert sealed.msg_signature == vector["msg_signature"]

    def test_deterministic_vector_of_wxjava(self):
        peer = EnvelopeCipher(account(app_id="wxb11529c136998cb6"), lambda _: b"aaaabbbbccccdddd")
        sealed = peer.seal("我是中文abcd123".encode(), key=KEY, timestamp=1, nonce="n")
        assert sealed.encrypt == (
            "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgV"
            "tVzd832WzZGMhkP72vVOfg=="
        )


class TestRefusals:
    def test_signature_covers_the_ciphertext(self):
        sealed = cipher().seal(b"<xml/>", key=KEY, timestamp=1, nonce="2")
        other = cipher().seal(b"<xml/>", key=KEY, timestamp=1, nonce="2")
        with pytest.raises(SignatureError):
            cipher().open(
                other.encrypt, msg_signature=sealed.msg_signature, timestamp="1", nonce="2"
            )

    @pytest.mark.parametrize(
        "encrypt",
        [
            pytest.param("", id="nothing"),
            pytest.param("§§§", id="not ASCII"),
            pytest.param("AAA", id="not Base64"),
            pytest.param(
                "\n".join(raw_encrypt(padded(framed(b"hi")))), id="Base64 with line breaks"
            ),
            pytest.param(base64.b64encode(b"x" * 31).decode(), id="not whole blocks"),
            pytest.param(raw_encrypt(framed(b"hi") + b"\x00" * 7), id="pad 0"),
            pytest.param(raw_encrypt(framed(b"h" * 8) + b"\x21" * 33), id="pad 33"),
            pytest.param(raw_encrypt(padded(framed(b"hi"))[:-2] + b"\x00\x17"), id="pad uneven"),
            pytest.param(raw_encrypt(b"\x20" * 16), id="pad longer than text"),
            pytest.param(raw_encrypt(padded(b"0123456789abcdef")), id="no length"),
            pytest.param(raw_encrypt(padded(framed(b"hi", length=2**32 - 1))), id="length 4 GB"),
            pytest.param(raw_encrypt(padded(framed(b"hi", length=3))), id="length one over"),
            pytest.param(raw_encrypt(padded(framed(b"hi", length=1))), id="length one under"),
            pytest.param(raw_encrypt(padded(framed(b"hi", owner=b"wxother"))), id="other AppID"),
            pytest.param(raw_encrypt(padded(framed(b"hi", owner=b""))), id="no AppID"),
            pytest.param(raw_encrypt(padded(framed(b"\xff\xfe"))), id="not UTF-8"),
            pytest.param(
                raw_encrypt(padded(framed(b"hi")), decode_aes_key(OTHER_KEY_TEXT)), id="other key"
            ),
        ],
    )
    def test_all_damage_looks_the_same(self, encrypt):
        with pytest.raises(DecryptError) as caught:
            open_signed(cipher(), encrypt)
        assert caught.value.args == ()
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None or caught.value.__suppress_context__

    def test_the_undamaged_neighbour_of_those_cases_opens(self):
        assert open_signed(cipher(), raw_encrypt(padded(framed(b"hi")))).body == b"hi"

    def test_account_without_keys_opens_nothing(self):
        peer = EnvelopeCipher(AccountSettings("liuzhou", APP_ID, TOKEN))
        with pytest.raises(DecryptError):
            open_signed(peer, raw_encrypt(padded(framed(b"hi"))))

    @given(st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()) | st.text())
    def test_fuzzed_ciphertext_raises_only_callback_errors(self, encrypt):
        with pytest.raises(CallbackError):
            open_signed(cipher(), encrypt)

    @given(st.data())
    def test_a_changed_byte_is_refused_unless_it_only_flips_one_of_the_message(self, data):
        message = "医保缴费".encode()  # fills the second block together with its length
        good = base64.b64decode(raw_encrypt(padded(framed(message))))
        place = data.draw(st.integers(0, len(good) - 1))
        bad = bytearray(good)
        bad[place] ^= data.draw(st.integers(1, 255))
        try:
            opened = open_signed(cipher(), base64.b64encode(bad).decode())
        except DecryptError:
            return
        # CBC lets the prefix be garbled and the next block flipped; msg_signature forbids it.
        assert place < 16
        assert len(opened.body) == len(message)
        assert sum(x != y for x, y in zip(opened.body, message, strict=True)) == 1

    def test_key_does_not_show(self):
        opened = open_signed(cipher(), raw_encrypt(padded(framed(b"hi"))))
        assert repr(KEY) not in repr(opened)


class TestRotation:
    def test_previous_key_still_opens_and_seals_the_reply(self):
        peer = cipher(OTHER_KEY_TEXT, KEY_TEXT)
        opened = open_signed(peer, raw_encrypt(padded(framed(b"hi"))))
        assert opened.key == KEY
        sealed = peer.seal(b"reply", key=opened.key, timestamp=3, nonce="4")
        old_peer = WeChatCrypto(TOKEN, KEY_TEXT, APP_ID)
        assert (
            old_peer.decrypt_message({"Encrypt": sealed.encrypt}, sealed.msg_signature, "3", "4")
            == "reply"
        )

    def test_current_key_opens_first(self):
        peer = cipher(KEY_TEXT, OTHER_KEY_TEXT)
        assert open_signed(peer, raw_encrypt(padded(framed(b"hi")))).key == KEY


class TestAgainstWechatpy:
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_wechatpy_opens_what_we_seal(self, message):
        sealed = cipher().seal(message.encode(), key=KEY, timestamp=5, nonce="6")
        oracle = WeChatCrypto(TOKEN, KEY_TEXT, APP_ID)
        assert (
            oracle.decrypt_message({"Encrypt": sealed.encrypt}, sealed.msg_signature, "5", "6")
            == message
        )

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_we_open_what_wechatpy_seals(self, message):
        encrypt = PrpCrypto(bytes(KEY)).encrypt(message, APP_ID).decode()
        assert open_signed(cipher(), encrypt).body.decode() == message


class TestRandomPrefix:
    def test_equal_messages_give_different_ciphertexts(self):
        first = cipher().seal(b"same", key=KEY, timestamp=1, nonce="2")
        assert first.encrypt != cipher().seal(b"same", key=KEY, timestamp=1, nonce="2").encrypt

    def test_sixteen_bytes_are_asked_for(self):
        asked: list[int] = []

        def source(size: int) -> bytes:
            asked.append(size)
            return b"\x00" * size

        EnvelopeCipher(account(), source).seal(b"x", key=KEY, timestamp=1, nonce="2")
        assert asked == [16]
