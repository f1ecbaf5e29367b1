"""What optional evidence says about one message: handed into the pure turn as data.

A turn that misses an opinion goes on without it and notes what it missed. Whoever runs the turn
may then ask, and decide again with the answer (`advised`); the turn itself never waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.domain.names import IntentId
from app.matching.embedding import Floats


@dataclass(frozen=True, slots=True)
class Option:
    """A topic that may be chosen."""

    intent: IntentId
    title: str
    examples: tuple[str, ...]
    """Some of the operators' utterances."""


class Selector(Protocol):
    """Chooses among topics; it cannot write anything."""

    @property
    def budget_s(self) -> float:
        """Longest that `choose` takes, in seconds."""
        ...

    def choose(self, question: str, options: Sequence[Option]) -> IntentId | None:
        """Return the intent of one option; None: none of them, or no opinion in time.

        Never raises for what the other side does. Safe to call from several threads.

        Args:
            question: What the parent wrote; untrusted.
            options: At least one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Doubt:
    """Topics among which a turn could not decide."""

    question: str
    topics: tuple[IntentId, ...]


@dataclass(slots=True)
class Advice:
    """Opinions on one message, and what the turn would still have liked to know.

    Belongs to one turn; not shared.
    """

    vectors: Mapping[str, Floats] = field(default_factory=dict)
    """Normalised text → unit vector."""
    choices: Mapping[Doubt, IntentId | None] = field(default_factory=dict)
    """What the selector said; None: none of them."""
    missed: list[str] = field(default_factory=list)
    """Texts that were ranked without a vector, in order."""
    doubt: Doubt | None = None
    """The doubt that was not put to a selector yet."""
    notes: list[str] = field(default_factory=list)
    """Remarks for the trace, Chinese."""

    def vector(self, normalised: str) -> Floats | None:
        """Return a text's vector, or None and note that it was missed."""
        found = self.vectors.get(normalised)
        if found is None and normalised not in self.missed:
            self.missed.append(normalised)
        return found

    def choice(self, question: str, topics: tuple[IntentId, ...]) -> IntentId | None:
        """Return the topic that the selector chose, None where it chose none or was not asked."""
        doubt = Doubt(question, topics)
        if doubt not in self.choices:
            self.doubt = doubt
            return None
        chosen = self.choices[doubt]
        if chosen not in topics:
            self.notes.append("问过选择器：都不是，或没有及时回答")
            return None
        self.notes.append(f"问过选择器：选了 {chosen}")
        return chosen
