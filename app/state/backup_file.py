"""The format of a backup: gzip, JSON lines, a header, one line a key, a trailer with a SHA-256.

    {"yibao":"backup","format":1,"version":"0.1.0","at":"2025-12-10T10:00:00+08:00",
     "parts":["content","console","parents"],"salt":"3f…"}
    {"key":"yb:{…}:session","type":"string","expires_ms":1765420000000,"value":"{…}"}
    …
    {"keys":1,"sha256":"…"}

Bytes are a JSON string where they are UTF-8, else {"b64": …}. A value is: of a string the bytes;
of a list or set a list; of a hash pairs; of a zset pairs of member and the score's shortest exact
decimal; of a stream {"last": id, "entries": [[id, pairs], …]} (a field occurs once an entry; the
product has no consumer groups). The SHA-256 is over all lines before the trailer, uncompressed: it
tells damage, not forgery.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from app.errors import BackupError
from app.state.backup_parts import PARTS, Part, spec_of

FORMAT = 1
LINE_BYTES = 256 * 1024 * 1024
"""Longest line that is read; the largest value, an archive of 32 MB, takes 43 MB."""

Kind = Literal["string", "list", "set", "hash", "zset", "stream"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_STREAM_ID = re.compile(r"\d{1,20}-\d{1,20}")


@dataclass(frozen=True, slots=True)
class Header:
    """The first line."""

    version: str
    """Of the program that wrote it."""
    at: datetime
    """When, Asia/Shanghai."""
    parts: tuple[Part, ...]
    salt: str
    """Tells whether two deployments have the same salt; does not tell the salt."""


@dataclass(frozen=True, slots=True)
class StreamValue:
    """What a stream holds."""

    last_id: str
    """The greatest id that was ever given; new ones are greater."""
    entries: tuple[tuple[str, dict[bytes, bytes]], ...]
    """By id, ascending."""


Value = bytes | list[bytes] | set[bytes] | dict[bytes, bytes] | dict[bytes, float] | StreamValue
"""Of a string, list, set, hash, zset, stream."""


@dataclass(frozen=True, slots=True)
class Record:
    """One key."""

    key: str
    kind: Kind
    expires_ms: int | None
    """Moment in milliseconds of Unix time; None: never."""
    value: Value

    @property
    def part(self) -> Part:
        """The part that it belongs to."""
        spec = spec_of(self.key)
        return PARTS[spec.pattern if spec else ""]


def encode_header(header: Header) -> bytes:
    """Return the first line."""
    fields = {
        "yibao": "backup",
        "format": FORMAT,
        "version": header.version,
        "at": header.at.isoformat(timespec="seconds"),
        "parts": [part.value for part in header.parts],
        "salt": header.salt,
    }
    return _line(fields)


def encode_record(record: Record) -> bytes:
    """Return the line of a key."""
    fields = {
        "key": record.key,
        "type": record.kind,
        "expires_ms": record.expires_ms,
        "value": _packed(record.value),
    }
    return _line(fields)


def encode_trailer(keys: int, digest: str) -> bytes:
    """Return the last line; `digest` is the hex SHA-256 of all lines before it."""
    return _line({"keys": keys, "sha256": digest})


def decode_header(line: bytes) -> Header:
    """Read the first line.

    Raises:
        BackupError: It is none, or a newer program wrote it.
    """
    fields = _fields(line, 1)
    if fields.get("yibao") != "backup":
        raise BackupError("第 1 行：不是 yibao backup 写的文件 → 检查文件名")
    number = fields.get("format")
    if not isinstance(number, int) or number > FORMAT:
        raise BackupError(
            f"第 1 行：备份是第 {number} 版格式，由 yibao {fields.get('version')} 写的，"
            f"这个程序只认得第 {FORMAT} 版 → 用那个版本或更新的程序恢复"
        )
    try:
        return Header(
            version=str(fields["version"]),
            at=datetime.fromisoformat(fields["at"]),
            parts=tuple(Part(part) for part in fields["parts"]),
            salt=str(fields["salt"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(1) from error


def decode_trailer(line: bytes) -> tuple[int, str] | None:
    """Read the last line as number of keys and hex SHA-256; None: it is the line of a key."""
    if not line.startswith(b'{"keys":'):
        return None
    try:
        fields = json.loads(line)
        return int(fields["keys"]), str(fields["sha256"])
    except (KeyError, TypeError, ValueError):
        return None


def decode_record(line: bytes, number: int, parts: Sequence[Part]) -> Record:
    """Read the line of a key.

    Args:
        line: With its line feed.
        number: Of the line, from 1, for the message.
        parts: What the header says that there is.

    Raises:
        BackupError: It is none, or the key is not one that a backup may hold.
    """
    fields = _fields(line, number)
    try:
        key, kind, expires_ms = fields["key"], fields["type"], fields["expires_ms"]
        record = Record(str(key), kind, _moment(expires_ms), _READ[kind](fields["value"]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged(number) from error
    spec = spec_of(key)
    if spec is None or PARTS.get(spec.pattern) not in parts or spec.kind != kind:
        raise BackupError(
            f"第 {number} 行：这个版本的程序不会备份这种键，或类型不对 → "
            "用写这份备份的版本恢复（版本在第 1 行：zcat 文件 | head -1）"
        )
    return record


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _fields(line: bytes, number: int) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(number) from error
    if not isinstance(fields, dict):
        raise _damaged(number)
    return fields


def _damaged(number: int) -> BackupError:
    return BackupError(f"第 {number} 行：读不懂，文件坏了或被改过 → 换另一份备份")


def _moment(stored: Any) -> int | None:  # noqa: ANN401 - JSON
    if stored is not None and (not isinstance(stored, int) or stored < 0):
        raise TypeError
    return stored


def _text(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(raw).decode()}


def _packed(value: Value) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, list):
        return [_text(item) for item in value]
    if isinstance(value, set):
        return [_text(item) for item in sorted(value)]
    if isinstance(value, StreamValue):
        entries = [[name, _packed(fields)] for name, fields in value.entries]
        return {"last": value.last_id, "entries": entries}
    return [
        [_text(name), _text(item) if isinstance(item, bytes) else repr(item)]
        for name, item in value.items()
    ]


def _bytes(stored: Any) -> bytes:  # noqa: ANN401 - JSON
    if isinstance(stored, str):
        return stored.encode()
    if not isinstance(stored, dict) or set(stored) != {"b64"}:
        raise TypeError
    try:
        return base64.b64decode(stored["b64"], validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _list(stored: Any) -> list[bytes]:  # noqa: ANN401 - JSON
    if not isinstance(stored, list) or not stored:  # Redis has no empty ones
        raise TypeError
    return [_bytes(item) for item in stored]


def _pairs(stored: Any) -> dict[bytes, bytes]:  # noqa: ANN401 - JSON
    if not isinstance(stored, list) or not stored:
        raise TypeError
    return {_bytes(name): _bytes(item) for name, item in stored}


def _scores(stored: Any) -> dict[bytes, float]:  # noqa: ANN401 - JSON
    if not isinstance(stored, list) or not stored:
        raise TypeError
    scores = {_bytes(member): float(score) for member, score in stored}
    if any(math.isnan(score) for score in scores.values()):
        raise ValueError
    return scores


def _stream(stored: Any) -> StreamValue:  # noqa: ANN401 - JSON
    entries = tuple((str(name), _pairs(fields)) for name, fields in stored["entries"])
    ids = [*(name for name, _ in entries), stored["last"]]
    if not all(_STREAM_ID.fullmatch(name) for name in ids):
        raise ValueError
    order = [stream_place(name) for name in ids]
    if order != sorted(order) or len(set(order[:-1])) != len(entries):
        raise ValueError
    return StreamValue(stored["last"], entries)


def stream_place(entry_id: str) -> tuple[int, int]:
    """Return the milliseconds and the sequence of a stream's id."""
    ms, _, sequence = entry_id.partition("-")
    return int(ms), int(sequence)


_READ: dict[Kind, Callable[[Any], Value]] = {
    "string": _bytes,
    "list": _list,
    "set": lambda stored: set(_list(stored)),
    "hash": _pairs,
    "zset": _scores,
    "stream": _stream,
}
