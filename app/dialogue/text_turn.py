"""A text message: safety › command › open flow › answer › clarify › fallback › handoff."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue.commands import Commands
from app.dialogue.flow_steps import FlowSteps
from app.dialogue.offers import chosen
from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind, Reading, read
from app.domain.content import IntentId
from app.domain.turn import Choice, Decision, FlowState, Session
from app.flows.machine import FlowError
from app.flows.slots import Found
from app.matching.matcher import Matcher
from app.matching.normalise import normalise, squeeze
from app.matching.questions import asks_several, split_questions

_SHORT_ANSWER_CHARS = 12
"""A reply of at most this length that fills the asked slot is an answer, not a new question."""
_SURE_UNIT = 0.92
"""Confidence that a part of a message needs where the message does not say that it asks several
things: a ramble has many clauses that are no questions of their own."""
_MOST_ANSWERS = 3
"""Answers in one reply; more would not fit a message."""
_QUESTION_MARKS = ("?", "吗", "怎么", "咋", "多少", "什么", "哪", "几", "呢", "能不能", "为什么")


class TextTurn:
    """Decides on the text messages of one account."""

    def __init__(self, replies: Replies, matcher: Matcher, commands: Commands) -> None:
        self._replies = replies
        self._catalog = replies.catalog
        self._region = replies.account.region
        self._matcher = matcher
        self._commands = commands
        self._flows = FlowSteps(replies, matcher)

    def decide(self, session: Session, text: str, now: datetime) -> Outcome:
        """Return what to do with a text."""
        normalised = normalise(text)
        if not squeeze(normalised) and self._commands.find(text) is None:
            return self._wordless(text, session)
        picked = chosen(text, session.offered)
        if session.flow is None and picked is not None:
            text = picked.say
        command = self._commands.find(text)
        if command is not None:
            outcome = self._command(command, session, now)
            if outcome is not None:
                return outcome
        reading = self._read(text)
        if reading.kind is Kind.SAFETY:
            return self._spoken(reading, Decision.SAFETY, session)
        if session.flow is not None:
            return self._in_flow(session, session.flow, text, picked, reading, now)
        if picked is not None and picked.key in self._catalog.intents:
            return self.open_topic(IntentId(picked.key), now)
        return self._fresh(session, text, reading, now)

    def open_topic(self, intent_id: IntentId, now: datetime, normalised: str = "") -> Outcome:
        """Answer a topic, or start its flow."""
        intent = self._catalog.intents[intent_id]
        flow = self._catalog.flows.get(intent.flow) if intent.flow else None
        if flow is not None and self._region in flow.regions:
            return self._flows.start(flow, normalised, now)
        reply = self._replies.answer(intent_id, now)
        return Outcome(Decision.ANSWER, reply, f"回答 {intent_id}", (intent_id,))

    def welcome(self) -> Outcome:
        """Greet a new follower with what the bot can do."""
        choices = self._replies.welcome_choices()
        reply = self._replies.said(
            self._replies.text("welcome"), choices, self._replies.text("choices_clarify")
        )
        return Outcome(Decision.COMMAND, reply, "欢迎")

    def unreadable(self, key: str, session: Session) -> Outcome:
        """Answer a message that is not text."""
        reply = self._replies.said(self._replies.text(key, session.misses))
        return Outcome(Decision.FALLBACK, reply, f"收到 {key}", flow=session.flow, keep_offer=True)

    def _read(self, text: str) -> Reading:
        ranking = self._matcher.rank(text)
        return read(ranking, self._matcher, self._catalog, self._region)

    def _wordless(self, text: str, session: Session) -> Outcome:
        key = "emoji" if text.strip() else "empty"
        decision = Decision.SMALLTALK if key == "emoji" else Decision.FALLBACK
        reply = self._replies.said(self._replies.text(key, session.turns))
        return Outcome(decision, reply, "没有文字", flow=session.flow, keep_offer=True)

    # ---- commands -------------------------------------------------------------------------

    def _command(self, name: str, session: Session, now: datetime) -> Outcome | None:
        """Carry out a command; None where the word means something else here."""
        if session.flow is not None:
            outcome = self._flow_command(name, session.flow, now)
            if outcome is not None:
                return outcome
        if name == "more":
            return self._more(session)
        if name == "repeat":
            if not session.last_text:
                return self._told("nothing_to_repeat")
            return self._again(session)
        if name == "help":
            example = self._catalog.intents[self._replies.account.welcome[0]].title
            text = self._replies.text("help", example=example)
            choices = self._replies.welcome_choices()
            intro = self._replies.text("choices_clarify")
            reply = self._replies.said(text, choices, intro)
            return Outcome(Decision.COMMAND, reply, "帮助")
        if name == "none" and session.offered:
            return replace(self._told("none_of_these"), missed=True)
        if name == "restart":
            return self._told("restarted")
        if name == "cancel":
            return self._told("nothing_to_cancel")
        return None

    def _flow_command(self, name: str, state: FlowState, now: datetime) -> Outcome | None:
        if name == "cancel":
            return self._told("cancelled")
        if name == "back":
            return self._flows.back(state) or self._flows.ask_current(state, "flow_resume", now)
        keys = {"why": "flow_why", "skip": "flow_skipped", "compare": "compare"}
        if name in keys:
            return self._flows.ask_current(state, keys[name], now)
        return None

    def _more(self, session: Session) -> Outcome:
        if not session.rest:
            return self._told("nothing_more")
        return Outcome(
            Decision.COMMAND,
            None,
            "继续看",
            flow=session.flow,
            keep_offer=True,
            ready_text=session.rest[0],
            rest=session.rest[1:],
        )

    def _again(self, session: Session) -> Outcome:
        return Outcome(
            Decision.COMMAND,
            None,
            "再说一遍",
            flow=session.flow,
            keep_offer=True,
            ready_text=session.last_text,
            rest=session.rest,
        )

    def _told(self, key: str) -> Outcome:
        return Outcome(Decision.COMMAND, self._replies.said(self._replies.text(key)), key)

    # ---- open flow ------------------------------------------------------------------------

    def _in_flow(
        self,
        session: Session,
        state: FlowState,
        text: str,
        picked: Choice | None,
        reading: Reading,
        now: datetime,
    ) -> Outcome:
        known = self._flows.flow(state)
        if known is None:
            return self._fresh(session, text, reading, now)
        flow, region = known
        if picked is not None and "." in picked.key:
            slot, _, value = picked.key.partition(".")
            found = Found({slot: value}, frozenset())
        else:
            found = self._flows.values_in(normalise(text), region, state.asking)
        if picked is None and self._is_digression(text, state, found, reading, flow.topic):
            return self._digress(session, state, text, reading, now)
        if not found.values and reading.kind in {Kind.SMALLTALK, Kind.HANDOFF}:
            return self._digress(session, state, text, reading, now)
        try:
            return self._seen(self._flows.step(state, found, now), reading)
        except FlowError:
            # The operators changed the flow while the parent was in it: begin again, say so.
            outcome = self._flows.start(flow, normalise(text), now)
            return self._seen(outcome, reading)

    def _is_digression(
        self, text: str, state: FlowState, found: Found, reading: Reading, topic: IntentId
    ) -> bool:
        if reading.kind not in {Kind.TOPIC, Kind.GAP, Kind.NOT_HERE} or reading.intent == topic:
            return False
        plain = squeeze(normalise(text))
        if state.asking in found.values:
            asks = any(mark in normalise(text) for mark in _QUESTION_MARKS)
            return asks and len(plain) > _SHORT_ANSWER_CHARS
        return reading.kind is Kind.TOPIC or not found.values

    def _digress(
        self, session: Session, state: FlowState, text: str, reading: Reading, now: datetime
    ) -> Outcome:
        """Answer the question in between, then lead back to the one that waits."""
        outcome = self._fresh(session, text, reading, now)
        back = self._flows.resume_question(state)
        if outcome.flow is not None or outcome.reply is None or back is None:
            return outcome
        reply = replace(outcome.reply, choices=back.choices, choices_intro=back.text)
        return replace(outcome, reply=reply, flow=state)

    # ---- no flow --------------------------------------------------------------------------

    def _fresh(self, session: Session, text: str, reading: Reading, now: datetime) -> Outcome:
        place = self._matcher.foreign_insurance(text)
        if place is not None and reading.kind is not Kind.HANDOFF:
            said = self._replies.text("other_region", other=place)
            reply = self._replies.said(
                said, self._replies.welcome_choices(), self._replies.text("choices_hint")
            )
            return self._seen(Outcome(Decision.FALLBACK, reply, f"问的是{place}"), reading)
        parts = self._parts(normalise(text), reading)
        topics = tuple(dict.fromkeys(p.intent for p in parts if p.intent is not None))
        if len(topics) > 1:
            return self._several(topics[:_MOST_ANSWERS], parts, now)
        if parts and reading.kind in {Kind.CLARIFY, Kind.UNKNOWN}:
            reading = parts[0]
        if reading.kind is Kind.TOPIC and reading.intent is not None:
            outcome = self.open_topic(reading.intent, now, normalise(text))
            return self._seen(
                replace(outcome, reason=f"{outcome.reason}；{reading.reason}"), reading
            )
        if reading.kind is Kind.CLARIFY:
            return self._clarify(reading, session)
        if reading.kind is Kind.HANDOFF:
            return self._spoken(reading, Decision.HANDOFF, session)
        if reading.kind is Kind.SMALLTALK:
            return self._spoken(reading, Decision.SMALLTALK, session)
        return self._fallback(reading, session)

    def _parts(self, normalised: str, whole: Reading) -> tuple[Reading, ...]:
        """Return the readings of the message's units that are surely topics, if it has several."""
        if whole.ranking.is_exact:
            return ()
        units = split_questions(normalised)
        if len(units) < 2:
            return ()
        least = 0.0 if asks_several(normalised) else _SURE_UNIT
        readings = (self._read(unit) for unit in units)
        parts = tuple(r for r in readings if r.kind is Kind.TOPIC and r.confidence >= least)
        if len(parts) == 1 and whole.kind is Kind.TOPIC:
            return ()
        return parts

    def _several(
        self, topics: tuple[IntentId, ...], parts: tuple[Reading, ...], now: datetime
    ) -> Outcome:
        """Answer several questions of one message, in order."""
        reply = self._replies.answers(topics, now)
        outcome = Outcome(Decision.ANSWER, reply, f"一句话问了 {len(topics)} 件事", topics)
        best = {c.intent: c for part in reversed(parts) for c in part.ranking.candidates[:1]}
        return replace(
            outcome,
            candidates=tuple(best[t] for t in topics),
            rankings=tuple(part.ranking for part in parts),
        )

    def _clarify(self, reading: Reading, session: Session) -> Outcome:
        options = self._replies.choices(reading.options, limit=4)
        none = self._replies.text("clarify_none")
        choices = (*options, Choice(label=none, say=none, key="none"))
        text = self._replies.text("clarify", session.turns)
        reply = self._replies.said(text, choices, self._replies.text("choices_clarify"))
        topics = tuple(IntentId(c.key) for c in options)
        return self._seen(Outcome(Decision.CLARIFY, reply, reading.reason, topics), reading)

    def _spoken(self, reading: Reading, decision: Decision, session: Session) -> Outcome:
        """Say one of an intent's own replies: smalltalk, handoff, safety."""
        replies = self._catalog.intents[reading.intent].replies if reading.intent else ()
        text = replies[session.turns % len(replies)] if replies else self._replies.text("handoff")
        if decision is Decision.HANDOFF:
            text = self._replies.text("handoff")
        outcome = Outcome(
            decision, self._replies.said(text), reading.reason, flow=session.flow, keep_offer=True
        )
        return self._seen(outcome, reading)

    def _fallback(self, reading: Reading, session: Session) -> Outcome:
        text, missed = self._fallback_text(reading, session)
        choices = self._replies.choices(reading.options) or self._replies.welcome_choices()
        reply = self._replies.said(text, choices, self._replies.text("choices_hint"))
        return self._seen(Outcome(Decision.FALLBACK, reply, reading.reason, missed=missed), reading)

    def _fallback_text(self, reading: Reading, session: Session) -> tuple[str, bool]:
        """Return what to say and whether it counts as a miss (an honest no does not)."""
        intent = self._catalog.intents[reading.intent] if reading.intent else None
        document = self._document_title()
        if reading.kind is Kind.GAP and intent is not None:
            about = intent.about or intent.title
            return self._replies.text("not_stated", document=document, about=about), False
        if reading.kind is Kind.NOT_HERE:
            return self._replies.text("not_stated_plain", document=document), False
        if reading.kind is Kind.BACKGROUND and intent is not None and intent.replies:
            return intent.replies[0], False
        variants = len(self._catalog.texts.entries["fallback"])
        return self._replies.text("fallback", min(session.misses, variants - 1)), True

    def _document_title(self) -> str:
        for document in self._catalog.documents.values():
            if document.region == self._region:
                return document.title
        return self._replies.account.name

    def _seen(self, outcome: Outcome, reading: Reading) -> Outcome:
        """Attach the ranking for the trace and for `yibao eval`."""
        ranking = reading.ranking
        return replace(outcome, candidates=ranking.candidates, rankings=(ranking,))
