"""A question outside any flow: answer, several answers, ask back, or say honestly that not."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from app.dialogue.advice import Advice
from app.dialogue.flow_starts import FlowStarts
from app.dialogue.flow_steps import FlowSteps
from app.dialogue.follow_ups import FollowUps
from app.dialogue.leads import led
from app.dialogue.outcome import Outcome, seen
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind, Reading, read
from app.domain.content import Intent, IntentKind
from app.domain.names import IntentId
from app.domain.turn import Choice, Decision, Session
from app.knowledge.date_questions import date_topic, dated_intents
from app.knowledge.passages import Passages
from app.matching.matcher import Matcher
from app.matching.normalise import REMEMBERED, normalise
from app.matching.questions import asks_several, split_questions

_SURE_UNIT = 0.92
"""Confidence that a part of a message needs where the message does not say that it asks several
things: a ramble has many clauses that are no questions of their own."""
_MERE_DATE = "只问日子"
_MOST_ANSWERS = 3
"""Answers in one reply; more would not fit a message."""


class QuestionTurn:
    """Decides on questions for one account."""

    def __init__(self, replies: Replies, matcher: Matcher) -> None:
        self._replies = replies
        self._catalog = replies.catalog
        self._region = replies.account.region
        self._matcher = matcher
        self._passages = Passages(self._catalog.documents.values(), self._region)
        self.flows = FlowSteps(replies, matcher)
        self._starts = FlowStarts(self._catalog, self._region)
        self._dated = dated_intents(self._catalog, self._region)
        self._advice: Advice | None = None
        self._foreign = lru_cache(maxsize=REMEMBERED)(matcher.foreign_insurance)
        self._follow_ups = FollowUps(self._catalog, self._region, matcher, self.read)
        self._remember()

    def advised(self, advice: Advice) -> QuestionTurn:
        """Return a copy that decides with the advice; for one message."""
        turn = copy(self)
        turn._advice = advice
        turn._remember()
        return turn

    def _remember(self) -> None:
        """Let readings be made once a text; another advice makes others."""
        self._read_once = lru_cache(maxsize=REMEMBERED)(self._read_after)
        self._parts_once = lru_cache(maxsize=REMEMBERED)(self._parts)

    def read(self, text: str, last_topics: Sequence[IntentId] = ()) -> Reading:
        """Rank a text and decide how to take it; “那周末呢” goes on with the last topic."""
        last = last_topics[-1] if last_topics else None
        return self._read_once(text, last if last in self._dated else None)

    def _read_after(self, text: str, last: IntentId | None) -> Reading:
        ranking = self._matcher.rank(text, self._advice.vector if self._advice else None)
        reading = read(ranking, self._matcher, self._catalog, self._region)
        topic = date_topic(self._catalog, self._region, ranking.normalised, last)
        if topic is None or ranking.is_exact or reading.kind is Kind.SAFETY:
            return reading
        alone = last is None or date_topic(self._catalog, self._region, ranking.normalised)
        if reading.kind is Kind.TOPIC and alone and self._also_dated(reading.intent):
            return reading
        is_gap = self._catalog.intents[topic].kind is IntentKind.GAP
        kind = Kind.GAP if is_gap else Kind.TOPIC
        return replace(reading, kind=kind, intent=topic, reason=_MERE_DATE)

    def _also_dated(self, intent: IntentId | None) -> bool:
        """Tell whether an answer that is not about dates says them too where they are asked."""
        answer = self._catalog.answer(intent, self._region) if intent else None
        return answer is not None and bool(answer.windows_if_asked)

    def alarmed(self, text: str, intent: IntentId) -> Reading:
        """Return the reading of a text whose very words ring an alarm (see `alarms`)."""
        ranking = self._matcher.rank(text)
        return Reading(Kind.SAFETY, intent, (), ranking, "字面就是安全提醒")

    def decide(self, session: Session, text: str, reading: Reading, now: datetime) -> Outcome:
        """Return what to do with a question."""
        place = self._foreign(text)
        if place is None and session.last_topics:
            place = self._follow_ups.other_place(normalise(text))
        if place is not None and reading.kind is not Kind.HANDOFF:
            return seen(self.elsewhere(place), reading)
        normalised = normalise(text)
        flow = self._starts.flow_for(text, reading)
        if flow is not None:
            return seen(self.flows.start(flow, normalised, now), reading)
        parts = self._parts_of(normalised, reading)
        # What the whole message is surely about stands first, whatever its clauses say; where each
        # clause is a question, their order counts.
        is_list = len(parts) == len(split_questions(normalised))
        first = (reading.intent,) if parts and reading.kind is Kind.TOPIC and not is_list else ()
        named = tuple(p.intent for p in parts if p.intent is not None)
        topics = tuple(dict.fromkeys((*(i for i in first if i in named), *named)))
        if len(topics) > 1:
            return self._several(topics[:_MOST_ANSWERS], parts, now)
        if parts and reading.kind in {Kind.CLARIFY, Kind.UNKNOWN}:
            reading = parts[0]
        if reading.kind is Kind.CLARIFY:
            reading = self._situated(normalised, reading, now)
        alone = reading
        reading = self._selected(text, self._leaning(normalised, reading, session))
        match reading.kind:
            case Kind.TOPIC:
                return self._answered(normalised, reading, alone, session, now)
            case Kind.CLARIFY:
                return self._clarify(reading, session, text)
            case Kind.HANDOFF:
                return self.spoken(reading, Decision.HANDOFF, session)
            case Kind.SMALLTALK:
                return self.spoken(reading, Decision.SMALLTALK, session)
            case _:
                return self._fallback(reading, session, normalised, now)

    def _answered(
        self,
        normalised: str,
        reading: Reading,
        alone: Reading,
        session: Session,
        now: datetime,
    ) -> Outcome:
        """Answer a topic; `alone` is how the message reads without the topic before it."""
        intent = reading.intent
        if intent is None:
            return self._fallback(reading, session, normalised, now)
        is_date = alone.reason == _MERE_DATE
        leans = alone.kind is not Kind.TOPIC or is_date or self._follow_ups.leans(normalised)
        outcome = self.open_topic(intent, now, normalised, reading, leans=leans)
        return self._still(outcome, intent, session) if leans and not is_date else outcome

    def _situated(self, normalised: str, reading: Reading, now: datetime) -> Reading:
        """Take a case that is told in full, without a question, as the question of its flow."""
        for option in reading.options:
            name = self._catalog.intents[option].flow
            flow = self._catalog.flows.get(name) if name else None
            if flow is None or self._region not in flow.regions:
                continue
            if self.flows.is_settled(flow, normalised, now):
                reason = f"情况说全了，按 {flow.id} 判断"
                return replace(reading, kind=Kind.TOPIC, intent=option, reason=reason)
        return reading

    def open_topic(
        self,
        intent_id: IntentId,
        now: datetime,
        normalised: str = "",
        reading: Reading | None = None,
        *,
        leans: bool = False,
    ) -> Outcome:
        """Answer a topic, or start its flow.

        Args:
            normalised: The question; empty for a tap.
            reading: How it was understood, for the trace.
            leans: See `Outcome.leans`.
        """
        intent = self._catalog.intents[intent_id]
        flow = self._catalog.flows.get(intent.flow) if intent.flow else None
        if flow is not None and self._region in flow.regions:
            outcome = self.flows.start(flow, normalised, now)
            if reading is None:
                return outcome
            reason = f"{outcome.reason}；{reading.reason}"
            return replace(seen(outcome, reading), reason=reason, leans=leans)
        reply = self._replies.answer(intent_id, now, normalised)
        said = f"；{reading.reason}" if reading else ""
        return Outcome(
            Decision.ANSWER,
            reply,
            f"回答 {intent_id}{said}",
            (intent_id,),
            candidates=reading.ranking.candidates if reading else (),
            rankings=(reading.ranking,) if reading else (),
            leans=leans,
        )

    def spoken(self, reading: Reading, decision: Decision, session: Session) -> Outcome:
        """Say one of an intent's own replies: smalltalk, handoff, safety."""
        intent = self._catalog.intents[reading.intent] if reading.intent else None
        return seen(self.said_by(intent, decision, session, reading.reason), reading)

    def said_by(
        self, intent: Intent | None, decision: Decision, session: Session, reason: str = "菜单"
    ) -> Outcome:
        """Say one of the intent's own replies, by turns; a handoff has the bot's own text."""
        replies = intent.replies if intent else ()
        text = replies[session.turns % len(replies)] if replies else ""
        if decision is Decision.HANDOFF or not text:
            text = self._replies.text("handoff")
        reply = self._replies.said(text)
        return Outcome(decision, reply, reason, flow=session.flow, keep_offer=True)

    def elsewhere(self, place: str) -> Outcome:
        """Say that another place's insurance is not answered here."""
        said = self._replies.text("other_region", other=place)
        reply = self._replies.said(
            said, self._replies.welcome_choices(), self._replies.text("choices_hint")
        )
        return Outcome(Decision.FALLBACK, reply, f"问的是{place}")

    def _parts_of(self, normalised: str, whole: Reading) -> tuple[Reading, ...]:
        if whole.ranking.is_exact:
            return ()
        return self._parts_once(normalised, is_topic=whole.kind is Kind.TOPIC)

    def _parts(self, normalised: str, *, is_topic: bool) -> tuple[Reading, ...]:
        """Return the readings of the message's units that are surely topics, if it has several.

        Args:
            normalised: The message.
            is_topic: Whether the message as a whole is read as a topic.
        """
        units = split_questions(normalised)
        if len(units) < 2:
            return ()
        least = 0.0 if asks_several(normalised) else _SURE_UNIT
        readings = (self.read(unit) for unit in units)
        parts = tuple(
            r
            for r in readings
            if r.kind is Kind.TOPIC and (r.confidence >= least or r.reason == _MERE_DATE)
        )
        if len(parts) == 1 and is_topic:
            return ()
        return parts

    def _still(self, outcome: Outcome, intent_id: IntentId, session: Session) -> Outcome:
        """Say that a further question is answered by what was just said."""
        if outcome.reply is None or intent_id not in session.last_topics[-1:]:
            return outcome
        lead = self._replies.text("same_topic", title=self._catalog.intents[intent_id].title)
        return replace(outcome, reply=replace(outcome.reply, text=led(outcome.reply.text, lead)))

    def _leaning(self, normalised: str, reading: Reading, session: Session) -> Reading:
        return self._follow_ups.resolve(normalised, reading, session.last_topics)

    def _selected(self, text: str, reading: Reading) -> Reading:
        """Let the selector speak where the bot would ask back or give up (docs/adr/0007).

        It may turn a question back into the answer of a topic on offer, and a miss into a question
        back; a miss never becomes an answer.
        """
        if self._advice is None or reading.kind not in {Kind.CLARIFY, Kind.UNKNOWN}:
            return reading
        ranked = (c.intent for c in reading.ranking.candidates)
        topics = reading.options or tuple(t for t in ranked if t in self._matcher.model.topics)
        chosen = self._advice.choice(text, topics) if topics else None
        if chosen is None:
            return reading
        if reading.kind is Kind.CLARIFY:
            return replace(reading, kind=Kind.TOPIC, intent=chosen, reason="选择器从选项里选的")
        options = (chosen, *(t for t in reading.options if t != chosen))
        return replace(reading, kind=Kind.CLARIFY, options=options, reason="选择器猜的，先反问")

    def _several(
        self, topics: tuple[IntentId, ...], parts: tuple[Reading, ...], now: datetime
    ) -> Outcome:
        """Answer several questions of one message, in order."""
        asked = {p.intent: p.ranking.normalised for p in reversed(parts) if p.intent is not None}
        reply = self._replies.answers(topics, now, asked)
        # A mere question of dates is read by its words, its topic need not be among the candidates.
        best = {c.intent: c for part in reversed(parts) for c in part.ranking.candidates[::-1]}
        return Outcome(
            Decision.ANSWER,
            reply,
            f"一句话问了 {len(topics)} 件事",
            topics,
            candidates=tuple(best[t] for t in topics if t in best),
            rankings=tuple(part.ranking for part in parts),
        )

    def _clarify(self, reading: Reading, session: Session, text: str) -> Outcome:
        options = self._replies.choices(reading.options, limit=4)
        none = self._replies.text("clarify_none")
        choices = (*options, Choice(label=none, say=none, key="none"))
        said = self._replies.text("clarify", session.turns)
        reply = self._replies.said(said, choices, self._replies.text("choices_clarify"))
        topics = tuple(IntentId(c.key) for c in options)
        return Outcome(
            Decision.CLARIFY,
            reply,
            reading.reason,
            topics,
            candidates=reading.ranking.candidates,
            rankings=(reading.ranking,),
            asked=text,
        )

    def _fallback(
        self, reading: Reading, session: Session, normalised: str, now: datetime
    ) -> Outcome:
        text, missed = self._fallback_text(reading, session, now)
        choices = self._replies.choices(reading.options) or self._replies.welcome_choices()
        hint = self._replies.text("choices_hint")
        passage = self._passages.best(normalised) if reading.kind is Kind.UNKNOWN else None
        if passage is None and self._is_dated_gap(reading):
            reply = self._replies.about(text, self._replies.document, now, choices, hint)
        elif passage is None:
            reply = self._replies.said(text, choices, hint)
        else:
            # Headings are our own words, the text is the document's: quoted as it stands.
            related = self._replies.text("passage", heading=passage.anchor.heading)
            body = f"{text}\n\n{related}\n{passage.text}"
            reply = self._replies.quoted(body, (passage.anchor,), now, choices, hint)
        return Outcome(
            Decision.FALLBACK,
            reply,
            reading.reason,
            candidates=reading.ranking.candidates,
            rankings=(reading.ranking,),
            missed=missed,
        )

    def _fallback_text(self, reading: Reading, session: Session, now: datetime) -> tuple[str, bool]:
        """Return what to say and whether it counts as a miss (an honest no does not)."""
        intent = self._catalog.intents[reading.intent] if reading.intent else None
        if reading.kind is Kind.GAP and intent is not None:
            return self._replies.not_stated(intent, now), False
        if reading.kind is Kind.NOT_HERE:
            found = self._replies.document
            document = found.title if found else self._replies.account.name
            return self._replies.text("not_stated_plain", document=document), False
        if reading.kind is Kind.BACKGROUND and intent is not None and intent.replies:
            return intent.replies[0], False
        variants = len(self._catalog.texts.entries["fallback"])
        return self._replies.text("fallback", min(session.misses, variants - 1)), True

    def _is_dated_gap(self, reading: Reading) -> bool:
        """Tell whether days are asked for that the document leaves out; then its age matters."""
        return reading.kind is Kind.GAP and self._replies.is_dated(reading.intent)
