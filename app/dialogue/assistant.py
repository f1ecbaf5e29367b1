"""One turn: session and message in, session and reply out. Pure: no clock, no store, no network.

Order of decisions (design.md §1): safety › command › open flow › answer › clarify › fallback ›
handoff. Every path ends in a reply; what cannot be answered says so.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from app.dialogue import children
from app.dialogue.advice import Advice
from app.dialogue.commands import Commands
from app.dialogue.erasing import erased_text
from app.dialogue.leads import led
from app.dialogue.outcome import Outcome
from app.dialogue.pausing import IDLE, woken
from app.dialogue.privacy import Masked, masked_message
from app.dialogue.region_turn import RegionTurn
from app.dialogue.regions import Regions, served
from app.dialogue.reminder_turn import Errand
from app.dialogue.replies import Replies
from app.dialogue.satisfaction import question_after
from app.dialogue.text_turn import TextTurn
from app.dialogue.timings import in_ms
from app.domain.content import Account, Catalog
from app.domain.erasure import Erased
from app.domain.names import Region
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
from app.matching.normalise import REMEMBERED
from app.tracing import step

Texts = tuple[str, ...]
Render = Callable[[Reply, str], Texts]
"""Reply and the line that announces a continuation → texts within the channel's limit."""

_UNREADABLE = {
    MessageKind.VOICE: "voice",
    MessageKind.VIDEO: "video",
    MessageKind.LOCATION: "location",
    MessageKind.LINK: "link",
    MessageKind.UNSUPPORTED: "unsupported",
}

_UNANSWERED = 3
_UNANSWERED_CHARS = 80


class Assistant:
    """Answers messages of all accounts from one catalog. Immutable, shared by all tasks."""

    patience_s: float = 0.0
    """Longest that a turn may wait for optional evidence, in seconds; 0: it never waits."""

    def __init__(
        self,
        catalog: Catalog,
        matchers: Mapping[Region, Matcher],
        render: Render,
        idle: timedelta = IDLE,
    ) -> None:
        """Wire the assistant.

        Args:
            catalog: All content.
            matchers: One for each region that an account serves.
            render: Makes a reply into WeChat text.
            idle: Time without a message after which an open flow pauses.
        """
        self._idle = idle
        self.catalog = catalog
        self.matchers = matchers
        self._render = render
        self._made_once = lru_cache(maxsize=REMEMBERED)(self._made)
        accounts = catalog.accounts.values()
        self._turns = {account.id: _turns_of(catalog, account, matchers) for account in accounts}
        self._replies = {account.id: Replies(catalog, account) for account in accounts}

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
        message, masked = masked_message(message)
        session = woken(session, now, self._idle)
        handover = self._turns[message.account].turn_of(session).handover
        with step("decide"):
            outcome = handover.while_held(session, message, now)
            outcome = outcome or self._decided(session, message, masked, now, advice)
            outcome = handover.hand_over(outcome, session, message, now)
        decided = time.perf_counter()
        with step("render"):
            texts, digest = self._texts(outcome, session, message.account)
        rendered = time.perf_counter()
        after = self._after(session, outcome, message, texts, digest, now)
        timings_s = {
            "turn": time.perf_counter() - started,
            "understand": decided - started,
            "render": rendered - decided,
        }
        return Turn(
            reply=outcome.reply,
            text=texts[0] if texts else "",
            decision=outcome.decision,
            topics=outcome.topics,
            candidates=outcome.candidates,
            session=after,
            trace=self._trace(outcome, advice, timings_s),
            learned=outcome.learned,
            handoff=outcome.handoff,
            sequel=outcome.sequel,
            erase=outcome.erase,
        )

    def _decided(
        self,
        session: Session,
        message: Message,
        masked: Masked,
        now: datetime,
        advice: Advice | None,
    ) -> Outcome:
        """Decide, and say what must be said besides: personal data, a lost conversation."""
        memory = session.memory
        news = tuple(kind for kind in masked.kinds if kind not in memory.told)
        if masked.alone:
            outcome = self._only_private(session, message)
        else:
            same = masked.question == message.text
            asked = message if same else replace(message, text=masked.question)
            outcome = self._decide(session, asked, now, advice)
        outcome = self._with_child(outcome, session)
        outcome = self._with_reminders(outcome, session, message, now)
        if masked.alone or news:
            outcome = self._with_line(outcome, message, "private", kinds="、".join(masked.kinds))
        if masked.kinds:
            told = (*memory.told, *news)
            outcome = replace(outcome, memory=replace(outcome.memory or memory, told=told))
        return self._with_line(outcome, message, "lost") if session.lost else outcome

    def _decide(
        self, session: Session, message: Message, now: datetime, advice: Advice | None
    ) -> Outcome:
        turns = self._turns[message.account]
        if advice is not None:
            turns = turns.advised(advice)
        kind = message.kind
        if kind is MessageKind.TEXT:
            return turns.decide(session, message.text, now)
        turn = turns.turn_of(session)
        if kind is MessageKind.IMAGE:
            return turn.picture(session, message.lines, now)
        if kind in {MessageKind.SUBSCRIBE, MessageKind.SCAN}:
            return self._arrived(turn, session, message, now)
        if kind is MessageKind.CLICK:
            return turn.tapped(session, message.text, now) or turn.welcome()
        if kind is MessageKind.SILENT:
            return Outcome(
                Decision.FALLBACK, None, "不需要回复的事件", flow=session.flow, keep_offer=True
            )
        return turn.unreadable(_UNREADABLE[kind], session)

    def _arrived(
        self, turn: TextTurn, session: Session, message: Message, now: datetime
    ) -> Outcome:
        """A QR code brings its scene; one without a scene of its own may name what to open."""
        scene = self.catalog.accounts[message.account].scenes.get(message.text)
        if scene is not None:
            return turn.scanned(scene, now)
        return turn.tapped(session, message.text, now) or turn.welcome()

    def erased(self, account: str, erased: frozenset[Erased]) -> str:
        """Return the text that says what was deleted."""
        return erased_text(self._replies[account], erased)

    def told(self, account: str, key: str) -> str:
        """Return one of the bot's own texts."""
        return self._replies[account].text(key)

    def reminder(
        self, account: str, session: Session, now: datetime
    ) -> tuple[Errand | None, Session]:
        """Return the reminders that are due, None without any, and the session after."""
        errand, stay = self._turns[account].turn_of(session).reminders.due(session, now)
        return errand, replace(session, reminders=stay) if errand else session

    def _with_reminders(
        self, outcome: Outcome, session: Session, message: Message, now: datetime
    ) -> Outcome:
        """Put what the parent wanted to be reminded of before the reply."""
        if not session.reminders or outcome.reply is None or outcome.reminders is not None:
            return outcome
        errand, after = self.reminder(message.account, session, now)
        if errand is None:
            return outcome
        reply = replace(outcome.reply, text=f"{errand.text}\n\n{outcome.reply.text}")
        return replace(outcome, reply=reply, reminders=after.reminders)

    def _only_private(self, session: Session, message: Message) -> Outcome:
        """Answer a message that is nothing but personal data: what is it that they want to know?"""
        return self._turns[message.account].turn_of(session).ask_on(session)

    def _with_line(self, outcome: Outcome, message: Message, key: str, **values: str) -> Outcome:
        """Put one of the bot's own lines before a reply; none where nothing is sent."""
        replies = self._replies[message.account]
        line = replies.text(key, 0, **values)
        if outcome.ready_text:
            return replace(outcome, ready_text=f"{line}\n\n{outcome.ready_text}")
        if outcome.reply is None:
            return outcome
        reply = replace(outcome.reply, text=f"{line}\n\n{outcome.reply.text}")
        return replace(outcome, reply=reply)

    def _with_child(self, outcome: Outcome, session: Session) -> Outcome:
        """Say whose verdict it is where several children are talked about."""
        child = (outcome.memory or session.memory).child
        if not child or outcome.ended is None or outcome.reply is None:
            return outcome
        if child in outcome.reply.text:
            return outcome
        return replace(
            outcome, reply=replace(outcome.reply, text=led(outcome.reply.text, f"{child}："))
        )

    def _trace(
        self, outcome: Outcome, advice: Advice | None, timings_s: Mapping[str, float]
    ) -> Trace:
        source = outcome.reply.source if outcome.reply else ""
        return Trace(
            decision=outcome.decision,
            reason=outcome.reason,
            rankings=outcome.rankings,
            sources=(source,) if source else (),
            revision=self.catalog.revision,
            timings_ms={name: in_ms(taken) for name, taken in timings_s.items()},
            notes=tuple(advice.notes) if advice else (),
            ended=outcome.ended,
        )

    def _texts(self, outcome: Outcome, session: Session, account: str) -> tuple[Texts, str]:
        """Return what is sent, part by part, and the digest of the first part."""
        if outcome.ready_text:
            return (outcome.ready_text, *outcome.rest), _digest(outcome.ready_text)
        if outcome.reply is None:
            return (), ""
        replies = self._replies[account]
        more = replies.text("more")
        # Many get the same reply; what a person wrote to one parent is not remembered.
        is_one_persons = session.hold is not None and session.hold.answers
        make = self._made if is_one_persons else self._made_once
        texts, digest = make(outcome.reply, more)
        moved = outcome.flow is not None and outcome.flow != session.flow
        if texts and not moved and digest == session.last_reply:
            lead = replies.text("sent_before")
            texts, digest = make(replace(outcome.reply, text=f"{lead}\n{outcome.reply.text}"), more)
        return texts, digest

    def _made(self, reply: Reply, more: str) -> tuple[Texts, str]:
        texts = self._render(reply, more)
        return texts, _digest(texts[0]) if texts else ""

    def _after(
        self,
        before: Session,
        outcome: Outcome,
        message: Message,
        texts: Texts,
        digest: str,
        now: datetime,
    ) -> Session:
        text = texts[0] if texts else ""
        numbered = outcome.reply is not None and outcome.reply.numbered
        choices = outcome.reply.choices if outcome.reply and numbered else ()
        if outcome.keep_offer and not choices:
            choices = before.offered
        answered = outcome.decision in {Decision.ANSWER, Decision.FLOW}
        memory = outcome.memory or before.memory
        state = outcome.flow or outcome.ended
        if state is not None and state.slots:
            memory = children.remember(memory, state)
        if outcome.erase:
            return Session()
        return Session(
            offered=choices,
            flow=outcome.flow,
            rest=texts[1:],
            last_topics=outcome.topics if answered and outcome.topics else before.last_topics,
            misses=before.misses + 1 if outcome.missed else 0,
            turns=before.turns + 1,
            last_reply=digest or before.last_reply,
            last_text=before.last_text if outcome.is_remark else text or before.last_text,
            asked=outcome.asked,
            question=question_after(before, outcome, message),
            reminders=before.reminders if outcome.reminders is None else outcome.reminders,
            proposed=outcome.proposed,
            memory=memory,
            unanswered=self._unanswered(before, outcome, message),
            updated_at=now,
        )

    def _unanswered(self, before: Session, outcome: Outcome, message: Message) -> tuple[str, ...]:
        """Return what the parent asked in vain, for the person who may have to answer it."""
        if not outcome.missed or self.catalog.accounts[message.account].handoff is None:
            return ()
        asked = message.text.strip()[:_UNANSWERED_CHARS]
        return (*before.unanswered, *((asked,) if asked else ()))[-_UNANSWERED:]


def _turns_of(catalog: Catalog, account: Account, matchers: Mapping[Region, Matcher]) -> RegionTurn:
    accounts = served(account, catalog.accounts)
    commands = Commands(catalog)
    turns = {
        region: TextTurn(Replies(catalog, seen_there), matchers[region], commands)
        for region, seen_there in accounts.items()
    }
    others = {a.region: a for a in catalog.accounts.values() if a.region not in accounts}
    return RegionTurn(Regions(accounts), Regions(others), turns)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
