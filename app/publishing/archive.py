"""A content tree as one zip: the same files give the same bytes anywhere."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from app.errors import PublishingError

FOLDERS = ("intents", "knowledge", "tests/conversations")
"""What belongs to the content, below its root."""
MAX_FILES = 5000
MAX_BYTES = 32 * 1024 * 1024
"""Of all files together, unpacked; the content that ships has one thirtieth of it."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can hold: when a file was written must not change the bytes."""


def pack(root: Path) -> bytes:
    """Return the content below `root` as a zip; hidden files and editors' copies are left out.

    Raises:
        OSError: A file went away or cannot be read.
        PublishingError: There is more than a content may have.
    """
    return pack_files({path: (root / path).read_bytes() for path in content_paths(root)})


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """Return files, by path relative to the content root, as a zip.

    Raises:
        PublishingError: There is more than a content may have.
    """
    _check_size(len(files), sum(map(len, files.values())))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[path])
    return packed.getvalue()


def content_paths(root: Path) -> Iterator[str]:
    """Yield the relative paths of all files that `pack` takes, in no order."""
    for folder in FOLDERS:
        for place, folders, names in os.walk(root / folder):
            folders[:] = [name for name in folders if not _is_left_out(name)]
            for name in names:
                path = Path(place, name)
                if not _is_left_out(name) and path.is_file():
                    yield path.relative_to(root).as_posix()


def read_archive(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by path relative to the content root.

    Raises:
        PublishingError: It is no such zip, is damaged, too large, or names a file elsewhere.
    """
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_size(len(entries), sum(entry.file_size for entry in entries))
            for entry in entries:
                if not _is_content(entry.filename) or entry.filename in files:
                    raise PublishingError(f"内容包里有不该有的文件：{entry.filename!r}")
                # A zip may hold more than it says; one byte more is enough to know.
                with archive.open(entry) as stored:
                    files[entry.filename] = stored.read(entry.file_size + 1)
                _check_size(len(files), sum(map(len, files.values())))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise PublishingError("内容包已损坏，读不出来；请重新发布") from error
    return files


def unpack(data: bytes, folder: Path) -> None:
    """Write the files of a zip below `folder`, which must be new or empty.

    Raises:
        PublishingError: See `read_archive`; then nothing was written.
        OSError: The folder cannot be written, or the disk is full.
    """
    for path, raw in read_archive(data).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name.endswith("~")


def _is_content(path: str) -> bool:
    parts = PurePosixPath(path).parts
    plain = "\\" not in path and "\0" not in path and "/".join(parts) == path
    inside = any(path.startswith(f"{folder}/") for folder in FOLDERS)
    return plain and inside and not any(_is_left_out(part) for part in parts)


def _check_size(count: int, size: int) -> None:
    if count > MAX_FILES or size > MAX_BYTES:
        raise PublishingError(
            f"内容太大：{count} 个文件、{size // 1024} KB；"
            f"最多 {MAX_FILES} 个文件、{MAX_BYTES // 1024 // 1024} MB"
        )
