"""Questions that parents asked, masked, for operators: a stream an account, capped and expiring.

An entry carries no user: there is nothing to delete when somebody unfollows, and nobody to find.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import cast

import msgspec

from app.domain.journal import JournalEntry, Reason
from app.domain.names import IntentId
from app.domain.turn import Decision
from app.state import journal_scripts
from app.state.keys import (
    HANDLED_CAP,
    HANDLED_TTL_S,
    JOURNAL_CAP,
    JOURNAL_DAYS,
    handled_key,
    journal_key,
)
from app.state.store import Store, store_errors

_DAY_S = 24 * 3600
_PAGE = 1000
_encoder = msgspec.json.Encoder()


class Journal:
    """The journals of all accounts.

    Args:
        store: Where they are.
        days: How long a question is kept; 0: nothing is written.
    """

    def __init__(self, store: Store, days: int = JOURNAL_DAYS) -> None:
        self._store = store
        self.days = days

    async def record(self, entry: JournalEntry) -> None:
        """Append one question; see `record_all`.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        await self.record_all(entry.account, (entry,))

    async def record_all(self, account: str, entries: Iterable[JournalEntry]) -> None:
        """Append an account's questions; drops what is too old. One round trip.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        packed = [_pack(entry) for entry in entries]
        if not packed or self.days <= 0:
            return
        await self._store.run(
            journal_scripts.WRITE_JOURNAL,
            [journal_key(account)],
            [JOURNAL_CAP, self.days * _DAY_S, *packed],
        )

    async def recent(
        self, account: str, limit: int, reasons: Collection[Reason] | None = None
    ) -> tuple[JournalEntry, ...]:
        """Return at most `limit` questions, latest first; of these reasons, where any are named.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        found: list[JournalEntry] = []
        before = "+"
        while len(found) < limit:
            with store_errors():
                rows = cast(
                    "list[tuple[bytes, dict[bytes, bytes]]]",
                    await self._store.client.xrevrange(
                        journal_key(account), max=before, count=_PAGE
                    ),
                )
            entries = (_unpack(account, fields) for _, fields in rows)
            found += [e for e in entries if e and (reasons is None or e.reason in reasons)]
            if len(rows) < _PAGE:
                break
            before = f"({rows[-1][0].decode()}"
        return tuple(found[:limit])

    async def handle(self, account: str, wordings: Iterable[str]) -> None:
        """Note that these wordings were dealt with; the same words stay away from now on.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        digests = [digest(wording) for wording in wordings]
        if digests:
            await self._store.run(
                journal_scripts.MARK_HANDLED,
                [handled_key(account)],
                [HANDLED_CAP, HANDLED_TTL_S, *digests],
            )

    async def handled(self, account: str) -> frozenset[str]:
        """Return the digests of all wordings that were dealt with.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            members = cast(
                "Sequence[bytes]", await self._store.client.zrange(handled_key(account), 0, -1)
            )
        return frozenset(member.decode() for member in members)

    async def forget(self, account: str) -> None:
        """Delete an account's journal.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            await self._store.client.delete(journal_key(account))


def digest(wording: str) -> str:
    """Return what a wording is remembered by: letters and digits count, nothing else does."""
    letters = "".join(char for char in wording.lower() if char.isalnum())
    return sha256(letters.encode()).hexdigest()[:16]


def _pack(entry: JournalEntry) -> bytes:
    fields = {
        "at": entry.at.isoformat(),
        "q": entry.question,
        "d": entry.decision,
        "t": entry.topics,
        "c": entry.confidence,
        "m": entry.margin,
        "r": entry.reason,
    }
    return _encoder.encode(fields)


def _unpack(account: str, fields: dict[bytes, bytes]) -> JournalEntry | None:
    """Return an entry; None for one that another version of the program wrote differently."""
    try:
        raw = json.loads(fields[b"e"])
        return JournalEntry(
            at=datetime.fromisoformat(raw["at"]),
            account=account,
            question=str(raw["q"]),
            decision=Decision(raw["d"]),
            topics=tuple(IntentId(topic) for topic in raw["t"]),
            confidence=raw["c"],
            margin=raw["m"],
            reason=Reason(raw["r"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
