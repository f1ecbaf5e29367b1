"""`yibao test`: the sentences that operators wrote as tests, through the whole assistant.

A sentence of `tests` passes when its own intent is answered or offered; a sentence of
`not_utterances` passes when that intent is not answered. `run_all` adds the tests of flows and the
written conversations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.cli.conversations import run_conversations
from app.cli.flow_tests import coverage_lines, is_complete, run_flow_tests
from app.content.conversation_model import ConversationsFile
from app.content.parsing import Parsed
from app.dialogue.assistant import Assistant
from app.domain.turn import Decision, Turn
from app.flows.coverage import Coverage
from app.impact.asking import ANSWERED, accounts_of, ask, takes


@dataclass(frozen=True, slots=True)
class Failure:
    """A sentence that did not do what its author wanted."""

    file: str
    account: str
    sentence: str
    problem: str


@dataclass(frozen=True, slots=True)
class Report:
    """Results of all sentences."""

    total: int
    answered: int
    offered: int
    failures: tuple[Failure, ...]

    @property
    def failed(self) -> bool:
        """Whether any sentence failed."""
        return bool(self.failures)

    def lines(self) -> list[str]:
        """Return the results in Chinese, failures first."""
        lines = [f"✗ {f.file}（{f.account}）“{f.sentence}”：{f.problem}" for f in self.failures]
        lines.append(
            f"测试句 {self.total} 条：直接答对 {self.answered}，反问里有 {self.offered}，"
            f"没通过 {self.total - self.answered - self.offered}"
        )
        return lines


def run_all(
    assistant: Assistant, conversations: Sequence[Parsed[ConversationsFile]], now: datetime
) -> tuple[list[str], bool]:
    """Run sentences, flows and conversations; return lines in Chinese and whether all passed.

    A flow of which some branch was never walked does not pass.
    """
    coverage = Coverage(assistant.catalog.flows)
    sentences = run_content_tests(assistant, now)
    flows = run_flow_tests(assistant, coverage)
    talks = run_conversations(assistant, conversations, coverage)
    failures = [*flows.failures, *map(str, talks.failures)]
    lines = [*sentences.lines(), *failures, flows.line(), talks.line(), *coverage_lines(coverage)]
    return lines, not (sentences.failed or failures) and is_complete(coverage)


def run_content_tests(assistant: Assistant, now: datetime) -> Report:
    """Run the sentences of all topics.

    A test of a topic that several accounts answer may name the place of one of them: it passes
    where it passes at one account.
    """
    total = answered = offered = 0
    failures: list[Failure] = []
    for intent in assistant.catalog.intents.values():
        accounts = accounts_of(assistant, intent)
        if not accounts:
            continue
        for sentence in intent.tests:
            total += 1
            turns = {a: ask(assistant, a, sentence, now) for a in accounts}
            named = [t for t in turns.values() if intent.id in t.topics]
            if any(t.decision in ANSWERED for t in named):
                answered += 1
            elif named:
                offered += 1
            else:
                failures.extend(
                    Failure(intent.file, a, sentence, _outcome(t)) for a, t in turns.items()
                )
        for sentence in intent.not_utterances:
            total += 1
            taken = [a for a in accounts if takes(ask(assistant, a, sentence, now), intent.id)]
            answered += not taken
            problem = "不该由这个意图回答，却回答了"
            failures.extend(Failure(intent.file, a, sentence, problem) for a in taken)
    return Report(total, answered, offered, tuple(failures))


def _outcome(turn: Turn) -> str:
    if turn.decision in ANSWERED:
        return f"回答成了 {'、'.join(turn.topics)}"
    if turn.decision is Decision.CLARIFY:
        return f"反问的选项是 {'、'.join(turn.topics)}"
    return f"没有回答（{turn.decision}）"
