"""A tap on the account's menu: its key names an intent, `flow:…` or `command:…`."""

from __future__ import annotations

from datetime import datetime

from app.dialogue.command_turn import CommandTurn
from app.dialogue.outcome import Outcome
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.replies import Replies
from app.domain.content import Intent, IntentKind
from app.domain.menu import COMMAND_PREFIX, FLOW_PREFIX
from app.domain.names import FlowId, IntentId
from app.domain.turn import Decision, Session

_SPOKEN = {IntentKind.HANDOFF: Decision.HANDOFF, IntentKind.SMALLTALK: Decision.SMALLTALK}


class MenuTurn:
    """Carries out menu keys for one account."""

    def __init__(self, replies: Replies, questions: QuestionTurn, orders: CommandTurn) -> None:
        self._replies = replies
        self._catalog = replies.catalog
        self._region = replies.account.region
        self._questions = questions
        self._orders = orders

    def carry_out(self, session: Session, key: str, now: datetime) -> Outcome | None:
        """Return what the key asks for; None where the content has nothing of this name."""
        if key.startswith(COMMAND_PREFIX):
            return self._orders.carry_out(key.removeprefix(COMMAND_PREFIX), session, now)
        if key.startswith(FLOW_PREFIX):
            flow = self._catalog.flows.get(FlowId(key.removeprefix(FLOW_PREFIX)))
            if flow is None or self._region not in flow.regions:
                return None
            return self._questions.flows.start(flow, "", now)
        intent = self._catalog.intents.get(IntentId(key))
        if intent is None:
            return None
        decision = _SPOKEN.get(intent.kind)
        if decision is not None:
            return self._questions.said_by(intent, decision, session)
        return self._answer(intent, now)

    def _answer(self, intent: Intent, now: datetime) -> Outcome | None:
        if self._region not in intent.answers:
            return None
        return self._questions.open_topic(intent.id, now)
