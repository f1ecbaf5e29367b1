"""What operators write, loaded and immutable: intents, flows, facts, documents.

Nothing here reads a file; `app.content` builds these values and `Catalog` holds them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NewType

from app.domain.calendar import Calendar

IntentId = NewType("IntentId", str)
Region = NewType("Region", str)
FlowId = NewType("FlowId", str)


class IntentKind(StrEnum):
    """What happens when an intent (意图) is recognised."""

    FAQ = "faq"
    """Answered from a document, with its source."""
    SMALLTALK = "smalltalk"
    """Greeting, thanks, abuse …: a short friendly text."""
    HANDOFF = "handoff"
    """The parent wants a person."""
    SAFETY = "safety"
    """Fraud or an emergency: a fixed text before anything else."""
    GAP = "gap"
    """About this insurance, but the region's document does not say it."""
    BACKGROUND = "background"
    """Not about this insurance at all."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A section of a source document, written `document#heading` in content files."""

    document: str
    heading: str

    def __str__(self) -> str:
        return f"{self.document}#{self.heading}"


@dataclass(frozen=True, slots=True)
class Section:
    """One `##` section of a document."""

    heading: str
    text: str
    """Markdown of the section, without the heading line."""
    line: int
    """1-based line of the heading in the file."""


@dataclass(frozen=True, slots=True)
class Document:
    """A source document (依据) with its front matter."""

    id: str
    title: str
    publisher: str
    published: date
    region: Region
    applies_to: str
    """The policy year as parents read it, e.g. `2025–2026 年度`."""
    valid_from: date
    valid_until: date
    """Last day, inclusive, on which the document's rules apply."""
    confirm: str
    """Where to confirm after the document has expired, e.g. `12333`."""
    sections: Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class Fact:
    """One amount, date, phone number or place, in one place."""

    name: str
    region: Region
    title: str
    value: str
    source: Anchor


@dataclass(frozen=True, slots=True)
class Answer:
    """An intent's answer for one region; `{fact.NAME}` is not yet substituted."""

    text: str
    sources: tuple[Anchor, ...]
    windows: tuple[str, ...] = ()
    """Windows of the policy calendar (`payment`, `payment.counter`) whose state at the asked moment
    stands before the text."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A goal of a user with its examples and what to say (意图)."""

    id: IntentId
    title: str
    """At most 14 characters; what a parent taps."""
    kind: IntentKind
    utterances: tuple[str, ...]
    not_utterances: tuple[str, ...] = ()
    answers: Mapping[Region, Answer] = field(default_factory=dict)
    """FAQ only, by region."""
    flow: FlowId | None = None
    """Flow that starts when this intent is recognised; its answer is the flow's first text."""
    replies: tuple[str, ...] = ()
    """Smalltalk, handoff, safety and background: variants of the reply."""
    about: str = ""
    """Gap: noun phrase for “文件里没有写{about}”."""
    regions: tuple[Region, ...] = ()
    """Gap: the regions whose document leaves it out."""
    related: tuple[IntentId, ...] = ()
    elsewhere: Mapping[Region, IntentId] = field(default_factory=dict)
    """In a region without an answer of its own: the intent that answers such a question there, or
    the gap that says the document leaves it out."""
    tests: tuple[str, ...] = ()
    file: str = ""
    """Path relative to the content root, for messages."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a slot, and how parents say it."""

    value: str
    label: str
    synonyms: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a decision table: conditions and outcome."""

    when: Mapping[str, frozenset[str]]
    """Slot name → accepted values; a slot that is left out accepts any value."""
    verdict: str
    """covered, not_covered, depends or not_stated; empty where the row answers an intent."""
    say: str
    sources: tuple[Anchor, ...]
    answer: IntentId | None = None
    """Answer this intent instead of `say`."""


@dataclass(frozen=True, slots=True)
class FlowRegion:
    """A flow as one region runs it."""

    slots: tuple[Slot, ...]
    decide: tuple[Row, ...]
    compare: str = ""
    compare_sources: tuple[Anchor, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """A multi-turn dialogue as data."""

    id: FlowId
    topic: IntentId
    title: str
    regions: Mapping[Region, FlowRegion]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """Keyed wording of the bot itself (`intents/_texts.yml`); no policy in it."""

    entries: Mapping[str, tuple[str, ...]]

    def text(self, key: str, turn: int = 0, **values: str) -> str:
        """Return the wording of `key`; `turn` picks the variant so that a repeat reads differently.

        Raises:
            KeyError: No such key (the loader proves that all keys used exist).
        """
        variants = self.entries[key]
        return variants[turn % len(variants)].format(**values)


@dataclass(frozen=True, slots=True)
class Account:
    """A WeChat official account: one region, its display names."""

    id: str
    region: Region
    name: str
    """What the bot calls the place, e.g. 柳州."""
    welcome: tuple[IntentId, ...]
    """Intents offered in the welcome and in fallbacks, in order."""
    confirm: str
    """Where to ask when the document is silent, e.g. `12333`."""
    places: tuple[str, ...] = ()
    """Names by which parents mean this region, e.g. 柳州, 柳江, 鱼峰."""


@dataclass(frozen=True, slots=True)
class Opposites:
    """Phrases that ask about opposite things although they share their characters."""

    one: tuple[str, ...]
    """Normalised, as all of them."""
    other: tuple[str, ...]
    neither: tuple[str, ...] = ()
    """Phrases around the others that leave it open, as 能不能报."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All loaded content, immutable (目录)."""

    revision: str
    """Hex SHA-256 over all content files."""
    intents: Mapping[IntentId, Intent]
    flows: Mapping[FlowId, Flow]
    documents: Mapping[str, Document]
    facts: Mapping[Region, Mapping[str, Fact]]
    accounts: Mapping[str, Account]
    texts: Texts
    places: tuple[str, ...]
    """Place names in the whole country, to tell other cities from the own."""
    commands: Mapping[str, tuple[str, ...]]
    """Command name → whole messages that mean it, normalised."""
    synonyms: Mapping[str, tuple[str, ...]]
    """Canonical word → words that parents use instead."""
    domain_words: tuple[str, ...]
    """Words that the tokenizer must keep whole."""
    calendar: Mapping[Region, Calendar] = field(default_factory=dict)
    """Dated periods; a region whose document has none is missing."""
    opposites: tuple[Opposites, ...] = ()

    def answer(self, intent_id: IntentId, region: Region) -> Answer | None:
        """Return the intent's answer in the region, or None where the region has none."""
        intent = self.intents.get(intent_id)
        return intent.answers.get(region) if intent else None
