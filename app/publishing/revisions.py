"""Published revisions in Redis: the current one, the last twenty, and the files of each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, Self, cast

from app.errors import EditConflictError, PublishingError
from app.state.content_scripts import PUBLISH
from app.state.keys import CONTENT_ARCHIVE, CONTENT_CHANNEL, CONTENT_HISTORY, CONTENT_KEPT
from app.state.store import Store, store_errors

Origin = Literal["files", "console", "rollback", "cli"]

TOPIC = "published"
"""What is signalled on the channel."""
_REASON_CHARS = 500


@dataclass(frozen=True, slots=True)
class Published:
    """A revision that went live."""

    revision: str
    """Of the catalog: hex SHA-256 over all content files."""
    number: int
    """From 1, one more with each publication."""
    at: datetime
    by: str
    """Who published it."""
    reason: str
    origin: Origin

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps({**asdict(self), "at": self.at.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            PublishingError: It is something else.
        """
        try:
            stored = json.loads(text)
            return cls(
                revision=str(stored["revision"]),
                number=int(stored["number"]),
                at=datetime.fromisoformat(stored["at"]),
                by=str(stored["by"]),
                reason=str(stored["reason"]),
                origin=stored["origin"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise PublishingError("发布记录读不懂，可能是别的版本写的") from error


class Revisions:
    """The published revisions of a deployment."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def current(self) -> Published | None:
        """Return the revision that counts, None where nothing was ever published.

        Raises:
            StateUnavailableError: Redis does not answer.
            PublishingError: What is stored cannot be read.
        """
        with store_errors():
            head = cast("bytes | None", await self._store.client.lindex(CONTENT_HISTORY, 0))
        return Published.from_json(head) if head else None

    async def history(self) -> tuple[Published, ...]:
        """Return at most the last 20 publications, newest first.

        Raises:
            StateUnavailableError: Redis does not answer.
            PublishingError: What is stored cannot be read.
        """
        with store_errors():
            lines = cast("list[bytes]", await self._store.client.lrange(CONTENT_HISTORY, 0, -1))
        return tuple(Published.from_json(line) for line in lines)

    async def archive(self, revision: str) -> bytes | None:
        """Return the files of a revision as `archive.pack` made them; None: no longer kept.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            return cast("bytes | None", await self._store.client.get(CONTENT_ARCHIVE + revision))

    async def publish(
        self,
        data: bytes,
        revision: str,
        *,
        by: str,
        reason: str,
        at: datetime,
        origin: Origin,
        expected_current: str | None,
    ) -> Published:
        """Make a revision the current one, for all replicas; they are told.

        Whoever publishes has checked it (`preparing.prepare`).

        Args:
            data: The files, as `archive.pack` made them.
            revision: Of their catalog.
            by: Who does it.
            reason: Why, Chinese; beyond 500 characters it is cut.
            at: When, Asia/Shanghai.
            origin: Where it comes from.
            expected_current: Revision that the change was made from; None: nothing published yet.

        Raises:
            EditConflictError: Another revision is current; nothing was changed.
            StateUnavailableError: Redis does not answer, or has no room.
        """
        entry = Published(revision, 0, at, by[:100], reason[:_REASON_CHARS], origin)
        done, line = await self._store.run(
            PUBLISH,
            [CONTENT_HISTORY, CONTENT_ARCHIVE + revision],
            [
                expected_current or "",
                entry.to_json(),
                data,
                CONTENT_KEPT,
                CONTENT_ARCHIVE,
                CONTENT_CHANNEL,
            ],
        )
        if not done:
            raise EditConflictError(_conflict(Published.from_json(line) if line else None))
        return Published.from_json(line)


def _conflict(current: Published | None) -> str:
    if current is None:
        return "还没有发布过内容，或发布记录已经清空；请重新打开再发布"
    return (
        f"{current.by} 在 {current.at:%m-%d %H:%M} 已经发布了第 {current.number} 号修订，"
        "没有覆盖；请在它的基础上重做"
    )
