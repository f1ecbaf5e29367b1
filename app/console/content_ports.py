"""What the pages 问答, 发布 and 修订 need; wired by whoever starts the console."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from app.dialogue.assistant import Assistant
from app.errors import ContentProblem
from app.publishing.drafts import Drafts
from app.publishing.ports import Audit
from app.publishing.publisher import Publisher
from app.publishing.workspace import Workspace


class IntentFields(Protocol):
    """What editors see of an intent file."""

    @property
    def id(self) -> str:
        """Its id, also the stem of its file."""
        ...

    @property
    def title(self) -> str:
        """What a parent taps."""
        ...

    @property
    def kind(self) -> str:
        """Value of `IntentKind`."""
        ...

    @property
    def utterances(self) -> tuple[str, ...]:
        """How parents ask."""
        ...

    @property
    def not_utterances(self) -> tuple[str, ...]:
        """What only looks like it."""
        ...

    @property
    def tests(self) -> tuple[str, ...]:
        """Sentences that must be recognised."""
        ...

    @property
    def related(self) -> tuple[str, ...]:
        """Intents that are offered after it."""
        ...

    @property
    def answers(self) -> Mapping[str, Mapping[str, str]]:
        """Region → field → text; lists an item a line."""
        ...


@dataclass(frozen=True, slots=True)
class IntentEdit:
    """What to change in an intent file; None leaves it."""

    title: str | None = None
    utterances: tuple[str, ...] | None = None
    not_utterances: tuple[str, ...] | None = None
    tests: tuple[str, ...] | None = None
    related: tuple[str, ...] | None = None
    answers: Mapping[tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))
    """(Region, field) → text."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be changed."""
        return self == IntentEdit()


@dataclass(frozen=True, slots=True)
class Editing:
    """Reads and changes an intent file's text; both raise an AppError with a Chinese message."""

    read: Callable[[str], IntentFields]
    change: Callable[[str, IntentEdit], str]


@dataclass(frozen=True, slots=True)
class ContentPorts:
    """Everything for the pages of content."""

    assistant: Callable[[], Assistant]
    """The live one; another after each publication."""
    drafts: Drafts
    workspace: Workspace
    publisher: Publisher
    editing: Editing
    lint: Callable[[Path], tuple[ContentProblem, ...]]
    """Blocking."""
    audit: Audit
    clock: Callable[[], datetime]
    """The present moment, Asia/Shanghai."""
