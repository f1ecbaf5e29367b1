"""Content folders to work on: what is published, and that with the draft on top."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import anyio

from app.editing.intent_file import text_digest
from app.errors import ConsoleError
from app.publishing.draft_file import DraftFile, check_path
from app.publishing.ports import PublishedRevision, Revisions, Unpack

CONTENT_FOLDERS = ("intents", "knowledge", "tests/conversations")
_KEPT = 4
"""Unpacked revisions on disk; each is a few megabytes at most."""


@dataclass(frozen=True, slots=True)
class Base:
    """What is published, as a folder."""

    folder: Path
    current: PublishedRevision | None
    """None: nothing was published in the console yet; the folder is the deployment's own."""

    @property
    def revision(self) -> str | None:
        """Name of the live revision, as `Revisions.publish` expects it."""
        return self.current.revision if self.current else None

    def text(self, path: str) -> str:
        """Return a published file; empty: there is none."""
        file = self.folder / check_path(path)
        return file.read_bytes().decode("utf-8") if file.is_file() else ""

    def digest(self, path: str) -> str:
        """Return the digest of a published file; empty: there is none."""
        text = self.text(path)
        return text_digest(text) if text else ""

    def who_and_when(self) -> tuple[str, datetime] | None:
        """Say who published it; None: it came with the deployment."""
        return (self.current.by, self.current.at) if self.current else None


def materialise(current: Path, drafts: Iterable[DraftFile], folder: Path) -> Path:
    """Write a content tree with the draft's files on top into an empty folder and return it.

    Raises:
        ConsoleError: A path of the draft leads out of the content.
        OSError: The disk is full, or the folder cannot be written.
    """
    for part in CONTENT_FOLDERS:
        if (current / part).is_dir():
            shutil.copytree(current / part, folder / part, dirs_exist_ok=True)
    for draft in drafts:
        target = folder / check_path(draft.path)
        if draft.text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(draft.text.encode("utf-8"))
        else:
            target.unlink(missing_ok=True)
    return folder


class Workspace:
    """Folders of one process below its own directory; nothing else writes there.

    Args:
        revisions: What was published.
        content_root: The deployment's own content, live until something is published.
        unpack: For archives.
        directory: Where to work; created when needed.
    """

    def __init__(
        self, revisions: Revisions, content_root: Path, unpack: Unpack, directory: Path
    ) -> None:
        self._revisions = revisions
        self._root = content_root
        self._unpack = unpack
        self._directory = directory
        self._unpacking = anyio.Lock()

    async def base(self) -> Base:
        """Return what is published now.

        Raises:
            ConsoleError: The disk is full, or the live revision's files are gone.
            StateUnavailableError: Redis does not answer.
        """
        current = await self._revisions.current()
        if current is None:
            return Base(self._root, None)
        return Base(await self.folder_of(current.revision), current)

    async def folder_of(self, revision: str) -> Path:
        """Return the files of a published revision, unpacked once.

        Raises:
            ConsoleError: The disk is full, or the files are not kept any more.
            StateUnavailableError: Redis does not answer.
        """
        folder = self._directory / f"revision-{revision[:32]}"
        async with self._unpacking:
            if folder.is_dir():
                return folder
            data = await self._revisions.archive(revision)
            if data is None:
                raise ConsoleError(f"修订 {revision[:8]} 的文件已经不在了 → 只留最近 20 次")
            with disk_errors():
                await anyio.to_thread.run_sync(partial(self._unpack_to, data, folder))
        return folder

    def _unpack_to(self, data: bytes, folder: Path) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._directory) as scratch:
            part = Path(scratch) / "content"
            part.mkdir()
            self._unpack(data, part)
            part.rename(folder)
        kept = sorted(self._directory.glob("revision-*"), key=lambda p: p.stat().st_mtime)
        for old in kept[:-_KEPT]:
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)

    @asynccontextmanager
    async def candidate(self, base: Base, drafts: Mapping[str, DraftFile]) -> AsyncIterator[Path]:
        """Yield a folder with the draft on top of what is published; it is gone afterwards.

        Raises:
            ConsoleError: The disk is full.
        """
        with disk_errors():
            self._directory.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(prefix="candidate-", dir=self._directory))
        try:
            with disk_errors():
                copy = partial(materialise, base.folder, drafts.values(), scratch)
                await anyio.to_thread.run_sync(copy)
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Say in Chinese that the disk refused; the draft in Redis is not touched by that.

    Raises:
        ConsoleError: For an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConsoleError(
            f"服务器的磁盘写不进去（{reason}），什么都没有发布，草稿还在 → 请管理员腾出空间后再试"
        ) from error


def content_texts(root: Path) -> dict[str, str]:
    """Return all content files of a folder as text by path; what is no UTF-8 is left out."""
    texts = {}
    for part in CONTENT_FOLDERS:
        for file in sorted((root / part).rglob("*")):
            if file.suffix in {".yml", ".md"} and file.is_file():
                with suppress(UnicodeDecodeError):  # lint reports it; there is nothing to show
                    texts[file.relative_to(root).as_posix()] = file.read_bytes().decode("utf-8")
    return texts
