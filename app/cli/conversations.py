"""Conversations that operators wrote as tests, run through the whole assistant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from app.bootstrap import at_shanghai
from app.cli.evaluate import InputError
from app.cli.talk import Conversation, contains
from app.content.conversation_model import ConversationPart, ConversationsFile, TurnPart
from app.content.parsing import Parsed
from app.dialogue.assistant import Assistant
from app.domain.turn import Decision, Turn
from app.flows.coverage import Coverage
from app.flows.machine import Done, advance

START = "2025-12-10T10:00"
"""When a conversation without `at` takes place: inside the enrolment period, on a workday."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


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
    for file in files:
        for number, part in enumerate(file.value.conversations):
            for turns in _variants(part.turns):
                run = _Run(assistant, file, number, part, coverage)
                runs += 1
                found = run.failures(turns)
                passed += not found
                failures.extend(found)
    return ConversationReport(runs, passed, tuple(failures))


def _variants(turns: list[TurnPart]) -> Iterator[list[TurnPart]]:
    """Yield the turns with the first wordings, then once for every other wording of a turn."""
    first = [turn.model_copy(update={"user": turn.user[:1]}) for turn in turns]
    yield first
    for i, turn in enumerate(turns):
        for other in turn.user[1:]:
            yield [*first[:i], turn.model_copy(update={"user": [other]}), *first[i + 1 :]]


class _Run:
    """One conversation with one choice of wordings."""

    def __init__(
        self,
        assistant: Assistant,
        file: Parsed[ConversationsFile],
        number: int,
        part: ConversationPart,
        coverage: Coverage,
    ) -> None:
        self._assistant = assistant
        self._file = file
        self._number = number
        self._part = part
        self._coverage = coverage

    def failures(self, turns: list[TurnPart]) -> list[TurnFailure]:
        """Return what went wrong; for a known failure, that it no longer fails."""
        place = self._file.source.place(("conversations", self._number))
        at = f"{place.file}:{place.line}"
        fail = partial(TurnFailure, title=self._part.conversation)
        try:
            talk = Conversation(self._assistant, self._part.account, "conversation")
        except InputError as error:
            return [fail(at, said="", problem=str(error))]
        found: list[TurnFailure] = []
        now = _moment(self._part.at or START)
        for i, expected in enumerate(turns):
            now = _moment(expected.at) if expected.at else now + _span(expected.wait)
            said = expected.user[0]
            turn = talk.say(said, now)
            self._note(turn)
            spot = self._file.source.place(("conversations", self._number, "turns", i))
            found += [
                fail(f"{spot.file}:{spot.line}", said=said, problem=problem)
                for problem in self._problems(expected, turn)
            ]
        if self._part.known_failure is None:
            return found
        passes = fail(at, said="", problem="写了 known_failure，却通过了，请删掉那一行")
        return [] if found else [passes]

    def _note(self, turn: Turn) -> None:
        region = self._assistant.catalog.accounts[self._part.account].region
        for state, ended in ((turn.session.flow, False), (turn.trace.ended, True)):
            if state is not None:
                self._coverage.visit(state.flow, region, state.slots, ended=ended)

    def _problems(self, expected: TurnPart, turn: Turn) -> Iterator[str]:
        for wanted in expected.reply_has:
            if not contains(turn.text, wanted):
                yield f"回复里没有“{wanted}”，回复是“{_short(turn.text)}”"
        for unwanted in expected.reply_lacks:
            if contains(turn.text, unwanted):
                yield f"回复里不该有“{unwanted}”"
        want = expected.expect
        if want is None:
            return
        if want.decision and turn.decision is not Decision(want.decision):
            yield f"决定应当是 {want.decision}，却是 {turn.decision}"
        for topic in want.topics:
            if topic not in turn.topics:
                yield f"意图应当有 {topic}，却是 {'、'.join(turn.topics) or '没有'}"
        state = turn.session.flow
        stands = state.flow if state else "none"
        if want.flow and want.flow != stands:
            yield f"应当在流程 {want.flow} 里，却是 {stands}"
        asks = state.asking if state else "没有在问"
        if want.asks and want.asks != asks:
            yield f"应当接着问 {want.asks}，却是 {asks}"
        end = self._end(turn)
        if want.ends and want.ends != end:
            yield f"流程应当得出 {want.ends}，却是 {end}"

    def _end(self, turn: Turn) -> str:
        ended = turn.trace.ended
        if ended is None:
            return "没有结束"
        region = self._assistant.catalog.accounts[self._part.account].region
        step = advance(self._assistant.catalog.flows[ended.flow].regions[region], ended.slots)
        return str(step.row.answer or step.row.verdict) if isinstance(step, Done) else "没有结束"


def _moment(text: str) -> datetime:
    return at_shanghai(datetime.fromisoformat(text))


def _span(text: str | None) -> timedelta:
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])}) if text else timedelta()


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else plain[:59] + "…"
