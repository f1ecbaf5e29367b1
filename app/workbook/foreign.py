"""What other bots' question tables come to, whatever they were."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ForeignIntent:
    """What another bot knew about one question."""

    name: str
    """Its name there, of any form; may be empty."""
    title: str
    questions: tuple[str, ...]
    """At least one, none twice."""
    answer: str
    """May be empty."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What was read, and in Chinese what was not taken and why."""

    intents: tuple[ForeignIntent, ...]
    skipped: tuple[str, ...]
