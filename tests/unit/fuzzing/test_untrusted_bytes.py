"""What reads untrusted bytes may refuse them with an error of its own, and do nothing else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.content.problems import ProblemList
from app.content.yaml_source import decode, read_yaml
from app.domain.turn import Session
from app.errors import AppError, CallbackError, StateCorruptError
from app.settings import SANDBOX_AES_KEY
from app.state.codec import decode_session, encode_session
from app.wechat.account import AccountSettings
from app.wechat.crypto import EnvelopeCipher, sign
from app.wechat.xml_fields import parse_fields
from app.workbook.reading import read_book

_CIPHER = EnvelopeCipher(AccountSettings("a", "wx1", "token", (SANDBOX_AES_KEY,)))
_ARCHIVE = b"PK\x03\x04" + b"\x00" * 60 + b"PK\x05\x06" + b"\x00" * 18
_SESSION = encode_session(Session(question="一年多少钱", turns=3))


def _spliced(seed: bytes) -> st.SearchStrategy[bytes]:
    """Return bytes that are nearly right: a good input with a part replaced."""
    place = st.integers(0, len(seed))
    return st.builds(
        lambda a, b, new: seed[: min(a, b)] + new + seed[max(a, b) :], place, place, st.binary()
    )


@given(st.binary() | _spliced(b"<xml><MsgType><![CDATA[text]]></MsgType><Content/></xml>"))
def test_xml(body: bytes) -> None:
    with suppress(CallbackError):
        assert isinstance(parse_fields(body), dict)


@given(st.binary() | _spliced(b"QUJD" * 16))
def test_envelopes_with_a_good_signature(sealed: bytes) -> None:
    text = sealed.decode("latin-1")
    with pytest.raises(CallbackError):
        _CIPHER.open(text, msg_signature=sign("token", "1", "n", text), timestamp="1", nonce="n")


@given(st.binary() | _spliced("commands:\n  help: [帮助, &a x]\n".encode()))
def test_yaml(raw: bytes) -> None:
    problems = ProblemList()
    text = decode(raw, "a.yml", problems)
    if text is not None:
        read_yaml("a.yml", text, problems)


@given(st.binary() | _spliced(_SESSION))
def test_sessions(raw: bytes) -> None:
    with suppress(StateCorruptError):
        assert decode_session(encode_session(decode_session(raw))) == decode_session(raw)


@settings(max_examples=30)
@given(st.binary(max_size=300) | _spliced(_ARCHIVE))
def test_workbooks(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path: Path = tmp_path_factory.mktemp("book") / "a.xlsx"
    path.write_bytes(raw)
    with pytest.raises(AppError):
        read_book(path)
