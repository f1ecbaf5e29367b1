"""The results of conversations that operators wrote as tests, for `yibao test`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.content.conversation_model import ConversationsFile
from app.content.parsing import Parsed
from app.dialogue.assistant import Assistant
from app.domain.turn import Turn
from app.flows.coverage import Coverage
from app.impact.conversation_runs import TalkScript, run_talk, scripts_of


@dataclass(frozen=True, slots=True)
class TurnFailure:
    """What a conversation did wrong, and where it is written."""

    place: str
    """file:line."""
    title: str
    said: str
    problem: str

    def __str__(self) -> str:
        return f"✗ {self.place} 对话“{self.title}”，家长说“{self.said}”：{self.problem}"


@dataclass(frozen=True, slots=True)
class ConversationReport:
    """Results of all conversations; each variant of a turn is a run of its own."""

    runs: int
    passed: int
    failures: tuple[TurnFailure, ...]

    def line(self) -> str:
        """Return the summary."""
        return f"测试对话 {self.runs} 段：通过 {self.passed}，没通过 {self.runs - self.passed}"


def run_conversations(
    assistant: Assistant, files: Iterable[Parsed[ConversationsFile]], coverage: Coverage
) -> ConversationReport:
    """Run every conversation with a parent of its own, noting the flows' branches it walks."""
    runs = passed = 0
    failures: list[TurnFailure] = []
    for script in scripts_of(files):
        found = list(_failures(assistant, script, coverage))
        runs += 1
        passed += not found
        failures.extend(found)
    return ConversationReport(runs, passed, tuple(failures))


def _failures(
    assistant: Assistant, script: TalkScript, coverage: Coverage
) -> Iterator[TurnFailure]:
    """Yield what went wrong; for a known failure, that it no longer fails."""
    if script.account not in assistant.catalog.accounts:
        known = "、".join(assistant.catalog.accounts)
        problem = f"没有账号 {script.account}；有：{known}"
        yield TurnFailure(script.place, script.title, "", problem)
        return
    run = run_talk(assistant, script)
    for turn in run.turns:
        _note(assistant, script.account, turn, coverage)
    if script.known_failure:
        if not run.problems:
            problem = "写了 known_failure，却通过了，请删掉那一行"
            yield TurnFailure(script.place, script.title, "", problem)
        return
    for found in run.problems:
        place, said = script.turn_places[found.turn], script.said[found.turn]
        yield TurnFailure(place, script.title, said, found.problem)


def _note(assistant: Assistant, account: str, turn: Turn, coverage: Coverage) -> None:
    region = assistant.catalog.accounts[account].region
    for state, ended in ((turn.session.flow, False), (turn.trace.ended, True)):
        if state is not None:
            coverage.visit(state.flow, region, state.slots, ended=ended)
