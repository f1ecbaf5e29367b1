"""What choices teach: how parents put a question that the bot had to ask back about.

Counted per account, masked by the dialogue before they come here, for operators to adopt.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

from app.domain.names import IntentId
from app.domain.turn import Learned
from app.state import scripts
from app.state.keys import LESSONS_CAP, LESSONS_TTL_S, lessons_key
from app.state.store import Store, store_errors


@dataclass(frozen=True, slots=True)
class Lesson:
    """A wording that parents chose an intent for."""

    question: str
    intent: IntentId
    count: int


class Lessons:
    """The lessons of all accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, account: str, learned: Learned) -> None:
        """Count one choice; the rarest are dropped beyond the cap. One round trip.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        member = json.dumps([learned.intent, learned.question], ensure_ascii=False)
        await self._store.run(
            scripts.NOTE_LESSON, [lessons_key(account)], [member, LESSONS_CAP, LESSONS_TTL_S]
        )

    async def most_common(self, account: str, limit: int = 100) -> tuple[Lesson, ...]:
        """Return the most frequent lessons, most frequent first.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            rows = cast(
                "list[tuple[bytes, float]]",
                await self._store.client.zrevrange(
                    lessons_key(account), 0, limit - 1, withscores=True
                ),
            )
        found = []
        for member, count in rows:
            intent, question = json.loads(member)
            found.append(Lesson(str(question), IntentId(intent), int(count)))
        return tuple(found)
