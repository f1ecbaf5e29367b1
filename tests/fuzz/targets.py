"""What is fuzzed: functions of bytes that may refuse them with an error of their own, no more.

A target raises where something is amiss. The same targets run under atheris (`make fuzz`), over
the crashes that were found before, and over their own seeds in the ordinary tests.
"""

from __future__ import annotations

import base64
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from app.account_secrets import SANDBOX_AES_KEY
from app.content.files import read_files
from app.content.loader import examine
from app.dialogue.assistant import Assistant
from app.dialogue.texts import TEXT_KEYS
from app.domain.turn import Message, MessageKind, Session, Turn
from app.errors import AppError, CallbackError, DecryptError, StateCorruptError
from app.state.codec import decode_session, encode_session
from app.wechat.account import AccountSettings
from app.wechat.crypto import EnvelopeCipher, decode_aes_key, sign
from app.wechat.inbound import parse_envelope, parse_message
from app.wechat.parts import byte_length
from app.wechat.payload_reading import article_of, payload_of
from app.wechat.triggers import trigger_of
from app.workbook.comparing import compare
from app.workbook.content import IntentText, read_intents
from app.workbook.exporting import export_bytes
from app.workbook.reading import read_book
from tests.assistants import SMALL_CONTENT, small_assistant

NOW = datetime(2025, 12, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
_BLOCK = 32
_TEXT_BYTES = 2048
_APP_ID = "wx1"
_TOKEN = "token"
_HEAD = (
    "<ToUserName>gh_x</ToUserName><FromUserName>oUser</FromUserName>"
    "<CreateTime>1348831860</CreateTime>"
)


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads untrusted bytes."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    """Good inputs to begin with."""
    packages: tuple[str, ...]
    """Code whose branches guide the search."""
    smoke_runs: int
    """Inputs in the ordinary tests: a second or two."""


def xml(data: bytes) -> None:
    """Read a push: its envelope, its message, and everything that is made of them."""
    with suppress(CallbackError):
        assert parse_envelope(data)
    with suppress(CallbackError):
        inbound = parse_message(data, "beijing")
        assert inbound.message.user
        assert inbound.message.delivery_key
        article_of(inbound)
        payload_of(inbound)
        trigger_of(inbound)
        inbound.typed()


def _xml_seeds() -> Iterator[bytes]:
    kinds = (
        "<MsgType>text</MsgType><Content><![CDATA[一年多少钱]]></Content><MsgId>1</MsgId>",
        "<MsgType>voice</MsgType><Recognition>缴费</Recognition><MediaId>m</MediaId>",
        "<MsgType>image</MsgType><PicUrl>http://x/y</PicUrl><MediaId>m</MediaId>",
        "<MsgType>location</MsgType><Location_X>24.3</Location_X><Location_Y>109.4</Location_Y>"
        "<Scale>15</Scale><Label>柳州</Label>",
        "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>scene</EventKey><Ticket>t</Ticket>",
        "<MsgType>event</MsgType><Event>scancode_waitmsg</Event><EventKey>k</EventKey>"
        "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>r</ScanResult></ScanCodeInfo>",
        "<MsgType>event</MsgType><Event>pic_weixin</Event><EventKey>k</EventKey><SendPicsInfo>"
        "<Count>1</Count><PicList><item><PicMd5Sum>1</PicMd5Sum></item></PicList></SendPicsInfo>",
        "<MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event><PublishEventInfo><publish_id>1"
        "</publish_id><publish_status>0</publish_status></PublishEventInfo>",
        "<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event>"
        "<SubscribeMsgPopupEvent><List><TemplateId>t</TemplateId></List></SubscribeMsgPopupEvent>",
        "<Encrypt>QUJD</Encrypt>",
    )
    for rest in kinds:
        yield f"<xml>{_HEAD}{rest}</xml>".encode()


@cache
def _cipher() -> EnvelopeCipher:
    return EnvelopeCipher(AccountSettings("a", _APP_ID, _TOKEN, (SANDBOX_AES_KEY,)))


def crypto(data: bytes) -> None:
    """Open what somebody who has the keys could have sealed: anything at all is inside."""
    key = decode_aes_key(SANDBOX_AES_KEY)
    pad = -len(data) % _BLOCK or _BLOCK
    for plain in (data + bytes([pad]) * pad, data[: len(data) // 16 * 16]):
        encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
        sealed = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
        with suppress(DecryptError):
            body = _open(sealed)
            assert body in plain
            body.decode()
    with suppress(DecryptError):
        _open(data.decode("latin-1"))


def _open(sealed: str) -> bytes:
    signature = sign(_TOKEN, "1", "n", sealed)
    return _cipher().open(sealed, msg_signature=signature, timestamp="1", nonce="n").body


def _crypto_seeds() -> Iterator[bytes]:
    body = "<xml>医保</xml>".encode()
    for length in (len(body), 0, len(body) - 1, 1 << 31):
        yield b"r" * 16 + length.to_bytes(4, "big") + body + _APP_ID.encode()
    yield b""
    yield base64.b64encode(b"0" * 64)


_FILES = (
    *("intents/fee_standard.yml", "intents/_accounts.yml", "intents/_commands.yml"),
    *("intents/_places.yml", "intents/_synonyms.yml", "intents/_texts.yml", "intents/_words.yml"),
    *("intents/menu.yml", "intents/_opposites.yml", "intents/_sensitive.yml"),
    *("intents/flows/check_coverage.yml", "knowledge/facts/beijing.yml"),
    *("knowledge/calendar/beijing.yml", "knowledge/beijing-2026.md"),
)


def yaml(data: bytes) -> None:
    """Read a content file, then compare it with the others: problems are told, not raised."""
    if not data:
        return
    path = _FILES[data[0] % len(_FILES)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.parent.mkdir(parents=True)
        file.write_bytes(data[1:])
        scope = examine(Path(folder), TEXT_KEYS)
        for problem in scope.files.problems.ordered():
            assert problem.message


def _yaml_seeds() -> Iterator[bytes]:
    for number, path in enumerate(_FILES):
        for root in (SMALL_CONTENT, SMALL_CONTENT.parents[2]):
            if (root / path).is_file():
                yield bytes([number]) + (root / path).read_bytes()[:4000]
    for flow in sorted((SMALL_CONTENT / "intents/flows").glob("*.yml")):
        yield bytes([_FILES.index("intents/flows/check_coverage.yml")]) + flow.read_bytes()


@cache
def _intents() -> Mapping[str, IntentText]:
    return read_intents(SMALL_CONTENT)


@cache
def _book() -> dict[str, bytes]:
    """Return the parts of an exported workbook by name."""
    files = read_files(SMALL_CONTENT)
    whole = export_bytes(_intents(), ["beijing", "liuzhou"], files.revision, lambda: None)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def excel(data: bytes) -> None:
    """Import a workbook one part of which is replaced; the first byte says which."""
    if not data:
        return
    parts = _book()
    replaced = sorted(parts)[data[0] % len(parts)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for name, raw in parts.items():
                archive.writestr(name, data[1:] if name == replaced else raw)
        with suppress(AppError):
            compare(read_book(path), _intents())


def _excel_seeds() -> Iterator[bytes]:
    for number, (_, raw) in enumerate(sorted(_book().items())):
        if len(raw) < 8000:
            yield bytes([number]) + raw


def dialogue(data: bytes) -> None:
    """Talk to the bot: a line is a message, and the session goes through the store between.

    The text is what can arrive: XML is read as UTF-8, so half a surrogate pair is never in it.
    """
    session = Session()
    now = NOW
    for line in data.decode("utf-8", "replace").split("\n")[:12]:
        kind = _KINDS[ord(line[0]) % len(_KINDS)] if line[:1] < " " and line else MessageKind.TEXT
        text = line if kind is MessageKind.TEXT else line[1:]
        message = Message("beijing" if len(data) % 2 else "liuzhou", "parent", kind, text, text)
        turn = _checked(small_assistant(), session, message, now)
        session = decode_session(encode_session(turn.session))
        assert session == turn.session
        now += timedelta(minutes=len(text) % 50)


_KINDS = tuple(MessageKind)


def _checked(assistant: Assistant, session: Session, message: Message, now: datetime) -> Turn:
    turn = assistant.turn(session, message, now)
    assert byte_length(turn.text) <= _TEXT_BYTES
    assert turn.text.strip() or turn.reply is None
    assert not any(0xD800 <= ord(char) <= 0xDFFF for char in turn.text)
    return turn


_TALKS = (
    "参保资格\n小学\n北京户口\n是\n没解决\n机器人",
    "参保资格\n一年多少钱\n继续\n老二呢\n1\n更多\n再说一遍",
    "怎么缴费\n2\n不是这个\n转人工\n提醒我缴费\n好的\n我的提醒\n取消提醒",
    "多少钱\n柳州\n第二个\n我的身份证450201201501011234\n删除我的数据\n确认删除",
    "{{7*7}}\n%s\n<a href=x>\n帮助\n返回\n取消\n重新开始",
)


def _dialogue_seeds() -> Iterator[bytes]:
    for talk in _TALKS:
        yield talk.encode()
        yield talk.encode() + b" "
    yield "".join(f"{chr(n)}缴费\n" for n in range(1, 10)).encode()


def session(data: bytes) -> None:
    """Go on from whatever the store holds: refused as broken, or a turn like any other."""
    stored, _, said = data.partition(b"\n")
    try:
        before = decode_session(stored)
    except StateCorruptError:
        return
    assert decode_session(encode_session(before)) == before
    for text in (said.decode("utf-8", "replace"), "1", "继续", "一年多少钱"):
        message = Message("beijing", "parent", MessageKind.TEXT, text)
        encode_session(_checked(small_assistant(), before, message, NOW).session)


def _session_seeds() -> Iterator[bytes]:
    for talk in _TALKS:
        state = Session()
        for text in talk.split("\n"):
            message = Message("beijing", "parent", MessageKind.TEXT, text)
            state = small_assistant().turn(state, message, NOW).session
            yield encode_session(state) + b"\n" + text.encode()


TARGETS = {
    "xml": Target(xml, _xml_seeds, ("app.wechat",), 3000),
    "crypto": Target(crypto, _crypto_seeds, ("app.wechat",), 3000),
    "yaml": Target(yaml, _yaml_seeds, ("app.content",), 120),
    "excel": Target(excel, _excel_seeds, ("app.workbook",), 30),
    "dialogue": Target(dialogue, _dialogue_seeds, ("app.dialogue", "app.flows"), 60),
    "session": Target(session, _session_seeds, ("app.dialogue", "app.state"), 150),
}
