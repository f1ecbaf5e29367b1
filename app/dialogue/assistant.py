"""One turn: session and message in, session and reply out. Pure: no clock, no store, no network.

Order of decisions (design.md §1): safety › command › open flow › answer › clarify › fallback ›
handoff. Every path ends in a reply; what cannot be answered says so.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from app.dialogue.advice import Advice
from app.dialogue.commands import Commands
from app.dialogue.outcome import Outcome
from app.dialogue.privacy import mask
from app.dialogue.replies import Replies
from app.dialogue.text_turn import TextTurn
from app.domain.content import Account, Catalog, IntentId, Region
from app.domain.turn import (
    Decision,
    Message,
    MessageKind,
    Reply,
    Session,
    Trace,
    Turn,
)
from app.matching.matcher import Matcher

Render = Callable[[Reply, str], tuple[str, ...]]
"""Reply and the line that announces a continuation → texts within the channel's limit."""

_UNREADABLE = {
    MessageKind.IMAGE: "image",
    MessageKind.VOICE: "voice",
    MessageKind.VIDEO: "video",
    MessageKind.LOCATION: "location",
    MessageKind.LINK: "link",
    MessageKind.UNSUPPORTED: "unsupported",
}


class Assistant:
    """Answers messages of all accounts from one catalog. Immutable, shared by all tasks."""

    patience_s: float = 0.0
    """Longest that a turn may wait for optional evidence, in seconds; 0: it never waits."""

    def __init__(
        self, catalog: Catalog, matchers: Mapping[Region, Matcher], render: Render
    ) -> None:
        self.catalog = catalog
        self.matchers = matchers
        self._render = render
        self._turns = {
            account.id: TextTurn(
                Replies(catalog, account), matchers[account.region], Commands(catalog)
            )
            for account in catalog.accounts.values()
        }

    def account(self, account_id: str) -> Account:
        """Return an account's public description.

        Raises:
            KeyError: No such account.
        """
        return self.catalog.accounts[account_id]

    def turn(
        self, session: Session, message: Message, now: datetime, advice: Advice | None = None
    ) -> Turn:
        """Decide and reply; about 2 ms.

        Args:
            session: State of the conversation before this message.
            message: What the parent sent; `account` must exist in the catalog.
            now: The moment to answer for, Asia/Shanghai.
            advice: Opinions of optional evidence; what it lacks is noted in it.
        """
        started = time.perf_counter()
        masked = mask(message.text)
        message = replace(message, text=masked.text)
        outcome = self._decide(session, message, now, advice)
        outcome = self._with_notice(outcome, masked.kinds, message)
        texts = self._texts(outcome, session, message)
        text = texts[0] if texts else ""
        after = self._after(session, outcome, text, texts[1:], now)
        elapsed = (time.perf_counter() - started) * 1000
        trace = Trace(
            decision=outcome.decision,
            reason=outcome.reason,
            rankings=outcome.rankings,
            sources=tuple(line for line in (outcome.reply.source,) if line)
            if outcome.reply
            else (),
            revision=self.catalog.revision,
            timings_ms={"turn": round(elapsed, 3)},
            notes=tuple(advice.notes) if advice else (),
            ended=outcome.ended,
        )
        return Turn(
            reply=outcome.reply,
            text=text,
            decision=outcome.decision,
            topics=outcome.topics,
            candidates=outcome.candidates,
            session=after,
            trace=trace,
            learned=outcome.learned,
        )

    def _decide(
        self, session: Session, message: Message, now: datetime, advice: Advice | None
    ) -> Outcome:
        turn = self._turns[message.account]
        if advice is not None:
            turn = turn.advised(advice)
        kind = message.kind
        if kind is MessageKind.TEXT:
            return turn.decide(session, message.text, now)
        if kind is MessageKind.SUBSCRIBE:
            return turn.welcome()
        if kind in {MessageKind.CLICK, MessageKind.SCAN}:
            return self._opened(turn, session, message, now)
        if kind is MessageKind.SILENT:
            return Outcome(
                Decision.FALLBACK, None, "不需要回复的事件", flow=session.flow, keep_offer=True
            )
        return turn.unreadable(_UNREADABLE[kind], session)

    def _opened(self, turn: TextTurn, session: Session, message: Message, now: datetime) -> Outcome:
        """A menu key or a QR scene names an intent; anything else opens the welcome."""
        intent = self.catalog.intents.get(IntentId(message.text))
        region = self.catalog.accounts[message.account].region
        if intent is not None and region in intent.answers:
            return turn.open_topic(intent.id, now)
        return turn.welcome()

    def _with_notice(self, outcome: Outcome, kinds: tuple[str, ...], message: Message) -> Outcome:
        """Tell a parent gently that personal data was in the message and is not kept."""
        if not kinds or outcome.reply is None:
            return outcome
        replies = Replies(self.catalog, self.catalog.accounts[message.account])
        notice = replies.text("private", kinds="、".join(kinds))
        reply = replace(outcome.reply, text=f"{notice}\n\n{outcome.reply.text}")
        return replace(outcome, reply=reply)

    def _texts(self, outcome: Outcome, session: Session, message: Message) -> tuple[str, ...]:
        if outcome.ready_text:
            return (outcome.ready_text, *outcome.rest)
        if outcome.reply is None:
            return ()
        replies = Replies(self.catalog, self.catalog.accounts[message.account])
        more = replies.text("more")
        texts = self._render(outcome.reply, more)
        moved = outcome.flow is not None and outcome.flow != session.flow
        if texts and not moved and _digest(texts[0]) == session.last_reply:
            again = replace(
                outcome.reply, text=f"{replies.text('sent_before')}\n{outcome.reply.text}"
            )
            texts = self._render(again, more)
        return texts

    def _after(
        self,
        before: Session,
        outcome: Outcome,
        text: str,
        rest: tuple[str, ...],
        now: datetime,
    ) -> Session:
        choices = outcome.reply.choices if outcome.reply else ()
        if outcome.keep_offer and not choices:
            choices = before.offered
        answered = outcome.decision in {Decision.ANSWER, Decision.FLOW}
        return Session(
            offered=choices,
            flow=outcome.flow,
            rest=rest,
            last_topics=outcome.topics if answered and outcome.topics else before.last_topics,
            misses=before.misses + 1 if outcome.missed else 0,
            turns=before.turns + 1,
            last_reply=_digest(text) if text else before.last_reply,
            last_text=text or before.last_text,
            asked=outcome.asked,
            updated_at=now,
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
