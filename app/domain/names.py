"""Names of what operators write, and where it is written in a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

IntentId = NewType("IntentId", str)
Region = NewType("Region", str)
FlowId = NewType("FlowId", str)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A section of a source document, written `document#heading` in content files."""

    document: str
    heading: str

    def __str__(self) -> str:
        return f"{self.document}#{self.heading}"
