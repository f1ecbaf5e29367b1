"""A backup file on disk: written whole or not at all, and checked whole before it is used."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from app.errors import BackupError
from app.state.backup_file import (
    LINE_BYTES,
    Header,
    Record,
    decode_header,
    decode_record,
    decode_trailer,
    encode_header,
    encode_record,
    encode_trailer,
)
from app.state.backup_parts import Part

_LEVEL = 6


class BackupWriter:
    """Writes a backup beside its place; it appears there, mode 0600, when all is written.

    Args:
        path: Where it goes; a file that is there is replaced.
        header: The first line.

    Raises:
        BackupError: On entering, writing or leaving, where the disk refuses; nothing is left.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._digest = sha256()
        self.counts: Counter[Part] = Counter()
        """Keys written so far."""
        if path.exists() and not path.is_file():
            raise BackupError(f"{path} 不是普通文件，备份不能写在那里 → 换一个文件名")
        with self._disk():
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        self._part = Path(name)
        self._raw = os.fdopen(handle, "wb")  # mkstemp gives mode 0600
        self._gzip = gzip.GzipFile(filename="", fileobj=self._raw, mode="wb", compresslevel=_LEVEL)
        try:
            self._write(encode_header(header))
        except BackupError:
            self._drop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._drop()
            return
        try:
            self._write(encode_trailer(self.counts.total(), self._digest.hexdigest()))
            with self._disk():
                self._gzip.close()
                self._raw.flush()
                os.fsync(self._raw.fileno())
                self._raw.close()
                self._part.replace(self._path)
        except BackupError:
            self._drop()
            raise

    def add(self, record: Record) -> None:
        """Write one key.

        Raises:
            BackupError: The disk refuses.
        """
        self._write(encode_record(record))
        self.counts[record.part] += 1

    def _write(self, line: bytes) -> None:
        self._digest.update(line)
        with self._disk():
            self._gzip.write(line)

    def _drop(self) -> None:
        self._part.unlink(missing_ok=True)
        # Closing would flush to a disk that is full; the file is gone either way.
        for stream in (self._gzip, self._raw):
            try:
                stream.close()
            except OSError:
                continue

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BackupError(
                f"{self._path}：写不进（{error.strerror}），没有留下半份文件"
                " → 腾出空间或换一个能写的目录，再运行一次"
            ) from error


@dataclass(frozen=True, slots=True)
class Checked:
    """A backup that was read to its end and is whole."""

    header: Header
    counts: Counter[Part]
    """Keys by part."""
    expired: Counter[Part]
    """Those of them whose time is over."""


class BackupReader:
    """An open backup; the same open file is checked first and restored then.

    Args:
        path: Of the file.
        file: Open for reading; not closed here.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    def check(self, now_ms: int, told: Callable[[], None] = lambda: None) -> Checked:
        """Read everything: shape of every line, number of keys, SHA-256, nothing after the end.

        Args:
            now_ms: What has expired by then is counted apart.
            told: Called after each key.

        Raises:
            BackupError: It is damaged, cut off, or of a newer program.
        """
        header, lines = self._lines()
        counts: Counter[Part] = Counter()
        expired: Counter[Part] = Counter()
        for record in lines:
            counts[record.part] += 1
            if record.expires_ms is not None and record.expires_ms <= now_ms:
                expired[record.part] += 1
            told()
        return Checked(header, counts, expired)

    def records(self) -> Iterator[Record]:
        """Return the keys in the order of the file.

        Raises:
            BackupError: As in `check`; it can only be raised where the file is changed meanwhile.
        """
        return self._lines()[1]

    def _lines(self) -> tuple[Header, Iterator[Record]]:
        self._file.seek(0)
        lines = self._unpacked()
        first = next(lines, b"")
        if not first:
            raise BackupError(f"{self._path}：文件是空的 → 换另一份备份")
        with self._located():
            header = decode_header(first)
        return header, self._keys(header, first, lines)

    def _keys(self, header: Header, first: bytes, lines: Iterator[bytes]) -> Iterator[Record]:
        digest = sha256(first)
        keys = 0
        for number, line in enumerate(lines, start=2):
            trailer = decode_trailer(line)
            if trailer is not None:
                if trailer != (keys, digest.hexdigest()):
                    raise BackupError(
                        f"{self._path} 第 {number} 行：校验和或键数对不上，文件坏了或被改过"
                        " → 换另一份备份"
                    )
                if next(lines, None) is not None:
                    raise BackupError(f"{self._path}：末尾之后还有内容 → 换另一份备份")
                return
            with self._located():
                record = decode_record(line, number, header.parts)
            digest.update(line)
            keys += 1
            yield record
        raise self._cut_off(f"第 {keys + 1} 行之后没有了")

    def _unpacked(self) -> Iterator[bytes]:
        with gzip.GzipFile(fileobj=self._file, mode="rb") as unpacked:
            while True:
                try:
                    line = unpacked.readline(LINE_BYTES)
                except EOFError as error:
                    raise self._cut_off("压缩数据没有结尾") from error
                except gzip.BadGzipFile as error:
                    raise BackupError(
                        f"{self._path}：不是 gzip 文件或已损坏 → 检查文件名，或换另一份备份"
                    ) from error
                except zlib.error as error:
                    raise BackupError(f"{self._path}：压缩数据坏了 → 换另一份备份") from error
                except OSError as error:
                    raise BackupError(f"{self._path}：读不了（{error.strerror}）") from error
                if not line:
                    return
                if not line.endswith(b"\n"):
                    raise self._cut_off("最后一行不完整")
                yield line

    def _cut_off(self, why: str) -> BackupError:
        return BackupError(f"{self._path}：文件不完整（{why}），多半没有拷完 → 重新拷贝，或换一份")

    @contextmanager
    def _located(self) -> Iterator[None]:
        try:
            yield
        except BackupError as error:
            raise BackupError(f"{self._path} {error}") from error


@contextmanager
def open_backup(path: Path) -> Iterator[BackupReader]:
    """Open a backup for reading.

    Raises:
        BackupError: There is none, or it cannot be read.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(f"{path}：打不开（{error.strerror}）→ 检查路径和权限") from error
    with file:
        yield BackupReader(path, file)
