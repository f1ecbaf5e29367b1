"""What one process holds of the deliveries that it answers, so that it asks Redis less often.

The claim of a delivery also asks for its conversation, in the same step, and the session is saved
together with the reply: what is learned there is kept here until it is asked for. Only a hint for
whoever shares it; without it everything takes one round trip more.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from app.state.recorded import Finished

MOST = 5000
"""Deliveries in flight that are remembered; the oldest are forgotten."""


@dataclass(slots=True)
class Place:
    """A place in a conversation's queue, asked for together with the claim of a delivery."""

    token: str
    verdict: int | None = None
    """That of `scripts.ACQUIRE`; None where no answer came: it may have been taken all the same."""
    raw: bytes | None = None
    """The stored session where the lock was had."""
    answered_at: float = 0.0
    """By `time.monotonic`."""


class Passage:
    """The deliveries in flight of one process, by the key of their ledger entry."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._finished: OrderedDict[str, Finished] = OrderedDict()

    def ask(self, entry: str, token: str) -> Place:
        """Return a new place, remembered before Redis is asked for it."""
        place = self._places[entry] = Place(token)
        _shorten(self._places)
        return place

    def has_place(self, entry: str) -> bool:
        """Tell whether there is a place that nobody has taken."""
        return entry in self._places

    def take_place(self, entry: str) -> Place | None:
        """Return the place and forget it; None where there is none."""
        return self._places.pop(entry, None)

    def recorded(self, entry: str, finished: Finished) -> None:
        """Remember what the ledger has, as it was saved together with a session."""
        self._finished[entry] = finished
        _shorten(self._finished)

    def take_recorded(self, entry: str, reply: str) -> Finished | None:
        """Return what the ledger has and forget it; None where another reply is to be recorded."""
        finished = self._finished.pop(entry, None)
        return finished if finished is not None and finished.reply == reply else None


def _shorten(entries: OrderedDict[str, Place] | OrderedDict[str, Finished]) -> None:
    while len(entries) > MOST:
        entries.popitem(last=False)
