"""Commands carried out: help, more, repeat, restart, cancel, and those of an open flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue import children, erasing
from app.dialogue.flow_repair import FlowRepair
from app.dialogue.flow_steps import UNCLEAR_LIMIT, FlowSteps
from app.dialogue.leads import gist, readable
from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.dialogue.satisfaction import Satisfaction
from app.domain.turn import Decision, FlowState, Memory, Session

_FLOW_TEXTS = {
    "why": "flow_why",
    "skip": "flow_skipped",
    "compare": "compare",
    "puzzled": "flow_simpler",
}
_NOTHING_OPEN = {"back": "nothing_to_undo", "skip": "nothing_to_skip", "why": "nothing_asked"}


class CommandTurn:
    """Carries out commands for one account."""

    def __init__(self, replies: Replies, flows: FlowSteps) -> None:
        self._replies = replies
        self._flows = flows
        self._repair = FlowRepair(replies, flows)
        self._satisfaction = Satisfaction(replies)

    def carry_out(self, name: str, session: Session, now: datetime) -> Outcome | None:
        """Carry out a command; None where the word means something else here."""
        if name in erasing.COMMANDS:
            return erasing.erasing(self._replies, name, session)
        if session.flow is not None:
            outcome = self._in_flow(name, session.flow, session, now)
            if outcome is not None:
                return outcome
        paused = session.memory.paused
        if name == "resume" or (name == "more" and paused is not None and not session.rest):
            return self.resume(session, now)
        if name == "cancel" and paused is not None:
            memory = replace(session.memory, paused=None, held="")
            return replace(self.told("nothing_to_cancel"), memory=memory)
        if name in _NOTHING_OPEN:
            return self._nothing_open(name, session)
        return self._anywhere(name, session, now)

    def _anywhere(self, name: str, session: Session, now: datetime) -> Outcome | None:
        match name:
            case "more":
                return self._more(session)
            case "repeat" if session.last_text:
                return self._sent_again(session)
            case "repeat":
                return self.told("nothing_to_repeat")
            case "puzzled" if session.last_text:
                return self._simpler(session)
            case "help":
                return self._help(session)
            case "none" if session.offered:
                return replace(self.told("none_of_these"), missed=True)
            case "restart":
                return self._restarted(session, now)
            case "cancel":
                return self.told("nothing_to_cancel")
            case "unsolved" if session.question and session.flow is None:
                return self._satisfaction.unsolved(session)
            case "robot":
                return replace(self.told("robot"), flow=session.flow, keep_offer=True)
            case _:
                return None

    def resume(self, session: Session, now: datetime) -> Outcome:
        """Take up the paused flow where it stood."""
        memory = session.memory
        waiting = memory.paused
        outcome = self._repair.resume(waiting, memory.held, now) if waiting else None
        if outcome is None:
            outcome = self.told("nothing_to_resume")
        return replace(outcome, memory=replace(memory, paused=None, held=""))

    def told(self, key: str) -> Outcome:
        """Say one of the bot's own texts."""
        return Outcome(Decision.COMMAND, self._replies.said(self._replies.text(key)), key)

    def _in_flow(
        self, name: str, state: FlowState, session: Session, now: datetime
    ) -> Outcome | None:
        if name == "cancel":
            memory = replace(session.memory, paused=state, held="")
            return replace(self.told("cancelled"), memory=memory)
        fresh = self._flows.refreshed(state)
        if fresh is None:
            return None
        if name == "restart" and fresh.slots:
            return self._flows.start_again(fresh, now)
        if name == "resume" and fresh.asking:
            return self._flows.ask_current(fresh, "flow_resume", now)
        if name != "back" and name not in _FLOW_TEXTS:
            return None
        if not fresh.asking:
            return self._flows.go_on(fresh, now)
        if self._flows.changed(state):
            return self._flows.ask_current(fresh, "flow_changed", now)
        if name == "back":
            back = self._repair.back(fresh)
            return back or self._flows.ask_current(fresh, "flow_first", now)
        return self._flows.ask_current(fresh, _FLOW_TEXTS[name], now)

    def _nothing_open(self, name: str, session: Session) -> Outcome | None:
        """Answer a word that belongs to a question when no question is open."""
        if name == "back":
            reopened = self._reopened(session)
            if reopened is not None:
                return reopened
        key = _NOTHING_OPEN[name]
        if name == "why" and session.asked:
            return replace(self.told("clarify_why"), keep_offer=True, asked=session.asked)
        if name == "back" or session.offered:
            return replace(self.told(key), keep_offer=True)
        reply = self._replies.said(
            self._replies.text(key),
            self._replies.welcome_choices(),
            self._replies.text("choices_hint"),
        )
        return Outcome(Decision.COMMAND, reply, key)

    def _reopened(self, session: Session) -> Outcome | None:
        """Go back into the flow that has just come to its verdict."""
        state = children.latest(session.memory)
        known = self._flows.flow(state) if state else None
        if (
            state is None
            or known is None
            or known[0].topic_in(self._replies.account.region) not in session.last_topics
        ):
            return None
        fresh = self._flows.refreshed(state)
        return self._repair.back(fresh) if fresh else None

    def _restarted(self, session: Session, now: datetime) -> Outcome:
        memory = Memory(region=session.memory.region, told=session.memory.told)
        waiting = session.memory.paused
        if waiting is not None and session.misses >= UNCLEAR_LIMIT:
            # The flow gave up on the parent and said that this word begins it again.
            outcome = self._flows.start_again(waiting, now)
            if outcome is not None:
                return replace(outcome, memory=memory)
        return replace(self.told("restarted"), memory=memory)

    def _simpler(self, session: Session) -> Outcome:
        """Say the conclusion of the last reply alone, and whom to ask."""
        said = self._replies.text("simpler", gist=gist(readable(session.last_text)))
        return Outcome(Decision.COMMAND, self._replies.said(said), "说简单些", keep_offer=True)

    def _help(self, session: Session) -> Outcome:
        example = self._replies.catalog.intents[self._replies.account.welcome[0]].title
        text = self._replies.text("help", example=example)
        waiting = self._flows.resume_question(session.flow) if session.flow else None
        if waiting is not None:
            # Help in the middle of a flow does not end it: its question stays the one to answer.
            reply = replace(waiting, text=text, choices_intro=waiting.text)
        else:
            reply = self._replies.said(
                text, self._replies.welcome_choices(), self._replies.text("choices_clarify")
            )
        return Outcome(Decision.COMMAND, reply, "帮助", flow=session.flow)

    def _more(self, session: Session) -> Outcome:
        if session.rest:
            return self._ready(session, "继续看", session.rest[0], session.rest[1:])
        if session.flow is not None:
            waiting = self._flows.resume_question(session.flow)
            if waiting is not None:
                return Outcome(Decision.COMMAND, waiting, "接着问", flow=session.flow)
        text = self._replies.text("nothing_more")
        hint = self._replies.text("choices_related") if session.offered else ""
        reply = self._replies.said(text, session.offered, hint)
        return Outcome(Decision.COMMAND, reply, "nothing_more", keep_offer=True, is_remark=True)

    def _sent_again(self, session: Session) -> Outcome:
        return self._ready(session, "再说一遍", session.last_text, session.rest)

    def _ready(self, session: Session, reason: str, text: str, rest: tuple[str, ...]) -> Outcome:
        return Outcome(
            Decision.COMMAND,
            None,
            reason,
            flow=session.flow,
            keep_offer=True,
            ready_text=text,
            rest=rest,
        )
