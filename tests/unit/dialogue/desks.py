"""Accounts with people behind them, and a parent whose conversation an inbox knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from app.dialogue.assistant import Assistant
from app.domain.content import HandoffWhen, Intent
from app.domain.handoff import CaseState, Handoff, Hold, Line, Step
from app.domain.names import IntentId
from app.domain.service_hours import HandoffPlan, HandoffTo, OpenOn, ServiceHours, Shift
from app.domain.turn import MessageKind, Turn
from app.wechat.rendering import render
from tests.assistants import small_assistant
from tests.unit.dialogue.parent import NOW, Parent

OFFICE = ServiceHours(
    (Shift(frozenset({OpenOn.WORKDAY}), ((time(9), time(12)), (time(13, 30), time(17)))),)
)
CONSOLE = HandoffPlan(HandoffTo.CONSOLE, OFFICE)
WECHAT = HandoffPlan(HandoffTo.WECHAT, OFFICE, kf_account="kf1@gh_x")
NIGHT = NOW.replace(hour=20)
_STATES = {
    Step.OPEN: CaseState.WAITING,
    Step.TICKET: CaseState.TICKET,
    Step.TRANSFER: CaseState.TRANSFERRED,
    Step.RELEASE: CaseState.RELEASED,
}


def staffed(plan: HandoffPlan | None = CONSOLE, **changes: HandoffWhen) -> Assistant:
    """Return the assistant on the small content with people at every account.

    Keywords name intents and when they call for a person.
    """
    plain = small_assistant()
    catalog = plain.catalog
    accounts = {name: replace(a, handoff=plan) for name, a in catalog.accounts.items()}
    intents: dict[IntentId, Intent] = dict(catalog.intents)
    for name, when in changes.items():
        intents[IntentId(name)] = replace(intents[IntentId(name)], handoff=when)
    return Assistant(replace(catalog, accounts=accounts, intents=intents), plain.matchers, render)


class KnownParent(Parent):
    """A parent with an inbox in memory; `hold` None: the inbox is away."""

    def __init__(
        self, assistant: Assistant | None = None, account: str = "beijing", now: datetime = NOW
    ) -> None:
        super().__init__(account, assistant or staffed(), now)
        self.hold: Hold | None = Hold(CaseState.RELEASED, now - timedelta(days=9))
        self.kept: list[Line] = []
        self.asked: list[Handoff] = []

    def send(self, kind: MessageKind, text: str = "", menu_id: str = "") -> Turn:
        self.session = replace(self.session, hold=self.hold)
        turn = super().send(kind, text, menu_id)
        if turn.handoff is not None:
            self.asked.append(turn.handoff)
            self.kept += turn.handoff.lines
            if self.hold is not None:
                state = _STATES.get(turn.handoff.step, self.hold.state)
                self.hold = Hold(state, self.now, self.hold.answers[turn.handoff.delivered :])
        return turn

    def answered(self, text: str) -> None:
        """A person answers in the console."""
        assert self.hold is not None
        self.hold = Hold(CaseState.ANSWERED, self.now, (*self.hold.answers, text))

    def wait(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
