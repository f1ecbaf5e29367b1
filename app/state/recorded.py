"""A reply as the ledger of deliveries has it."""

from __future__ import annotations

import msgspec


class Finished(msgspec.Struct, frozen=True):
    """A recorded reply."""

    reply: str
    kept: bool = False
    """Whether it was too late for every request and lies among the unread ones."""
    attempts: int = 1
    """Requests that carried the delivery."""
