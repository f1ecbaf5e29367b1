"""The file: every value comes back as it was, and a damaged file never does."""

from __future__ import annotations

import gzip
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import BackupError
from app.state.backup_archive import BackupWriter, open_backup
from app.state.backup_file import (
    Record,
    StreamValue,
    decode_header,
    decode_record,
    encode_header,
    encode_record,
)
from app.state.backup_parts import EXCLUDED, PARTS, Part
from app.state.key_table import TABLE
from tests.state.backups import ALL, HEADER, written

ROOT = Path(__file__).parents[2]
DIGEST = "0" * 32
ids = st.tuples(st.integers(0, 2**63), st.integers(1, 2**63))
pairs = st.dictionaries(st.binary(), st.binary(), min_size=1, max_size=5)


@st.composite
def streams(draw: st.DrawFn) -> StreamValue:
    places = sorted(draw(st.sets(ids, max_size=5)))
    last = max([*places, draw(ids)])
    return StreamValue(f"{last[0]}-{last[1]}", tuple((f"{a}-{b}", draw(pairs)) for a, b in places))


VALUES = {
    "string": (f"yb:{{a:{DIGEST}}}:session", st.binary()),
    "list": (f"yb:{{a:{DIGEST}}}:handoff-lines", st.lists(st.binary(), min_size=1)),
    "hash": ("yb:console-operators", pairs),
    "zset": (
        "yb:a:lessons",
        st.dictionaries(st.binary(), st.floats(allow_nan=False), min_size=1, max_size=9),
    ),
    "stream": ("yb:audit", streams()),
}


@st.composite
def records(draw: st.DrawFn) -> Record:
    kind = draw(st.sampled_from(sorted(VALUES)))
    key, values = VALUES[kind]
    return Record(key, kind, draw(st.none() | st.integers(0, 2**45)), draw(values))  # type: ignore[arg-type]


@given(record=records())
def test_every_value_comes_back_as_it_was(record: Record) -> None:
    line = encode_record(record)
    assert line.count(b"\n") == 1
    assert decode_record(line, 2, ALL) == record


def test_the_header_comes_back() -> None:
    assert decode_header(encode_header(HEADER)) == HEADER


def test_every_key_is_in_a_part_or_out_for_a_reason() -> None:
    assert set(PARTS) | set(EXCLUDED) == {spec.pattern for spec in TABLE}
    assert not set(PARTS) & set(EXCLUDED)


def test_the_document_says_the_same() -> None:
    text = (ROOT / "docs" / "backup.md").read_text("utf-8")
    rows = re.findall(r"^\| `(yb:[^`]+)` \| (.+?) \|$", text, re.MULTILINE)
    said = [(pattern, f"{part.label}（{part.value}）") for pattern, part in PARTS.items()]
    assert rows == [*said, *EXCLUDED.items()]


SOME = [
    Record("yb:console-operators", "hash", None, {b"a": b"\xff"}),
    Record(f"yb:{{a:{DIGEST}}}:session", "string", 2**40, "你好".encode()),
    Record("yb:audit", "stream", None, StreamValue("7-1", (("5-0", {b"at": b"x"}),))),
]


def read(path: Path) -> list[Record]:
    with open_backup(path) as reader:
        reader.check(0)
        return list(reader.records())


def test_a_file_is_private_and_comes_back(tmp_path: Path) -> None:
    path = written(tmp_path / "b.gz", SOME)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read(path) == SOME
    assert [file.name for file in tmp_path.iterdir()] == ["b.gz"]


def test_what_is_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "b.gz", SOME).read_bytes()
    cut = tmp_path / "cut.gz"
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        with pytest.raises(BackupError, match=r"cut\.gz"):
            read(cut)


def test_lines_that_are_missing_are_noticed(tmp_path: Path) -> None:
    lines = gzip.decompress(written(tmp_path / "b.gz", SOME).read_bytes()).splitlines(True)
    changed = tmp_path / "changed.gz"
    for place in range(len(lines)):
        for kept in ([*lines[:place], *lines[place + 1 :]], [*lines[:place], lines[place] * 2]):
            changed.write_bytes(gzip.compress(b"".join(kept + lines[place + 1 :])))
            if b"".join(kept + lines[place + 1 :]) != b"".join(lines):
                with pytest.raises(BackupError, match=r"changed\.gz"):
                    read(changed)
    changed.write_bytes(gzip.compress(b"".join(lines[:-1])))
    with pytest.raises(BackupError, match="不完整"):
        read(changed)


def test_one_wrong_byte_never_restores_something_else(tmp_path: Path) -> None:
    whole = written(tmp_path / "b.gz", SOME).read_bytes()
    wrong = tmp_path / "wrong.gz"
    refused = 0
    for place in range(len(whole)):
        for bit in (1, 128):
            wrong.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            try:
                assert read(wrong) == SOME  # the time and system in the head of gzip
            except BackupError:
                refused += 1
    assert refused > 2 * len(whole) - 25


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_one_wrong_byte_inside_is_noticed(tmp_path: Path, place: int, byte: int) -> None:
    raw = gzip.decompress(written(tmp_path / "b.gz", SOME).read_bytes())
    place %= len(raw)
    if raw[place] == byte:
        return
    (tmp_path / "w.gz").write_bytes(gzip.compress(raw[:place] + bytes([byte]) + raw[place + 1 :]))
    with pytest.raises(BackupError):
        read(tmp_path / "w.gz")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"yibao":"backup","format":2,"version":"9.0"}\n', "第 2 版.*yibao 9.0.*第 1 版"),
        (b'{"a":1}\n', "不是 yibao backup"),
        (b"[]\n", "读不懂"),
        (b"\xff\n", "读不懂"),
        (b'{"yibao":"backup","format":1,"parts":["moon"]}\n', "读不懂"),
    ],
)
def test_other_headers_are_refused(tmp_path: Path, line: bytes, problem: str) -> None:
    (tmp_path / "b.gz").write_bytes(gzip.compress(line))
    with pytest.raises(BackupError, match=problem):
        read(tmp_path / "b.gz")


SESSION = f"yb:{{a:{DIGEST}}}:session"


@pytest.mark.parametrize(
    "line",
    [
        f'{{"key":"yb:{{a:{DIGEST}}}:lock","type":"string","expires_ms":1,"value":"x"}}',
        '{"key":"other","type":"string","expires_ms":null,"value":"x"}',
        f'{{"key":"{SESSION}","type":"hash","expires_ms":1,"value":[["a","b"]]}}',
        f'{{"key":"{SESSION}","type":"moon","expires_ms":1,"value":"x"}}',
        f'{{"key":"{SESSION}","type":"string","expires_ms":1,"value":7}}',
        f'{{"key":"{SESSION}","type":"string","expires_ms":"1","value":""}}',
        f'{{"key":"{SESSION}","type":"string","expires_ms":1,"value":{{"b64":"?"}}}}',
        f'{{"key":"{SESSION}","type":"string","expires_ms":1}}',
        '{"key":"yb:console-operators","type":"hash","expires_ms":null,"value":[]}',
        '{"key":"yb:a:lessons","type":"zset","expires_ms":null,"value":[["a","nan"]]}',
        '{"key":"yb:audit","type":"stream","expires_ms":null,"value":{"last":"x","entries":[]}}',
        '{"key":"yb:audit","type":"stream","expires_ms":null,'
        '"value":{"last":"1-0","entries":[["2-0",[["a","b"]]]]}}',
    ],
)
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(BackupError, match="第 9 行"):
        decode_record(line.encode(), 9, ALL)


def test_a_part_that_the_header_does_not_name_is_refused() -> None:
    with pytest.raises(BackupError, match="第 2 行"):
        decode_record(encode_record(SOME[1]), 2, (Part.CONTENT,))


def test_something_after_the_end_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "b.gz", SOME)
    with path.open("ab") as file:
        file.write(gzip.compress(b"more\n"))
    with pytest.raises(BackupError, match="末尾之后"):
        read(path)


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = written(tmp_path / "b.gz", SOME)
    before = path.read_bytes()

    def interrupted() -> None:
        with BackupWriter(path, HEADER) as writer:
            writer.add(SOME[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["b.gz"]


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`/dev/full` refuses every byte, as a full disk does."""
    real = os.fdopen

    def onto_full_disk(handle: int, mode: str) -> object:
        os.dup2(os.open("/dev/full", os.O_WRONLY), handle)
        return real(handle, mode)

    monkeypatch.setattr(os, "fdopen", onto_full_disk)
    with pytest.raises(BackupError, match=r"写不进.*没有留下半份文件"):
        written(tmp_path / "b.gz", SOME)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["none/b.gz", "."])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(BackupError, match="→"):
        written(tmp_path / name, SOME)


def test_expired_keys_are_counted_apart(tmp_path: Path) -> None:
    path = written(tmp_path / "b.gz", SOME)
    with open_backup(path) as reader:
        checked = reader.check(2**40 + int(timedelta(seconds=1).total_seconds()))
    assert checked.counts == {Part.CONSOLE: 2, Part.PARENTS: 1}
    assert checked.expired == {Part.PARENTS: 1}
