"""A question outside any flow: answer, several answers, ask back, or say honestly that not."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from datetime import datetime

from app.dialogue.advice import Advice
from app.dialogue.flow_starts import FlowStarts
from app.dialogue.flow_steps import FlowSteps
from app.dialogue.outcome import Outcome, seen
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind, Reading, read
from app.domain.content import IntentId
from app.domain.turn import Choice, Decision, Session
from app.knowledge.date_questions import date_topic
from app.knowledge.passages import Passages
from app.matching.matcher import Matcher
from app.matching.normalise import normalise, squeeze
from app.matching.questions import asks_several, split_questions

_SURE_UNIT = 0.92
"""Confidence that a part of a message needs where the message does not say that it asks several
things: a ramble has many clauses that are no questions of their own."""
_MOST_ANSWERS = 3
"""Answers in one reply; more would not fit a message."""
_FOLLOW_UP_CHARS = 12
"""A message of at most this length may lean on what was talked about before."""
_FOLLOW_UP_LIKENESS = 0.3
"""Least likeness to an utterance of the last topic or of its related ones."""
_LEAN = re.compile(r"^(?:那么?|还|再|嗯|哦|然后)|[呢啊呀吧?]+$")
_FOLLOW_UP = re.compile(
    r"^那|呢\??$|带什么|带啥|材料|证件|几点|几号|哪天|哪些|哪家|多久|几天|多少|在哪|去哪|怎么(?:弄|办|操作|查|交)|"
    r"什么时候|啥时候|可以吗|行吗|能吗"
)


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
        self._advice: Advice | None = None

    def advised(self, advice: Advice) -> QuestionTurn:
        """Return a copy that decides with the advice; for one message."""
        turn = copy(self)
        turn._advice = advice
        return turn

    def read(self, text: str) -> Reading:
        """Rank a text and decide how to take it."""
        ranking = self._matcher.rank(text, self._advice.vector if self._advice else None)
        reading = read(ranking, self._matcher, self._catalog, self._region)
        topic = date_topic(self._catalog, self._region, ranking.normalised)
        if topic is None or ranking.is_exact or reading.kind is Kind.SAFETY:
            return reading
        return replace(reading, kind=Kind.TOPIC, intent=topic, reason="只问日子")

    def decide(self, session: Session, text: str, reading: Reading, now: datetime) -> Outcome:
        """Return what to do with a question."""
        place = self._matcher.foreign_insurance(text)
        if place is not None and reading.kind is not Kind.HANDOFF:
            return seen(self._elsewhere(place), reading)
        normalised = normalise(text)
        flow = self._starts.flow_for(text, reading)
        if flow is not None:
            return seen(self.flows.start(flow, normalised, now), reading)
        parts = self._parts(normalised, reading)
        # What the whole message is surely about stands first, whatever its clauses say.
        first = (reading.intent,) if parts and reading.kind is Kind.TOPIC else ()
        named = tuple(p.intent for p in parts if p.intent is not None)
        topics = tuple(dict.fromkeys((*(i for i in first if i in named), *named)))
        if len(topics) > 1:
            return self._several(topics[:_MOST_ANSWERS], parts, now)
        if parts and reading.kind in {Kind.CLARIFY, Kind.UNKNOWN}:
            reading = parts[0]
        reading = self._selected(text, self._follow_up(normalised, reading, session))
        match reading.kind:
            case Kind.TOPIC if reading.intent is not None:
                outcome = self.open_topic(reading.intent, now, normalised)
                return seen(replace(outcome, reason=f"{outcome.reason}；{reading.reason}"), reading)
            case Kind.CLARIFY:
                return self._clarify(reading, session, text)
            case Kind.HANDOFF:
                return self.spoken(reading, Decision.HANDOFF, session)
            case Kind.SMALLTALK:
                return self.spoken(reading, Decision.SMALLTALK, session)
            case _:
                return self._fallback(reading, session, normalised, now)

    def open_topic(self, intent_id: IntentId, now: datetime, normalised: str = "") -> Outcome:
        """Answer a topic, or start its flow."""
        intent = self._catalog.intents[intent_id]
        flow = self._catalog.flows.get(intent.flow) if intent.flow else None
        if flow is not None and self._region in flow.regions:
            return self.flows.start(flow, normalised, now)
        reply = self._replies.answer(intent_id, now, normalised)
        return Outcome(Decision.ANSWER, reply, f"回答 {intent_id}", (intent_id,))

    def spoken(self, reading: Reading, decision: Decision, session: Session) -> Outcome:
        """Say one of an intent's own replies: smalltalk, handoff, safety."""
        replies = self._catalog.intents[reading.intent].replies if reading.intent else ()
        text = replies[session.turns % len(replies)] if replies else ""
        if decision is Decision.HANDOFF or not text:
            text = self._replies.text("handoff")
        outcome = Outcome(
            decision, self._replies.said(text), reading.reason, flow=session.flow, keep_offer=True
        )
        return seen(outcome, reading)

    def _elsewhere(self, place: str) -> Outcome:
        said = self._replies.text("other_region", other=place)
        reply = self._replies.said(
            said, self._replies.welcome_choices(), self._replies.text("choices_hint")
        )
        return Outcome(Decision.FALLBACK, reply, f"问的是{place}")

    def _parts(self, normalised: str, whole: Reading) -> tuple[Reading, ...]:
        """Return the readings of the message's units that are surely topics, if it has several."""
        if whole.ranking.is_exact:
            return ()
        units = split_questions(normalised)
        if len(units) < 2:
            return ()
        least = 0.0 if asks_several(normalised) else _SURE_UNIT
        readings = (self.read(unit) for unit in units)
        parts = tuple(r for r in readings if r.kind is Kind.TOPIC and r.confidence >= least)
        if len(parts) == 1 and whole.kind is Kind.TOPIC:
            return ()
        return parts

    def _follow_up(self, normalised: str, reading: Reading, session: Session) -> Reading:
        """Read a short message that leans on the topic before it (“要带什么材料”, “那支付宝呢”)."""
        leans = (
            session.last_topics
            and reading.kind in {Kind.CLARIFY, Kind.UNKNOWN, Kind.BACKGROUND}
            and not reading.ranking.is_exact
            and len(squeeze(normalised)) <= _FOLLOW_UP_CHARS
            and _FOLLOW_UP.search(normalised)
        )
        last = self._catalog.intents.get(session.last_topics[-1]) if leans else None
        if last is None:
            return reading
        near = {i for i in (last.id, *last.related) if i in self._matcher.model.topics}
        intent, likeness = self._matcher.nearest_among(_LEAN.sub("", normalised), near)
        if likeness < _FOLLOW_UP_LIKENESS:
            return reading
        reason = f"接着“{last.title}”理解，像 {likeness:.2f}"
        return replace(reading, kind=Kind.TOPIC, intent=intent, reason=reason)

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
        best = {c.intent: c for part in reversed(parts) for c in part.ranking.candidates[:1]}
        return Outcome(
            Decision.ANSWER,
            reply,
            f"一句话问了 {len(topics)} 件事",
            topics,
            candidates=tuple(best[t] for t in topics),
            rankings=tuple(part.ranking for part in parts),
        )

    def _clarify(self, reading: Reading, session: Session, text: str) -> Outcome:
        options = self._replies.choices(reading.options, limit=4)
        none = self._replies.text("clarify_none")
        choices = (*options, Choice(label=none, say=none, key="none"))
        said = self._replies.text("clarify", session.turns)
        reply = self._replies.said(said, choices, self._replies.text("choices_clarify"))
        topics = tuple(IntentId(c.key) for c in options)
        outcome = Outcome(Decision.CLARIFY, reply, reading.reason, topics, asked=text)
        return seen(outcome, reading)

    def _fallback(
        self, reading: Reading, session: Session, normalised: str, now: datetime
    ) -> Outcome:
        text, missed = self._fallback_text(reading, session)
        choices = self._replies.choices(reading.options) or self._replies.welcome_choices()
        hint = self._replies.text("choices_hint")
        passage = self._passages.best(normalised) if reading.kind is Kind.UNKNOWN else None
        if passage is None:
            reply = self._replies.said(text, choices, hint)
        else:
            # Headings are our own words, the text is the document's: quoted as it stands.
            related = self._replies.text("passage", heading=passage.anchor.heading)
            body = f"{text}\n\n{related}\n{passage.text}"
            reply = self._replies.quoted(body, (passage.anchor,), now, choices, hint)
        return seen(Outcome(Decision.FALLBACK, reply, reading.reason, missed=missed), reading)

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
