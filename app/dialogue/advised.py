"""The assistant with optional evidence: decide, ask what was missed, decide again.

The turn stays a pure function of session, message, time and advice; only this class waits, and
never longer than `patience_s`. Each opinion that does not come leaves the turn as it was.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.dialogue.advice import Advice, Doubt, Option, Selector
from app.dialogue.assistant import Assistant, Render
from app.dialogue.pausing import IDLE
from app.domain.content import Catalog
from app.domain.names import IntentId, Region
from app.domain.turn import Message, Session, Turn
from app.matching.embedding import Embedder
from app.matching.matcher import Matcher

_EXAMPLES = 3


class AdvisedAssistant(Assistant):
    """Asks an embedder about every message and a selector about doubtful ones."""

    def __init__(
        self,
        catalog: Catalog,
        matchers: Mapping[Region, Matcher],
        render: Render,
        embedder: Embedder | None = None,
        selector: Selector | None = None,
        idle: timedelta = IDLE,
    ) -> None:
        super().__init__(catalog, matchers, render, idle)
        self._embedder = embedder
        self._selector = selector
        asked = [port.budget_s for port in (embedder, selector) if port is not None]
        self.patience_s = sum(asked)

    def turn(
        self, session: Session, message: Message, now: datetime, advice: Advice | None = None
    ) -> Turn:
        """Decide and reply; may wait up to `patience_s` seconds, so call it in a thread.

        Args:
            session: State of the conversation before this message.
            message: What the parent sent.
            now: The moment to answer for, Asia/Shanghai.
            advice: Opinions to decide with; where given, nobody is asked.
        """
        if advice is not None:
            return super().turn(session, message, now, advice)
        started = time.perf_counter()
        notes: tuple[str, ...] = ()
        advice = Advice()
        turn = super().turn(session, message, now, advice)
        if self._embedder is not None and advice.missed:
            vectors = self._embedder.embed(advice.missed)
            if vectors is None:
                notes = ("句向量没有及时拿到，只看字面",)
            else:
                advice = Advice(dict(zip(advice.missed, vectors, strict=True)))
                turn = super().turn(session, message, now, advice)
        if self._selector is not None and advice.doubt is not None:
            doubt = advice.doubt
            choice = self._selector.choose(doubt.question, self._options(doubt))
            turn = super().turn(session, message, now, Advice(advice.vectors, {doubt: choice}))
        elapsed = (time.perf_counter() - started) * 1000
        trace = replace(
            turn.trace,
            notes=(*notes, *turn.trace.notes),
            timings_ms={**turn.trace.timings_ms, "turn": round(elapsed, 3)},
        )
        return replace(turn, trace=trace)

    def _options(self, doubt: Doubt) -> list[Option]:
        return [self._option(intent_id) for intent_id in doubt.topics]

    def _option(self, intent_id: IntentId) -> Option:
        intent = self.catalog.intents[intent_id]
        return Option(intent_id, intent.title, intent.utterances[:_EXAMPLES])
