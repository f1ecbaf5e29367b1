"""Commands: whole messages that steer the conversation (帮助, 更多, 重新开始 …)."""

from __future__ import annotations

from app.domain.content import Catalog
from app.matching.normalise import normalise, squeeze


class Commands:
    """Recognises the commands of `intents/_commands.yml`."""

    def __init__(self, catalog: Catalog) -> None:
        self._names = {
            key: name
            for name, words in catalog.commands.items()
            for word in words
            for key in (_key(word),)
        }

    def find(self, text: str) -> str | None:
        """Return the command that the whole message is, or None."""
        return self._names.get(_key(text))


def _key(text: str) -> str:
    normalised = normalise(text)
    # “?” alone is a command although it has no letters.
    return squeeze(normalised) or normalised.strip()
