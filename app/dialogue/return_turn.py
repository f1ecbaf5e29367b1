"""The first messages after a pause: is the flow to go on, or is something else wanted?

A clear question is answered at once and the flow offered again; anything else is answered with
the question whether to go on. After that the parent is not asked again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue.command_turn import CommandTurn
from app.dialogue.outcome import Outcome, seen
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind, Reading
from app.domain.flows import Flow
from app.domain.turn import Choice, Decision, FlowState, Reply, Session
from app.flows.slots import Found
from app.matching.normalise import cap, normalise, squeeze

RESUME = "resume.yes"
DROP = "resume.no"
_YES = frozenset(
    {
        "好",
        "好的",
        "好啊",
        "行",
        "可以",
        "嗯",
        "嗯嗯",
        "是",
        "是的",
        "对",
        "要",
        "要的",
        "需要",
        "接",
        "继续吧",
        "接着吧",
    }
    | {
        "ok",
        "办",
        "办吧",
        "接着办吧",
        "好的接着",
        "好接着",
        "接着来",
        "那就接着",
        "那接着吧",
        "嗯接着",
    }
)
_NO = frozenset(
    {
        "不",
        "不要",
        "不要了",
        "不接着",
        "不办",
        "不办了",
        "不用",
        "不用接着",
        "不必了",
        "不需要",
        "不了",
    }
)
_CLEAR = {Kind.TOPIC, Kind.GAP, Kind.NOT_HERE, Kind.BACKGROUND, Kind.HANDOFF}


class ReturnTurn:
    """Decides on messages while a flow is paused, for one account."""

    def __init__(self, replies: Replies, questions: QuestionTurn, orders: CommandTurn) -> None:
        self._replies = replies
        self._questions = questions
        self._flows = questions.flows
        self._orders = orders

    def asked(self, session: Session, text: str, now: datetime) -> Outcome | None:
        """Take the answer to “接着办吗”; None where the message is something else."""
        waiting = session.memory.paused
        if waiting is None or not is_asking(session):
            return None
        plain = squeeze(normalise(text))
        if plain in _YES:
            return self._orders.resume(session, now)
        if plain in _NO:
            return self._orders.carry_out("cancel", session, now)
        if self._answers(waiting, text, now).values:
            memory = replace(session.memory, held=text)
            return self._orders.resume(replace(session, memory=memory), now)
        return None

    def returned(
        self,
        session: Session,
        text: str,
        picked: Choice | None,
        reading: Reading,
        now: datetime,
    ) -> Outcome | None:
        """Answer the first message after a pause; None where the flow is gone."""
        waiting = session.memory.paused
        fresh = self._flows.refreshed(waiting) if waiting else None
        known = self._flows.flow(fresh) if fresh else None
        if waiting is None or fresh is None or known is None:
            return None
        flow, _ = known
        in_flow = picked is not None and picked.key.partition(".")[0] == waiting.asking
        found = self._answers(waiting, picked.say if in_flow and picked else text, now)
        is_new = reading.kind in _CLEAR and reading.intent != flow.topic
        if is_new and not in_flow and not (found.values and len(squeeze(normalise(text))) <= 8):
            outcome = self._questions.decide(session, text, reading, now)
            memory = replace(session.memory, reminded=True)
            return replace(self._offered(outcome, flow), memory=memory)
        held = picked.say if in_flow and picked else cap(text) if found.values else ""
        return seen(self._ask(session, fresh, flow, held), reading)

    def _answers(self, waiting: FlowState, text: str, now: datetime) -> Found:
        known = self._flows.flow(waiting)
        if known is None:
            return Found({}, frozenset())
        return self._flows.values_in(normalise(text), known[1], waiting.asking, now)

    def _ask(self, session: Session, fresh: FlowState, flow: Flow, held: str) -> Outcome:
        question = self._flows.question_of(fresh) or flow.title
        text = self._replies.text("flow_expired", question=question)
        reply = self._replies.said(text, self._choices())
        memory = replace(session.memory, reminded=True, held=held)
        return Outcome(
            Decision.FLOW,
            reply,
            "隔久了，问要不要接着办",
            (flow.topic_in(self._replies.account.region),),
            memory=memory,
        )

    def _offered(self, outcome: Outcome, flow: Flow) -> Outcome:
        """Append the way back into the paused flow to an answer."""
        if outcome.reply is None or outcome.flow is not None:
            return outcome
        label = self._replies.text("flow_offer", title=flow.title)
        choice = Choice(label=label, say=self._replies.text("flow_go_on"), key=RESUME)
        reply: Reply = replace(outcome.reply, choices=(*outcome.reply.choices[:3], choice))
        if not outcome.reply.choices:
            reply = replace(reply, choices_intro=self._replies.text("choices_clarify"))
        return replace(outcome, reply=reply)

    def _choices(self) -> tuple[Choice, ...]:
        yes, no = self._replies.text("flow_go_on"), self._replies.text("flow_drop")
        return (Choice(label=yes, say=yes, key=RESUME), Choice(label=no, say=no, key=DROP))


def is_asking(session: Session) -> bool:
    """Tell whether the last reply asked whether to go on."""
    return any(choice.key == DROP for choice in session.offered)
