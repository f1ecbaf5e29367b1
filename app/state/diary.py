"""Writes journal and statistics behind the turns' backs: no parent waits for it.

What turns note goes into a bounded list; one task writes it in batches. Redis away or too slow:
the notes are dropped and counted, since a review can do without them and a parent cannot wait.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date

import structlog

from app.cancelling import cancelled
from app.domain.journal import JournalEntry, Noted
from app.errors import StateError
from app.state.journal import Journal
from app.state.statistics import Statistics

_log = structlog.get_logger(__name__)

MAX_WAITING = 2000
"""Notes that wait to be written, about 1 MB; more are dropped."""
_BATCH = 500
_PAUSE_S = 0.2
"""So long a batch is gathered: a busy bot writes five times a second."""
_LAST_S = 3.0
"""For what is left when the process ends."""


class Diary:
    """The dialogue's `Diary` port; open it with `kept`.

    Args:
        journal: Takes the questions.
        statistics: Takes the counts.
        dropped: Told how many notes were lost.
    """

    def __init__(
        self, journal: Journal, statistics: Statistics, dropped: Callable[[int], None]
    ) -> None:
        self._journal = journal
        self._statistics = statistics
        self._dropped = dropped
        self._waiting: deque[Noted] = deque()
        self._some = asyncio.Event()

    def note(self, noted: Noted) -> None:
        """Take a note; O(1), never waits, raises nothing."""
        if not noted.counts and noted.entry is None:
            return
        if len(self._waiting) >= MAX_WAITING:
            self._dropped(1)
            return
        self._waiting.append(noted)
        self._some.set()

    @asynccontextmanager
    async def kept(self, accounts: Iterable[str] = ()) -> AsyncIterator[Diary]:
        """Write as long as the block runs, and what is left when it ends.

        Args:
            accounts: Whose journals are deleted where nothing is to be kept.
        """
        task = asyncio.create_task(self._write_on(tuple(accounts)))
        try:
            yield self
        finally:
            await cancelled(task)
            await self._write_rest()

    async def flush(self) -> None:
        """Write what waits now, in batches; drops what cannot be written."""
        while self._waiting:
            count = min(_BATCH, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                await self._write(batch)
            except StateError as error:
                self._dropped(len(batch))
                _log.warning("diary_dropped", notes=len(batch), reason=str(error))
            except asyncio.CancelledError:
                # The process ends; written once more rather than not at all.
                self._waiting.extendleft(reversed(batch))
                raise

    async def _write_on(self, accounts: tuple[str, ...]) -> None:
        if self._journal.days <= 0:
            await self._forget(accounts)
        while True:
            await self._some.wait()
            await asyncio.sleep(_PAUSE_S)
            self._some.clear()
            await self.flush()

    async def _forget(self, accounts: Sequence[str]) -> None:
        try:
            for account in accounts:
                await self._journal.forget(account)
        except StateError as error:
            _log.warning("journal_not_deleted", reason=str(error))

    async def _write_rest(self) -> None:
        try:
            async with asyncio.timeout(_LAST_S):
                await self.flush()
        except TimeoutError:
            self._dropped(len(self._waiting))
            _log.warning("diary_dropped", notes=len(self._waiting), reason="shutdown")

    async def _write(self, batch: Sequence[Noted]) -> None:
        entries: defaultdict[str, list[JournalEntry]] = defaultdict(list)
        counts: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        for noted in batch:
            if noted.entry is not None:
                entries[noted.account].append(noted.entry)
            counts[noted.account, noted.at.date()].update(noted.counts)
        for account, written in entries.items():
            await self._journal.record_all(account, written)
        for (account, day), amounts in counts.items():
            await self._statistics.count(account, day, amounts)
