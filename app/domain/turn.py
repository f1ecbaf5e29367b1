"""One message and what became of it: message, ranking, decision, reply, session, trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.domain.handoff import Handoff, Hold
from app.domain.names import FlowId, IntentId


class MessageKind(StrEnum):
    """Kinds of inbound message that the dialogue tells apart."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    UNSUPPORTED = "unsupported"
    """Stickers, files and whatever WeChat says it cannot show."""
    SUBSCRIBE = "subscribe"
    CLICK = "click"
    """A tap on the account's menu; `text` holds the key."""
    SCAN = "scan"
    """A QR code with a scene; `text` holds the scene."""
    SILENT = "silent"
    """An event that takes no reply (VIEW, unsubscribe, job results …)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One inbound WeChat callback, typed."""

    account: str
    user: str
    """OpenID; never logged in clear."""
    kind: MessageKind
    text: str = ""
    menu_id: str = ""
    """`bizmsgmenuid` of a tapped link: a hint only, `text` is the authority."""
    delivery_key: str = ""
    """The same for every retry of one delivery."""
    picture_url: str = ""
    """Images: where WeChat keeps it (`PicUrl`); untrusted."""
    media_id: str = ""
    """Images, voice, video: for the media API; expires after three days."""
    lines: tuple[str, ...] | None = None
    """Lines read from an image, top to bottom; None: it was not read."""


class Sequel(StrEnum):
    """What a message says about the answer before it."""

    NONE = ""
    REASKED = "reasked"
    """The same was asked again in other words: the answer did not help."""
    UNSOLVED = "unsolved"
    """The parent said that it did not help."""


class Decision(StrEnum):
    """What the bot decided to do with a message (design.md §2)."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    FLOW = "flow"
    SMALLTALK = "smalltalk"
    COMMAND = "command"
    HANDOFF = "handoff"
    SAFETY = "safety"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An intent with the calibrated probability that it is what was meant."""

    intent: IntentId
    confidence: float
    """Calibrated probability in [0, 1]."""
    evidence: Mapping[str, float] = field(default_factory=dict)
    """Raw score by kind of evidence, for the trace."""
    nearest: str = ""
    """The utterance of the intent that is most like the message."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the matcher makes of one text."""

    normalised: str
    tokens: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    """Best first, at most 5, no intent twice; FAQ, gap, smalltalk and background intents alike."""
    accept: float
    """Least confidence to answer a topic, from the calibration for this kind of text."""
    offer: float
    """Least confidence of the best topic to ask back with it."""
    notes: tuple[str, ...] = ()
    """Remarks for the trace, e.g. that the text was cut."""
    is_exact: bool = False
    """Whether the text is one of the operators' utterances, word for word."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the parent can tap or answer with its number."""

    label: str
    """What is shown."""
    say: str
    """What WeChat sends back when it is tapped (as if typed)."""
    key: str = ""
    """bizmsgmenuid: a hint which choice it was."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back, before it is made into WeChat text."""

    text: str
    choices: tuple[Choice, ...] = ()
    choices_intro: str = ""
    """Line above the choices, e.g. `您可能还想问：`."""
    source: str = ""
    """Last line: `依据：…`; empty where nothing was cited."""
    numbered: bool = True
    """Whether the choices carry numbers that may be typed."""


@dataclass(frozen=True, slots=True)
class FlowState:
    """Where a conversation is inside a flow."""

    flow: FlowId
    slots: Mapping[str, str]
    """Filled slots: name → choice value."""
    asking: str
    """Slot that was asked last."""
    unclear: int = 0
    """Unclear replies in a row to this question."""
    revision: str = ""
    """Digest of the flow's definition under which the question was asked."""


@dataclass(frozen=True, slots=True)
class Child:
    """What a parent answered about one child; never a name or an ID number."""

    alias: str
    """What the parent calls the child, e.g. 老二; empty while only one was talked about."""
    flows: tuple[FlowState, ...] = ()
    """The last state of each flow that was run for the child, the latest last."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What outlives a turn by itself, for as long as the session is kept."""

    child: str = ""
    """Alias of the child that is talked about."""
    children: tuple[Child, ...] = ()
    """The one talked about last stands last."""
    paused: FlowState | None = None
    """A flow that waits to be taken up again."""
    reminded: bool = True
    """Whether the parent knows that it waits."""
    held: str = ""
    """What the parent answered to the paused flow before being asked whether to go on."""
    region: str = ""
    """Region that the parent chose where the account serves several; empty: not asked yet."""
    pending: str = ""
    """The masked question that waits for the choice of a region."""
    told: tuple[str, ...] = ()
    """Kinds of personal data about which the parent was told."""
    rated: bool = False
    """The parent was asked whether the answer helped: once a conversation is enough."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A date of the policy calendar that a parent asked to be reminded of."""

    topic: IntentId
    """Intent whose answer says at that moment what is to be done."""
    at: datetime
    """When it is due, Asia/Shanghai."""
    until: date
    """Last day on which it helps; the day after it is dropped."""
    unsure: bool = False
    """It was sent, but WeChat did not say whether it arrived."""


@dataclass(frozen=True, slots=True)
class Session:
    """Stored state of one conversation (会话); small, JSON, with a TTL."""

    offered: tuple[Choice, ...] = ()
    """Choices of the last reply, for answers by number."""
    flow: FlowState | None = None
    rest: tuple[str, ...] = ()
    """Parts of the last reply that did not fit, in order."""
    last_topics: tuple[IntentId, ...] = ()
    misses: int = 0
    """Fallbacks in a row."""
    turns: int = 0
    last_reply: str = ""
    """Hash of the last text sent, so that the same one is never sent twice in a row."""
    last_text: str = ""
    """The last reply itself, for “再说一遍”."""
    asked: str = ""
    """The masked question that the bot asked back about; empty where it did not."""
    question: str = ""
    """The masked question that was decided on last, for “没解决” and for operators; cut."""
    reminders: tuple[Reminder, ...] = ()
    """Agreed to and still to come; they outlive the rest of the session."""
    proposed: Reminder | None = None
    """Offered with the last reply, waiting for consent."""
    memory: Memory = Memory()
    lost: bool = False
    """What was stored before could not be read: the parent is told so in the next reply."""
    unanswered: tuple[str, ...] = ()
    """Masked texts of the misses in a row, for the person who takes over; only where one may."""
    hold: Hold | None = None
    """What the inbox says, None where it cannot be asked. Read with every message and kept under
    a key of its own, since people write it too: never part of what a turn leaves behind."""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Why the bot said what it said; kept only for the playground and explain commands."""

    decision: Decision
    reason: str
    rankings: tuple[Ranking, ...] = ()
    sources: tuple[str, ...] = ()
    revision: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    ended: FlowState | None = None
    """The flow that came to its end in this turn, with the slots that decided it."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A parent's wording and the intent that they then chose."""

    question: str
    """The masked text."""
    intent: IntentId


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome of one message."""

    reply: Reply | None
    """None where nothing must be sent (`success`)."""
    text: str
    """The reply as plain WeChat text with links, within the byte limit; empty where none."""
    decision: Decision
    topics: tuple[IntentId, ...]
    """Topics answered, in order; on clarify the topics offered."""
    candidates: tuple[Candidate, ...]
    session: Session
    trace: Trace
    learned: Learned | None = None
    """A wording to propose to operators, where the parent chose after a question back."""
    handoff: Handoff | None = None
    """What the inbox has to do."""
    sequel: Sequel = Sequel.NONE
    """What the message says about the answer before it."""
    erase: bool = False
    """Everything stored about the parent is to be deleted; nothing of the turn may be kept."""


Json = dict[str, Any]
