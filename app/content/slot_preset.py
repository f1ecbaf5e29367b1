"""One ready-made choice of a typed slot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """One ready-made choice."""

    label: str
    """`{name}` stands for the account's name of its region."""
    synonyms: tuple[str, ...]
