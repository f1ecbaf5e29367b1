"""`yibao test`: the sentences that operators wrote as tests, through the whole assistant.

A sentence of `tests` passes when its own intent is answered or offered; a sentence of
`not_utterances` passes when that intent is not answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.cli.evaluate import typed
from app.dialogue.assistant import Assistant
from app.domain.content import Intent, IntentKind
from app.domain.turn import Decision, Session, Turn

_ANSWERED = {Decision.ANSWER, Decision.FLOW}


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
            f"没通过 {len(self.failures)}"
        )
        return lines


def run_content_tests(assistant: Assistant, now: datetime) -> Report:
    """Run the sentences of all intents at every account that they concern."""
    total = answered = offered = 0
    failures: list[Failure] = []
    for intent, account in _pairs(assistant):
        for sentence in intent.tests:
            total += 1
            turn = _ask(assistant, account, sentence, now)
            if turn.decision in _ANSWERED and intent.id in turn.topics:
                answered += 1
            elif turn.decision is Decision.CLARIFY and intent.id in turn.topics:
                offered += 1
            else:
                failures.append(Failure(intent.file, account, sentence, _outcome(turn)))
        for sentence in intent.not_utterances:
            total += 1
            turn = _ask(assistant, account, sentence, now)
            if turn.decision in _ANSWERED and turn.topics[:1] == (intent.id,):
                problem = "不该由这个意图回答，却回答了"
                failures.append(Failure(intent.file, account, sentence, problem))
            else:
                answered += 1
    return Report(total, answered, offered, tuple(failures))


def _pairs(assistant: Assistant) -> Iterator[tuple[Intent, str]]:
    catalog = assistant.catalog
    for intent in catalog.intents.values():
        if intent.kind is not IntentKind.FAQ:
            continue
        for account in catalog.accounts.values():
            if account.region in intent.answers:
                yield intent, account.id


def _ask(assistant: Assistant, account: str, sentence: str, now: datetime) -> Turn:
    return assistant.turn(Session(), typed(account, "test", sentence), now)


def _outcome(turn: Turn) -> str:
    if turn.decision in _ANSWERED:
        return f"回答成了 {'、'.join(turn.topics)}"
    if turn.decision is Decision.CLARIFY:
        return f"反问的选项是 {'、'.join(turn.topics)}"
    return f"没有回答（{turn.decision}）"
