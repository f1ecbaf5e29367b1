"""What can be erased of a parent (“删除我的数据”)."""

from __future__ import annotations

from enum import StrEnum


class Erased(StrEnum):
    """Kinds of what was stored about one parent, in the order in which they are told."""

    SESSION = "session"
    """The conversation: choices, flows, children's forms of address, region, last reply."""
    REMINDERS = "reminders"
    """When they were to be reminded."""
    HANDOFF = "handoff"
    """What they and the staff wrote to each other."""
    UNREAD = "unread"
    """Replies that did not reach them."""
    RECORDS = "records"
    """Ledger of deliveries, times of interaction, count of messages."""
