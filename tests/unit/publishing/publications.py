"""Small stand-ins for what publishing needs of others, and a content folder to publish from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from app.errors import ContentProblem, EditConflictError, StateUnavailableError
from app.publishing.ports import ImpactReport, Progress, PublishedRevision, Tools
from app.settings import SHANGHAI

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
FEE = "intents/fee.yml"
FACTS = "knowledge/facts/beijing.yml"
TEXTS = {FEE: "title: 一年多少钱\r\n", FACTS: "fee: 435\n", "tests/conversations/a.yml": "- a\n"}
CALM = ImpactReport(10, 0.9, 0.9, 1, 1)


@dataclass(frozen=True)
class Worker:
    """An operator."""

    name: str
    may_edit: bool = True
    may_approve: bool = False


EDITOR, APPROVER = Worker("王芳"), Worker("李强", may_approve=True)


@dataclass(frozen=True)
class Publication:
    """A revision that was published."""

    revision: str
    number: int
    at: datetime
    by: str
    reason: str
    origin: str


@dataclass
class MemoryRevisions:
    """Publications in memory."""

    published: list[Publication] = field(default_factory=list)
    archives: dict[str, bytes] = field(default_factory=dict)
    is_away: bool = False

    async def current(self) -> PublishedRevision | None:
        """Return the last one."""
        return self.published[-1] if self.published else None

    async def history(self) -> tuple[PublishedRevision, ...]:
        """Return the last 20."""
        return tuple(reversed(self.published[-20:]))

    async def archive(self, revision: str) -> bytes | None:
        """Return the files of a revision."""
        return self.archives.get(revision)

    async def publish(
        self,
        data: bytes,
        revision: str,
        *,
        by: str,
        reason: str,
        at: datetime,
        origin: str,
        expected_current: str | None,
    ) -> PublishedRevision:
        """Add one."""
        if self.is_away:
            raise StateUnavailableError("Redis 没有应答")
        current = self.published[-1].revision if self.published else None
        if current != expected_current:
            raise EditConflictError("刚刚有人发布了另一版")
        one = Publication(revision, len(self.published) + 1, at, by, reason, origin)
        self.published.append(one)
        self.archives[revision] = data
        return one


@dataclass
class Notes:
    """An audit trail in memory."""

    lines: list[tuple[str, str, str, str]] = field(default_factory=list)
    is_away: bool = False

    async def note(self, by: str, action: str, subject: str, detail: str = "") -> None:
        """Add a line."""
        if self.is_away:
            raise StateUnavailableError("Redis 没有应答")
        self.lines.append((by, action, subject, detail))


@dataclass
class Impact:
    """Says what it is told to; remembers what it was asked about."""

    report: ImpactReport = CALM
    asked: list[tuple[dict[str, bytes], dict[str, bytes]]] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, old: Path, new: Path, progress: Progress) -> ImpactReport:
        """Return the report."""
        self.asked.append((read_tree(old), read_tree(new)))
        progress(1, 2)
        if self.meanwhile is not None:
            await self.meanwhile()
        progress(2, 2)
        return self.report


def read_tree(root: Path) -> dict[str, bytes]:
    """Return all files by relative path."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def pack(root: Path) -> bytes:
    """Return a zip of a folder."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, data in sorted(read_tree(root).items()):
            archive.writestr(zipfile.ZipInfo(path), data)
    return stream.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Write a zip into a folder."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)


def lint(root: Path) -> tuple[ContentProblem, ...]:
    """Report every line with `WRONG` or `ODD` in it."""
    levels = {b"WRONG": "error", b"ODD": "warning"}
    return tuple(
        ContentProblem(path, 1, 1, "T001", "写错了", "改对", level)
        for path, data in sorted(read_tree(root).items())
        for word, level in levels.items()
        if word in data
    )


def revision_of(root: Path) -> str:
    """Return a hash of all files."""
    return sha256(repr(sorted(read_tree(root).items())).encode()).hexdigest()


TOOLS = Tools(lint=lint, revision_of=revision_of, pack=pack, unpack=unpack)


def write_content(root: Path) -> Path:
    """Write a small content folder."""
    for path, text in TEXTS.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return root
