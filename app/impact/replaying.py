"""Say a case to an assistant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.dialogue.assistant import Assistant
from app.domain.turn import Decision, Turn
from app.impact.asking import ANSWERED, ask, readable
from app.impact.cases import CaseKind, ReplayCase
from app.impact.conversation_runs import run_talk
from app.impact.findings import Outcome
from app.impact.flow_runs import end_of

_ABSENT = Outcome("none", (), "", passed=False, answered=False)


def replay(assistant: Assistant, case: ReplayCase, at: datetime) -> Outcome:
    """Return what an assistant makes of a case; about 2 ms a message.

    Conversations have moments of their own; everything else is asked at `at`.
    """
    if case.flow is not None:
        return _flow(assistant, case)
    if case.account not in assistant.catalog.accounts:
        passed = None if case.expected is None else False
        return replace(_ABSENT, passed=passed, note=f"没有公众号 {case.account}")
    if case.talk is not None:
        return _talk(assistant, case)
    turn = ask(assistant, case.account, case.text, at)
    return _outcome(turn, _is_right(case, turn))


def _outcome(turn: Turn, passed: bool | None) -> Outcome:
    ranking = turn.trace.rankings[0] if turn.trace.rankings else None
    leading = tuple(c.intent for c in ranking.candidates) if ranking else ()
    return Outcome(
        decision=str(turn.decision),
        topics=tuple(turn.topics),
        text=readable(turn.text),
        passed=passed,
        answered=turn.decision in ANSWERED,
        leading=leading,
        confidence=ranking.candidates[0].confidence if ranking and ranking.candidates else None,
        exact=ranking is not None and ranking.is_exact,
    )


def _is_right(case: ReplayCase, turn: Turn) -> bool | None:
    if case.expected is None:
        return None
    answered = turn.decision in ANSWERED
    if case.kind is CaseKind.NOT:
        return not (answered and set(turn.topics[:1]) & case.expected)
    if case.expected:
        return bool(case.expected & set(turn.topics))
    return turn.decision is case.wanted if case.wanted else not answered


def _flow(assistant: Assistant, case: ReplayCase) -> Outcome:
    name, test = case.flow or ("", None)
    flow = next((f for f in assistant.catalog.flows.values() if f.id == name), None)
    if test is None or flow is None or test.region not in flow.regions:
        return replace(_ABSENT, note=f"没有流程 {name}")
    end = end_of(assistant, flow, test)
    return Outcome("ends", (end,), end, passed=end == test.ends, answered=True)


def _talk(assistant: Assistant, case: ReplayCase) -> Outcome:
    if case.talk is None:
        raise TypeError(case.kind)
    run = run_talk(assistant, case.talk)
    said = zip(case.talk.said, run.turns, strict=True)
    text = "\n".join(f"家长：{line}\n回复：{readable(turn.text)}" for line, turn in said)
    last = run.turns[-1]
    return Outcome(
        decision=str(last.decision),
        topics=tuple(f"{turn.decision}:{'+'.join(turn.topics)}" for turn in run.turns),
        text=text,
        passed=not run.problems,
        answered=last.decision is not Decision.FALLBACK,
        note="；".join(f"第 {p.turn + 1} 句：{p.problem}" for p in run.problems),
    )
