"""What reading pictures needs from others."""

from __future__ import annotations

from typing import Protocol

from app.domain.turn import Message


class PictureReader(Protocol):
    """Reads the text in the picture of a message."""

    async def read(self, message: Message) -> tuple[str, ...]:
        """Return the lines, top to bottom; none where it cannot be had, read or trusted in time.

        Keeps nothing; raises nothing for what a picture or the other side does.
        """
        ...
