"""Signatures and keys: what is accepted, byte by byte."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import SettingsError, SignatureError
from app.wechat.account import AccountSettings
from app.wechat.crypto import EnvelopeCipher, check_signature, decode_aes_key, sign

TOKEN = "sandbox"
KEY_TEXT = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class TestSignature:
    def test_parts_are_sorted_as_bytes_not_as_numbers_or_utf16(self):
        # U+FF01 sorts before U+1F600 in UTF-8 and after it in UTF-16.
        assert sign("10", "9") == sign("9", "10")
        assert sign("\uff01", "\U0001f600") == sign("\U0001f600", "\uff01")

    @pytest.mark.parametrize("wrong", ["", "0" * 40, "é", "\ud800", "f" * 10_000])
    def test_wrong_signature_is_refused(self, wrong):
        with pytest.raises(SignatureError):
            check_signature(wrong, TOKEN, "1", "2")

    def test_upper_case_is_refused(self):
        with pytest.raises(SignatureError):
            check_signature(sign(TOKEN, "1", "2").upper(), TOKEN, "1", "2")

    @given(st.lists(st.text(st.characters()), max_size=4))
    def test_any_text_can_be_signed(self, parts):
        check_signature(sign(*parts), *reversed(parts))


class TestAesKey:
    @given(st.from_regex(r"[A-Za-z0-9+/]{43}", fullmatch=True))
    def test_spare_bits_do_not_matter(self, text):
        assert decode_aes_key(text) == base64.b64decode(text + "=")

    def test_closing_equals_sign_and_blanks_are_tolerated(self):
        assert decode_aes_key(f" {KEY_TEXT}=\n") == decode_aes_key(KEY_TEXT)

    @pytest.mark.parametrize("text", ["", "A" * 42, "A" * 44, "-" * 43, "医" * 43])
    def test_malformed_key_is_a_settings_error_that_keeps_it_secret(self, text):
        with pytest.raises(SettingsError) as caught:
            decode_aes_key(text)
        assert not text or text not in str(caught.value)

    def test_cipher_checks_all_keys_at_start(self):
        account = AccountSettings("liuzhou", "wx1", TOKEN, (KEY_TEXT, "short"))
        with pytest.raises(SettingsError):
            EnvelopeCipher(account)
