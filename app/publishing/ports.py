"""What publishing needs of others: revisions, archives, lint, impact, audit, who is at work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from app.errors import ContentProblem

Origin = Literal["console", "rollback"]
"""Where a publication of the console comes from."""


class PublishedRevision(Protocol):
    """A revision (修订) that was published."""

    @property
    def revision(self) -> str:
        """Hash of its content."""
        ...

    @property
    def number(self) -> int:
        """Counts publications."""
        ...

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def by(self) -> str:
        """Who."""
        ...

    @property
    def reason(self) -> str:
        """Why."""
        ...

    @property
    def origin(self) -> str:
        """`files`, `console`, `rollback` or `cli`."""
        ...


class Revisions(Protocol):
    """The last published revisions."""

    async def current(self) -> PublishedRevision | None:
        """Return the live one; None: nothing was published yet."""
        ...

    async def history(self) -> Sequence[PublishedRevision]:
        """Return the last ones, newest first."""
        ...

    async def archive(self, revision: str) -> bytes | None:
        """Return a revision's files; None where they are not kept any more."""
        ...

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
    ) -> PublishedRevision:
        """Make an archive live; raises EditConflictError where another one is live by now."""
        ...


class Audit(Protocol):
    """Who did what."""

    async def note(self, by: str, action: str, subject: str, detail: str = "") -> None:
        """Write one line down."""
        ...


class Operator(Protocol):
    """Somebody who works in the console."""

    @property
    def name(self) -> str:
        """As it stands in the audit trail."""
        ...

    @property
    def may_edit(self) -> bool:
        """Whether drafts may be changed."""
        ...

    @property
    def may_approve(self) -> bool:
        """Whether drafts may be published."""
        ...


@dataclass(frozen=True, slots=True)
class Shift:
    """A sentence that is treated differently by the draft."""

    text: str
    account: str
    kind: str
    """`reply`, `topic`, `refused`, `clarified`, `answered`, `stolen`, `broken` or `fixed`."""
    before: str
    """Topics or decision, as operators read them."""
    after: str
    count: int = 1
    """How often it was asked."""
    is_worse: bool = False
    """Whether publishing it needs a reason."""
    hint: str = ""
    """What took the sentence away, where that is known."""


@dataclass(frozen=True, slots=True)
class AnswerShift:
    """An answer whose text the draft changes."""

    intent: str
    region: str
    state: str
    """When the text is said (state of the calendar's windows); empty: always."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ImpactReport:
    """What publishing would change for parents (影响)."""

    cases: int
    """Sentences replayed."""
    accuracy_before: float
    """Share of sentences with a known topic that are recognised, in [0, 1]."""
    accuracy_after: float
    false_accepts_before: int
    """Sentences that should not have been answered but were."""
    false_accepts_after: int
    shifts: tuple[Shift, ...] = ()
    answers: tuple[AnswerShift, ...] = ()
    regressions: int = 0
    """Shifts for the worse; with any, publishing needs a reason."""


Progress = Callable[[int, int], None]
"""Told how many steps of how many are done; called from the event loop's thread."""


ImpactOf = Callable[[Path, Path, Progress], Awaitable[ImpactReport]]
"""Compares the old with the new content folder; takes minutes, off the event loop. Cancelling its
task stops it."""
Pack = Callable[[Path], bytes]
"""Packs a folder's content files as one deterministic archive."""
Unpack = Callable[[bytes, Path], object]
"""Writes an archive's files below a folder; never outside it."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What is done with content folders, all blocking."""

    lint: Callable[[Path], tuple[ContentProblem, ...]]
    revision_of: Callable[[Path], str]
    """Hash of a content folder without errors."""
    pack: Pack
    unpack: Unpack
