"""The audit log (操作记录): who did what in the console and when; a capped stream.

Entries are never changed. Whoever notes something takes care that it holds no secret and nothing
that a parent said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from app.state.keys import AUDIT_CAP, AUDIT_KEY
from app.state.store import Store, store_errors

_CHUNK = 500
_SUBJECT_CHARS = 200
_DETAIL_CHARS = 2000
_LAST_SEQUENCE = 2**64 - 1


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was done."""

    id: str
    """Of the stream, newer ones are greater."""
    at: datetime
    by: str
    action: str
    """In Chinese, e.g. `登录` or `发布`."""
    subject: str
    """What it was done to, e.g. an intent's id."""
    detail: str = ""


class AuditLog:
    """The audit log of a deployment.

    Args:
        store: Where it is.
        clock: The present moment, Asia/Shanghai.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def note(self, by: str, action: str, subject: str, detail: str = "") -> None:
        """Add an entry; the oldest beyond 10,000 are dropped.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        entry = {
            "at": self._clock().isoformat(timespec="seconds"),
            "by": by[:_SUBJECT_CHARS],
            "action": action[:_SUBJECT_CHARS],
            "subject": subject[:_SUBJECT_CHARS],
            "detail": detail[:_DETAIL_CHARS],
        }
        with store_errors():
            await self._store.client.xadd(
                AUDIT_KEY,
                entry,  # type: ignore[arg-type]  # redis types keys and values too widely
                maxlen=AUDIT_CAP,
                approximate=False,
            )

    async def recent(
        self, limit: int, before: str = "", *, by: str = "", words: str = ""
    ) -> tuple[AuditEntry, ...]:
        """Return entries, newest first.

        Args:
            limit: At most so many.
            before: Only those older than the entry with this id; empty: from the newest.
            by: Only of this operator.
            words: Only where action, subject or detail has this in it.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        found: list[AuditEntry] = []
        end = _before(before) if before else "+"
        while len(found) < limit:
            with store_errors():
                rows = cast(
                    "list[tuple[bytes, dict[bytes, bytes]]]",
                    await self._store.client.xrevrange(AUDIT_KEY, max=end, count=_CHUNK),
                )
            entries = (_entry(key.decode(), fields) for key, fields in rows)
            found += [e for e in entries if _matches(e, by, words)]
            if len(rows) < _CHUNK:
                break
            end = _before(rows[-1][0].decode())
        return tuple(found[:limit])


def _before(key: str) -> str:
    """Return the greatest id below this one; exclusive ranges need a newer Redis than we ask."""
    ms, _, sequence = key.partition("-")
    if int(sequence):
        return f"{ms}-{int(sequence) - 1}"
    return f"{max(0, int(ms) - 1)}-{_LAST_SEQUENCE}"


def _entry(key: str, fields: dict[bytes, bytes]) -> AuditEntry:
    words = {name.decode(): value.decode() for name, value in fields.items()}
    at = datetime.fromisoformat(words["at"])
    return AuditEntry(
        key, at, words["by"], words["action"], words["subject"], words.get("detail", "")
    )


def _matches(entry: AuditEntry, by: str, words: str) -> bool:
    if by and entry.by != by:
        return False
    return not words or any(words in part for part in (entry.action, entry.subject, entry.detail))
