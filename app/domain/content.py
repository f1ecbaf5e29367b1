"""What operators write, loaded and immutable: intents, flows, facts, documents.

Nothing here reads a file; `app.content` builds these values and `Catalog` holds them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.calendar import Calendar
from app.domain.channels import AccountKind
from app.domain.flows import Flow
from app.domain.menu import Menu
from app.domain.names import Anchor, FlowId, IntentId, Region
from app.domain.service_hours import HandoffPlan


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


class HandoffWhen(StrEnum):
    """Whether a topic calls for a person, where the account has one."""

    ASKED = "asked"
    """Only when the parent asks for one."""
    OFFER = "offer"
    """A person is offered below the answer."""
    NOW = "now"
    """The parent is handed over at once."""


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
    windows_if_asked: tuple[str, ...] = ()
    """The same, where the question is a mere question of dates (“柜台现在能交吗”)."""


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
    handoff: HandoffWhen = HandoffWhen.ASKED
    screens: tuple[str, ...] = ()
    """FAQ only: what the phone shows when a parent meets this, for screenshots (截图)."""
    file: str = ""
    """Path relative to the content root, for messages."""


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
class Scene:
    """What a poster's QR code opens (带参数的二维码)."""

    title: str
    """Where the code hangs, for operators, e.g. 柳州某小学."""
    greeting: str
    """First lines of the reply to who follows or scans."""
    opens: IntentId | None = None
    """Intent that is answered, or whose flow starts, after the greeting; None: the welcome's
    questions."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A template of a subscription notice (订阅通知模板)."""

    template: str
    """Id of the template at the platform."""
    fields: Mapping[str, str]
    """Field of the template → text; `{title}` and `{day}` are filled in."""


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
    notice: Notice | None = None
    """Subscription notice (订阅通知) for reminders; None: it cannot write to a parent first."""
    kind: AccountKind = AccountKind.SUBSCRIPTION
    verified: bool = False
    """Whether WeChat verified the account (资质认证); without it there are passive replies only."""
    scenes: Mapping[str, Scene] = field(default_factory=dict)
    """What a QR code with this scene opens, by scene."""
    menu: Menu | None = None
    """The account's menu as `intents/menu.yml` wants it; None: the file has none."""
    also: tuple[Region, ...] = ()
    """Further regions that it serves; each has an account of its own, which says how it is called.
    """

    @property
    def can_push(self) -> bool:
        """Whether it may write to a parent who has not just written."""
        return self.notice is not None

    handoff: HandoffPlan | None = None
    """How a person takes over; None: nobody does, and the bot says where to ask."""


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
