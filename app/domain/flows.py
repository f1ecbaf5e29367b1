"""Flows (流程) as the machine runs them: questions, choices, a flat decision table a region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.names import Anchor, FlowId, IntentId, Region


class SlotKind(StrEnum):
    """How a slot (槽位) is answered; every kind ends in one of the slot's choices."""

    CHOICE = "choice"
    YES_NO = "yes_no"
    REGION = "region"
    """Inside the account's region or elsewhere, by place names."""
    STAGE = "stage"
    """School stage (学段)."""
    HUKOU = "hukou"
    """Household registration (户籍)."""
    DATE = "date"
    """A day, read as the span of days (`Slot.ranges`) that holds it."""
    NUMBER = "number"
    """A whole number, read as the range that holds it."""
    TEXT = "text"
    """Anything; sorted by keywords, else `Slot.otherwise`."""


UNSAID = "unsaid"
"""Condition of a row (没说): with such a row the slot is not asked, only heard if volunteered."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a slot, and how parents say it."""

    value: str
    label: str
    synonyms: tuple[str, ...]
    """Words that stand in a message; `~` in a word: a few characters may stand there; `=` before
    it: only as the whole reply to this slot's question."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The numbers or days that one choice stands for, both ends included; None: open."""

    value: str
    low: int | None
    """A number, or the proleptic ordinal of a day."""
    high: int | None

    def holds(self, first: int, last: int) -> bool:
        """Tell whether all of `first` … `last` lie inside."""
        return (self.low is None or self.low <= first) and (self.high is None or last <= self.high)


@dataclass(frozen=True, slots=True)
class Slot:
    """A named value (槽位) that a flow may need."""

    name: str
    title: str
    ask: str
    confused: str
    """Simpler wording after an unclear reply."""
    why: str
    """Answer to “为什么问这个”."""
    choices: tuple[Choice, ...]
    kind: SlotKind = SlotKind.CHOICE
    ranges: tuple[Bounds, ...] = ()
    """Date and number: what each choice stands for; without gaps, in order."""
    unit: str = ""
    """Number: the measure word by which it is told from other numbers (岁, 年)."""
    otherwise: str = ""
    """Text: the choice for a reply without any of the keywords."""
    ignore: tuple[str, ...] = ()
    """Words that say nothing about this slot though a synonym stands in them (户口在北京 says
    nothing about the school)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a decision table: conditions and outcome."""

    when: Mapping[str, frozenset[str]]
    """Slot name → accepted values (`UNSAID` among them: also while it is not known); a slot that
    is left out accepts any value."""
    verdict: str
    """covered, not_covered, depends, not_stated or info; empty where the row answers an intent."""
    say: str
    sources: tuple[Anchor, ...]
    answer: IntentId | None = None
    """Answer this intent instead of `say`."""
    topic: IntentId | None = None
    """Topic of the sub-flow that the row comes from; None: the flow's own."""
    origin: int = 0
    """Position of the row in the operator's own table: rows of a sub-flow share their caller's."""


@dataclass(frozen=True, slots=True)
class FlowRegion:
    """A flow as one region runs it; sub-flows are already worked in."""

    slots: tuple[Slot, ...]
    decide: tuple[Row, ...]
    compare: str = ""
    compare_sources: tuple[Anchor, ...] = ()
    family: frozenset[str] = frozenset()
    """Slots that are the same for brothers and sisters: not asked again for another child."""
    topic: IntentId | None = None
    """Topic in this region where it differs from the flow's."""
    own_slots: frozenset[str] = frozenset()
    """Names of the slots that the operator wrote here, not in a sub-flow."""


@dataclass(frozen=True, slots=True)
class FlowTest:
    """A conversation that an operator wrote into a flow file, and where it must end."""

    region: Region
    say: tuple[str, ...]
    """Messages of the parent, in order; the first opens the flow."""
    ends: str
    """Verdict or intent."""
    line: int = 0
    """1-based line in the flow's file."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A multi-turn dialogue as data."""

    id: FlowId
    topic: IntentId
    title: str
    regions: Mapping[Region, FlowRegion]
    file: str = ""
    starts: tuple[str, ...] = ()
    """Whole messages that start it, beside its topic; `~` as in `Choice.synonyms`."""
    tests: tuple[FlowTest, ...] = ()

    def topic_in(self, region: Region) -> IntentId:
        """Return the topic as which the flow counts in a region."""
        part = self.regions.get(region)
        return (part.topic if part else None) or self.topic
