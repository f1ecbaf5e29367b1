"""Commands carried out: help, more, repeat, restart, cancel, and those of an open flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue.flow_steps import FlowSteps
from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.domain.turn import Decision, FlowState, Session
from app.flows.machine import FlowError

_FLOW_TEXTS = {"why": "flow_why", "skip": "flow_skipped", "compare": "compare"}


class CommandTurn:
    """Carries out commands for one account."""

    def __init__(self, replies: Replies, flows: FlowSteps) -> None:
        self._replies = replies
        self._flows = flows

    def carry_out(self, name: str, session: Session, now: datetime) -> Outcome | None:
        """Carry out a command; None where the word means something else here."""
        if session.flow is not None:
            outcome = self._in_flow(name, session.flow, now)
            if outcome is not None:
                return outcome
        match name:
            case "more":
                return self._more(session)
            case "repeat" if session.last_text:
                return self._sent_again(session)
            case "repeat":
                return self.told("nothing_to_repeat")
            case "help":
                return self._help(session)
            case "none" if session.offered:
                return replace(self.told("none_of_these"), missed=True)
            case "restart":
                return self.told("restarted")
            case "cancel":
                return self.told("nothing_to_cancel")
            case "robot":
                return replace(self.told("robot"), flow=session.flow, keep_offer=True)
            case _:
                return None

    def _in_flow(self, name: str, state: FlowState, now: datetime) -> Outcome | None:
        if name == "cancel":
            return self.told("cancelled")
        try:
            if name == "back":
                return self._flows.back(state) or self._flows.ask_current(state, "flow_resume", now)
            if name in _FLOW_TEXTS:
                return self._flows.ask_current(state, _FLOW_TEXTS[name], now)
        except FlowError:
            # The operators changed the flow while the parent was in it: begin again.
            return self._flows.start_again(state, now)
        return None

    def _help(self, session: Session) -> Outcome:
        example = self._replies.catalog.intents[self._replies.account.welcome[0]].title
        reply = self._replies.said(
            self._replies.text("help", example=example),
            self._replies.welcome_choices(),
            self._replies.text("choices_clarify"),
        )
        # Help in the middle of a flow does not end it, but its choices are questions.
        return Outcome(Decision.COMMAND, reply, "帮助", flow=session.flow)

    def _more(self, session: Session) -> Outcome:
        if not session.rest:
            return self.told("nothing_more")
        return self._ready(session, "继续看", session.rest[0], session.rest[1:])

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

    def told(self, key: str) -> Outcome:
        """Say one of the bot's own texts."""
        return Outcome(Decision.COMMAND, self._replies.said(self._replies.text(key)), key)
