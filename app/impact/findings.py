"""What a comparison finds: plain values, in an order that depends on nothing but the contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.impact.cases import CaseKind, ReplayCase

VARIANT = " · "
"""Between the variant and the part in `AnswerChange.state`."""


class ChangeKind(StrEnum):
    """What became of a case; the first that fits, from the worst on."""

    STOLEN = "stolen"
    """Another topic answers it now."""
    REFUSED = "refused"
    """It was answered, and is not any more."""
    BROKEN = "broken"
    """A test that passed fails, in another way than these two."""
    CLARIFIED = "clarified"
    """It was answered, now the bot asks back and offers the same topic."""
    FIXED = "fixed"
    """A test that failed passes."""
    ANSWERED = "answered"
    """It was not answered, now it is."""
    TOPIC = "topic"
    """Other topics, and neither better nor worse by what is known."""
    REPLY = "reply"
    """The same decision in other words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an assistant made of a case."""

    decision: str
    """A `Decision`; of a flow `ends`; `none` where this content has no such account or flow."""
    topics: tuple[str, ...]
    """Topics answered or offered; of a flow what it came to."""
    text: str
    """What the parent reads; of a conversation all of it."""
    passed: bool | None
    """Whether it is as expected; None where nobody said what is."""
    answered: bool
    """Whether a topic was answered or a flow begun."""
    leading: tuple[str, ...] = ()
    """Intents that the matcher ranked, best first."""
    confidence: float | None = None
    """Of the first of `leading`."""
    exact: bool = False
    """Whether the text is an operators' utterance, word for word."""
    note: str = ""
    """In Chinese: what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Thief:
    """A new utterance that pulled a sentence away."""

    text: str
    intent: str
    """Class that it speaks for."""
    file: str
    similarity: float
    """Cosine with the sentence, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Change:
    """A case of which the two contents make something different."""

    case: ReplayCase
    before: Outcome
    after: Outcome
    kind: ChangeKind
    is_regression: bool = False
    """Whether publishing it needs a reason."""
    thief: Thief | None = None
    """Of what is worse than before: the new utterance that is most like it."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A text that parents may read, and that differs, whether or not a test touches it."""

    intent: str
    """Intent or flow; `_texts` for the bot's own wording."""
    title: str
    region: str
    """Empty where it is the same in all regions."""
    state: str
    """In Chinese: which part of it (正文), which variant, at which date."""
    before: str
    """Empty: new."""
    after: str
    """Empty: gone."""
    file: str = ""
    more: int = 0
    """Number of further dates at which it differs in a like manner."""

    @property
    def part(self) -> str:
        """The part of the text, without the variant: 正文, 过期提示."""
        return self.state.rpartition(VARIANT)[2]

    @property
    def variant(self) -> str:
        """The variant, e.g. the row of a flow's table; empty for an answer."""
        return self.state.rpartition(VARIANT)[0]


@dataclass(frozen=True, slots=True)
class Edit:
    """Something that an operator changed, as far as it is no text of an answer."""

    file: str
    what: str
    """In Chinese, e.g. 说法."""
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How many cases of a kind do what they should."""

    total: int
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Impact:
    """All that a comparison found."""

    at: datetime
    old_revision: str
    new_revision: str
    totals: Mapping[CaseKind, int]
    """Cases replayed, real questions by how often they were asked."""
    scores: Mapping[CaseKind, Score]
    """How many are as expected, by kind; kinds without expectation are missing."""
    right: Score
    """Topics' tests that are answered directly, not by asking back. A sentence that several
    accounts were asked counts once and is right where one of them is."""
    refused: Score
    """Real questions that no topic answers, by how often they were asked."""
    false_accepts_old: int
    """Sentences that some topic must not answer, or no topic at all, and that it does answer."""
    false_accepts_new: int
    changes: tuple[Change, ...]
    """Worst first."""
    answers: tuple[AnswerChange, ...]
    edits: tuple[Edit, ...]
    titles: Mapping[str, str]
    """Titles of all intents and flows of both contents; where both have one, the new."""

    @property
    def accuracy_old(self) -> float:
        """Share of the tests that the old content answers directly, in [0, 1]."""
        return self.right.old / self.right.total if self.right.total else 1.0

    @property
    def accuracy_new(self) -> float:
        """Share of the tests that the new content answers directly, in [0, 1]."""
        return self.right.new / self.right.total if self.right.total else 1.0

    @property
    def regressions(self) -> tuple[Change, ...]:
        """What is worse than before; publishing it needs a reason.

        Asking back counts where fewer tests are answered directly than before.
        """
        fewer = self.right.new < self.right.old
        return tuple(
            c
            for c in self.changes
            if c.is_regression
            or (fewer and c.kind is ChangeKind.CLARIFIED and c.case.kind is CaseKind.TEST)
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.changes or self.answers or self.edits)
